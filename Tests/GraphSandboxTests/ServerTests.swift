import Dispatch
import Glibc
import Testing

@testable import GraphSandbox

@Suite("Over real HTTP", .timeLimit(.minutes(1)))
struct ServerTests {
  @Test("A picture is fetched, published, listed and shown on both surfaces")
  func bothSurfaces() async throws {
    try await LiveWorld.run { world in
      let accounts = [
        ("facebook", CoreWorld.facebook, "EAAsarah"), ("instagram", CoreWorld.instagram, "IGAAmax"),
      ]
      for (surface, id, token) in accounts {
        let base = "/\(surface)/v26.0"
        let created = try await world.client.send(
          "POST",
          "\(base)/\(id)/media",
          headers: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"],
          body: "{\"image_url\":\"\(world.pictures)/square.jpg\",\"caption\":\"On \(surface)\"}"
        )
        let container = try #require(created?.json["id"]?.string, "\(created?.text ?? "")")
        let auth = ["access_token": token]
        let status = try await world.client.graph(
          "GET",
          "\(base)/\(container)",
          auth.merging(["fields": "status_code"]) { $1 }
        )
        #expect(status?.json["status_code"] == "FINISHED")
        let published = try await world.client.graph(
          "POST",
          "\(base)/\(id)/media_publish",
          auth.merging(["creation_id": container]) { $1 }
        )
        let media = try #require(published?.json["id"]?.string)
        let listed = try await world.client.graph("GET", "\(base)/\(id)/media", auth)
        #expect(listed?.json["data"] == [["id": .string(media)]])
        let image = try await world.client.send("GET", "/_sandbox/images/\(media).jpg")
        #expect(image?.body == testJPEG(width: 1080, height: 1080))
      }
      let page = try await world.client.send("GET", "/")
      #expect(page?.text.contains("On facebook") == true)
      #expect(world.sandbox.published().map(\.caption) == ["On facebook", "On instagram"])
      #expect(world.sandbox.duplicates.isEmpty)
      #expect(world.sandbox.requests.allSatisfy { $0.outcome == "answered" })
    }
  }

  @Test("The Host header chooses the surface")
  func hostHeader() async throws {
    try await LiveWorld.run { world in
      let reply = try await world.client.send(
        "GET",
        "/v26.0/me?fields=username&access_token=EAAsarah",
        headers: ["Host": "graph.facebook.com"]
      )
      #expect(reply?.json["error"]?["code"] == 100)  // A person has no username there.
      let instagram = try await world.client.send(
        "GET",
        "/v26.0/me?fields=username&access_token=IGAAmax",
        headers: ["Host": "graph.instagram.com"]
      )
      #expect(instagram?.json["username"] == "max")
    }
  }

  @Test(
    "What the fetcher meets becomes Meta's error",
    arguments: [
      ("/missing.jpg", 9004), ("/moved.jpg", 9004), ("/cut.jpg", 9004), ("/page.jpg", 9004),
      ("/huge.jpg", 36000), ("/slow.jpg", -2),
    ] as [(String, Double)]
  )
  func fetching(path: String, code: Double) async throws {
    var settings = SandboxSettings()
    if path == "/slow.jpg" { settings.fetchTimeout = 0.2 }
    try await LiveWorld.run(settings: settings) { world in
      let reply = try await world.client.graph(
        "POST",
        "/instagram/v26.0/\(CoreWorld.instagram)/media",
        ["image_url": world.pictures + path, "access_token": "IGAAmax"]
      )
      #expect(reply?.json["error"]?["code"]?.number == code, "\(reply?.text ?? "no answer")")
    }
  }

  @Test("Nobody listening, a private host and robots.txt are all failures to fetch")
  func unreachable() async throws {
    try await LiveWorld.run { world in
      func create(_ url: String) async throws -> Double? {
        let reply = try await world.client.graph(
          "POST",
          "/instagram/v26.0/\(CoreWorld.instagram)/media",
          ["image_url": url, "access_token": "IGAAmax"]
        )
        return reply?.json["error"]?["error_subcode"]?.number
      }
      let nobody = try await create("http://127.0.0.1:1/a.jpg")
      #expect(nobody == 2_207_052)
      #expect(try await create("https://127.0.0.1/a.jpg") == 2_207_052)
      #expect(try await create(world.pictures + "/private.jpg") == nil)
      world.sandbox.configure { $0.honourRobots = true }
      #expect(try await create(world.pictures + "/private.jpg") == 2_207_052)
      #expect(try await create(world.pictures + "/square.jpg") == nil)
      world.sandbox.configure { $0.fetchRewrites = ["https://cdn.example/": world.pictures + "/"] }
      #expect(try await create("https://cdn.example/square.jpg") == nil)
      world.sandbox.configure { $0.fetchFromPrivateHosts = false }
      #expect(try await create(world.pictures + "/square.jpg") == 2_207_052)
    }
  }

  @Test("A cut connection carries no byte, and the post is there or not as the fault says")
  func cutConnection() async throws {
    try await LiveWorld.run { world in
      let container = try await world.container()
      let close = FaultAnswer(close: true)
      world.sandbox.inject(SandboxFault("publish", effect: .before, answer: close))
      #expect(try await world.publish(container) == nil)
      #expect(world.sandbox.published().isEmpty)
      world.sandbox.inject(SandboxFault("publish", effect: .after, answer: close))
      #expect(try await world.publish(container) == nil)
      #expect(world.sandbox.published().count == 1)
      #expect(world.sandbox.requests.suffix(2).map(\.outcome) == ["closed", "closed"])
    }
  }

  @Test("An answer cut short promises more bytes than it sends")
  func cutShort() async throws {
    try await LiveWorld.run { world in
      let container = try await world.container()
      let fault = SandboxFault("publish", effect: .after, answer: FaultAnswer(truncate: true))
      world.sandbox.inject(fault)
      let reply = try #require(try await world.publish(container))
      let length = reply.head.lowercased().split(separator: "\r\n")
        .first { $0.hasPrefix("content-length:") }?.split(separator: " ").last
      let promised = try #require(length.flatMap { Int($0) })
      #expect(reply.status == 200 && reply.body.count == promised / 2)
      #expect(world.sandbox.published().count == 1)
    }
  }

  @Test("A stalled call holds up no other, and its answer comes at the end of the silence")
  func stall() async throws {
    try await LiveWorld.run { world in
      let container = try await world.container()
      let fault = SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 0.3))
      world.sandbox.inject(fault)
      let clock = ContinuousClock()
      let start = clock.now
      async let late = world.publish(container)
      let health = try await world.client.send("GET", "/_sandbox/health")
      #expect(health?.json == ["ok": true])
      #expect(try await late?.json["id"]?.string == world.sandbox.published().first?.id)
      #expect(clock.now - start >= .milliseconds(300))
    }
  }

  @Test("Stopping ends a call that a fault keeps silent, without a byte")
  func stopDuringSilence() async throws {
    let sandbox = try await GraphSandbox.start()
    let client = RawClient(baseURL: sandbox.baseURL)
    sandbox.inject(SandboxFault("any", effect: .after, answer: FaultAnswer(stall: 3600)))
    async let silent = client.send("GET", "/instagram/v26.0/me")
    var isReceived = false
    while !isReceived {
      isReceived = try await client.send("GET", "/_sandbox/requests")?.json != []
    }
    await sandbox.stop()
    await sandbox.stop()
    #expect(try await silent == nil)
    await #expect(throws: RawClient.Failure.connect) { try await client.send("GET", "/") }
  }

  @Test("A signal at receipt reaches its process while nothing is done yet")
  func signalAtReceipt() async throws {
    try await LiveWorld.run { world in
      let child = try Sleeper()
      let signal = FaultSignal(pid: child.pid, signal: "KILL", when: .receipt)
      world.sandbox.inject(SandboxFault("create", signal: signal))
      async let answer = world.client.graph(
        "POST",
        "/instagram/v26.0/\(CoreWorld.instagram)/media",
        ["image_url": world.pictures + "/slow.jpg", "access_token": "IGAAmax"]
      )
      #expect(await child.terminatingSignal() == SIGKILL)
      #expect(world.sandbox.requests.map(\.outcome) == ["pending"])
      await world.sandbox.stop()
      _ = try await answer
    }
  }

  @Test("A signal before the answer reaches its process when all is done and nothing answered")
  func signalBeforeAnswer() async throws {
    try await LiveWorld.run { world in
      let container = try await world.container()
      let child = try Sleeper()
      let signal = FaultSignal(pid: child.pid, signal: "KILL", when: .beforeAnswer)
      let silence = FaultAnswer(stall: 3600)
      world.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: silence, signal: signal)
      )
      async let answer = world.publish(container)
      #expect(await child.terminatingSignal() == SIGKILL)
      #expect(world.sandbox.published().count == 1)
      await world.sandbox.stop()
      #expect(try await answer == nil)
    }
  }

  @Test("One connection carries many calls, in order")
  func keepAlive() async throws {
    try await LiveWorld.run { world in
      let path = "/instagram/v26.0/me?access_token=IGAAmax&fields="
      let text = ["user_id", "username", "nonsense"].enumerated().map { index, field in
        "GET \(path)\(field) HTTP/1.1\r\nHost: x\r\n"
          + (index == 2 ? "Connection: close\r\n\r\n" : "\r\n")
      }
      let bytes = try await world.client.exchange(Array(text.joined().utf8))
      let answers = String(decoding: bytes, as: UTF8.self)
      #expect(answers.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "200", "400"])
      #expect(
        world.sandbox.requests.map { $0.parameters["fields"] ?? "" }
          == ["user_id", "username", "nonsense"]
      )
    }
  }

  @Test("Many posts at once are all published, each once")
  func concurrency() async throws {
    try await LiveWorld.run { world in
      try await withThrowingTaskGroup { group in
        for number in 0..<40 {
          group.addTask {
            let container = try await world.container(caption: "Post \(number)")
            #expect(try await world.publish(container)?.status == 200)
          }
        }
        try await group.waitForAll()
      }
      let published = world.sandbox.published()
      #expect(Set(published.map(\.caption)).count == 40 && published.count == 40)
      #expect(world.sandbox.duplicates.isEmpty)
    }
  }
}

/// A child process that does nothing, to be signalled.
private struct Sleeper {
  let pid: pid_t

  struct SpawnFailure: Error { let code: Int32 }

  init() throws {
    var child: pid_t = 0
    let words: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("sleep"), strdup("600"), nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    // Without this the child would keep this process's listening sockets open after their end.
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 3..<1024 {
      unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    let code = unsafe posix_spawn(&child, "/bin/sleep", &actions, nil, words, nil)
    guard code == 0 else { throw SpawnFailure(code: code) }
    pid = child
  }

  /// The signal that ended it; waits for its end on a thread that may block.
  func terminatingSignal() async -> Int32 {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "sleeper").async { @Sendable in
        var status: Int32 = 0
        unsafe waitpid(pid, &status, 0)
        continuation.resume(returning: status & 0x7F)
      }
    }
  }
}
