import Testing

@testable import GraphSandbox

/// A running sandbox with a picture host beside it, both on loopback.
struct LiveWorld {
  let sandbox: GraphSandbox
  let client: RawClient
  /// Where pictures are served, for example `http://127.0.0.1:4000`.
  let pictures: String

  /// Runs `body` with everything started, and stops it afterwards whatever happens.
  static func run(
    settings: SandboxSettings = SandboxSettings(),
    _ body: (LiveWorld) async throws -> Void
  ) async throws {
    let host = try await HTTPServer(host: "127.0.0.1", port: 0)
    let hosting = Task {
      await host.run { request in
        // Silence that ends with the test.
        if request.path == "/slow.jpg" { try? await Task.sleep(for: .seconds(600)) }
        return Self.picture(request)
      }
    }
    var configuration = SandboxConfiguration()
    configuration.accounts = CoreWorld.accounts
    configuration.settings = settings
    let sandbox = try await GraphSandbox.start(configuration)
    let world = LiveWorld(
      sandbox: sandbox,
      client: RawClient(baseURL: sandbox.baseURL),
      pictures: "http://127.0.0.1:\(host.port)"
    )
    let result: Result<Void, any Error>
    do { result = .success(try await body(world)) } catch { result = .failure(error) }
    await sandbox.stop()
    hosting.cancel()
    await hosting.value
    try result.get()
  }

  /// Creates and reads a container on the Instagram surface, and answers its id.
  func container(caption: String = "Morning light") async throws -> String {
    let created = try await client.graph(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      [
        "image_url": pictures + "/square.jpg", "caption": caption, "access_token": "IGAAmax",
      ]
    )
    let id = try #require(created?.json["id"]?.string, "\(created?.text ?? "no answer")")
    let read = try await client.graph(
      "GET",
      "/instagram/v26.0/\(id)",
      ["fields": "status_code", "access_token": "IGAAmax"]
    )
    #expect(read?.json["status_code"] == "FINISHED")
    return id
  }

  /// Publishes a container; nil when the connection ended without an answer.
  func publish(_ container: String) async throws -> RawClient.Response? {
    try await client.graph(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media_publish",
      ["creation_id": container, "access_token": "IGAAmax"]
    )
  }

  /// What the picture host answers: each path is a case of its own.
  private static func picture(_ request: SandboxRequest) -> Delivery {
    let isFetcher = request.header("user-agent")?.hasPrefix("facebookexternalhit/1.1") ?? false
    switch request.path {
    case "/square.jpg" where isFetcher:
      return .whole(SandboxAnswer(status: 200, body: testJPEG(width: 1080, height: 1080)))
    case "/huge.jpg":
      let padding = [UInt8](repeating: 0, count: PictureRules.greatestSize)
      return .whole(
        SandboxAnswer(status: 200, body: testJPEG(width: 1080, height: 1080) + padding)
      )
    case "/moved.jpg":
      let place = HeaderField(name: "Location", value: "/square.jpg")
      return .whole(SandboxAnswer(status: 302, headers: [place]))
    case "/cut.jpg":
      return .half(SandboxAnswer(status: 200, body: testJPEG(width: 1080, height: 1080)))
    case "/robots.txt":
      return .whole(
        SandboxAnswer(status: 200, body: Array("User-agent: *\nDisallow: /private".utf8))
      )
    case "/private.jpg":
      return .whole(SandboxAnswer(status: 200, body: testJPEG(width: 1080, height: 1080)))
    case "/page.jpg": return .whole(.page("<p>no picture</p>"))
    default: return .whole(SandboxAnswer(status: 404))
    }
  }
}
