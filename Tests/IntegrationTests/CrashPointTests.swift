import Glibc
import GraphSandbox
import TestSupport
import Testing

/// A moment of a post's life at which the process is killed.
enum KillPoint: Sendable, CustomStringConvertible {
  /// At a call to Instagram: when it arrived, or when it was done and not yet answered.
  case call(String, FaultSignal.Moment)
  /// Before the commit that contains this change; it never comes.
  case before(String)
  /// Inside that commit: it happens, and nobody hears of it.
  case inside(String)

  var description: String {
    switch self {
    case .call(let operation, .receipt): "as \(operation) arrives"
    case .call(let operation, .beforeAnswer): "before \(operation) is answered"
    case .before(let change): "before the commit of '\(change)'"
    case .inside(let change): "inside the commit of '\(change)'"
    }
  }

  static func around(_ change: String) -> [KillPoint] { [.before(change), .inside(change)] }
  static func around(call: String) -> [KillPoint] {
    [.call(call, .receipt), .call(call, .beforeAnswer)]
  }
}

/// What is done to one post: the moments at which its lives are killed, one after the other.
struct CrashScenario: Sendable, CustomStringConvertible {
  var kills: [KillPoint]
  /// What Instagram does to it besides.
  var fault: SandboxFault?
  var isRefused = false

  var description: String { kills.map(\.description).joined(separator: ", then ") }

  init(_ kills: KillPoint..., fault: SandboxFault? = nil, isRefused: Bool = false) {
    self.kills = kills
    self.fault = fault
    self.isRefused = isRefused
  }
}

@Suite("A killed belfry run")
struct CrashPointTests {
  @Test("publishes exactly once, whichever call or commit of a post's way out it is killed at")
  func straightOn() async throws {
    let calls = ["limit", "create", "status", "publish", "read_media"].flatMap {
      KillPoint.around(call: $0)
    }
    let commits = [
      "scheduled>posting", "GeneratePublicPhotoURL started", "CreateMediaContainer started",
      "AwaitMediaContainer started", "marked", "media", "posting>posted",
    ].flatMap { KillPoint.around($0) }
    try await endure((calls + commits).map { CrashScenario($0) })
  }

  @Test("publishes exactly once when recovery before the pivot is killed as well")
  func whileUndoing() async throws {
    let again = [
      "takeover", "CreateMediaContainer compensated", "posting>scheduled",
    ].flatMap { KillPoint.around($0) }
    let withContainer = KillPoint.around("takeover") + KillPoint.around("marked")
    try await endure(
      again.map { CrashScenario(.call("create", .beforeAnswer), $0) }
        + withContainer.map { CrashScenario(.call("status", .beforeAnswer), $0) }
    )
  }

  @Test("publishes exactly once when asking what became of a lost publish is killed as well")
  func whileReconciling() async throws {
    let common = [
      "takeover", "posting>unconfirmed", "look",
    ].flatMap { KillPoint.around($0) }
    let calls = KillPoint.around(call: "status") + KillPoint.around(call: "list_media")
    let notLive = KillPoint.around("looked") + KillPoint.around("unconfirmed>scheduled")
    let live = KillPoint.around("unconfirmed>posted")
    try await endure(
      (common + calls + notLive).map { CrashScenario(.inside("marked"), $0) }
        + (calls + live).map { CrashScenario(.call("publish", .beforeAnswer), $0) }
        + [CrashScenario(.inside("marked"), .inside("unconfirmed>scheduled"), .inside("marked"))]
    )
  }

  @Test("tells the truth when it is killed while it defers, gives up or is refused")
  func whileFailing() async throws {
    let passing = { (operation: String) in
      SandboxFault(operation, answer: FaultAnswer(error: FaultError(code: 9, subcode: 2_207_042)))
    }
    let refusal = SandboxFault(
      "create",
      times: 0,
      answer: FaultAnswer(error: FaultError(code: 36_003, subcode: 2_207_009))
    )
    try await endure(
      (KillPoint.around("CreateMediaContainer failed") + KillPoint.around("posting>scheduled")).map
      {
        CrashScenario($0, fault: passing("create"))
      }
        + (KillPoint.around("PublishMediaContainer failed") + KillPoint.around("posting>scheduled"))
        .map { CrashScenario($0, fault: passing("publish")) }
        + (KillPoint.around("CreateMediaContainer failed") + KillPoint.around("posting>failed")).map
      {
        CrashScenario($0, fault: refusal, isRefused: true)
      }
    )
  }

  @Test("publishes what a killed schedule-post was asked for, once")
  func immediately() async throws {
    let calls = ["limit", "create", "status", "publish", "read_media"].flatMap {
      KillPoint.around(call: $0)
    }
    try await CrashFixture.lay(personas: 1) { fixture in
      let sandbox = fixture.installation.sandbox
      for (number, kill) in calls.enumerated() {
        guard case .call(let operation, let moment) = kill else { continue }
        try await fixture.installation.sql(
          "INSERT INTO photos (persona_id, path) VALUES (\(fixture.personas[0].id), '\(try fixture.photo())')"
        )
        let photo = try await fixture.installation.sql("SELECT max(id) FROM photos")
        let caption = "[\(number)] now, killed \(kill)"
        let life = try await fixture.start(
          ["schedule-post", "crash0", photo, "--caption", caption]
        ) { pid in
          sandbox.inject(
            SandboxFault(
              operation,
              signal: FaultSignal(pid: pid, signal: "KILL", when: moment)
            )
          )
        }
        #expect(await life.wait() == .signalled(SIGKILL), "\(caption): \(life.stderr)")
        try await fixture.settle()
      }
      #expect(try await fixture.installation.posts().count == calls.count)
      try await fixture.expectVerdict()
    }
  }

  /// Kills one life after the other, each at its moment, then lets one live and compares rows and media.
  private func endure(_ ordeals: [CrashScenario]) async throws {
    try await CrashFixture.lay(personas: 3) { fixture in
      let gate = try await CrashGate(fixture)
      var refused: Set<String> = []
      for (number, scenario) in ordeals.enumerated() {
        let caption = "[\(number)] killed \(scenario)"
        if scenario.isRefused { refused.insert(caption) }
        if var fault = scenario.fault {
          fault.caption = "[\(number)]"
          fixture.installation.sandbox.inject(fault)
        }
        let id = try await fixture.post(number, caption: caption)
        for kill in scenario.kills {
          try await die(kill, id, number, fixture, gate)
        }
      }
      try await fixture.settle()
      await gate.tearDown()
      try await fixture.expectVerdict(failed: refused)
    }
  }

  /// One life of the program, up to its end at this moment.
  private func die(
    _ kill: KillPoint,
    _ post: Int64,
    _ number: Int,
    _ fixture: CrashFixture,
    _ gate: CrashGate
  ) async throws {
    let life: ChildProcess
    switch kill {
    case .call(let operation, let moment):
      let namesPost = operation != "limit" && operation != "list_media"
      life = try await fixture.start { pid in
        fixture.installation.sandbox.inject(
          SandboxFault(
            operation,
            account: fixture.personas[number % fixture.personas.count].account,
            caption: namesPost ? "[\(number)]" : nil,
            signal: FaultSignal(pid: pid, signal: "KILL", when: moment)
          )
        )
      }
    case .before(let change), .inside(let change):
      if case .inside = kill {
        try await gate.close(change, inside: true, post: post)
      } else {
        try await gate.close(change, inside: false, post: post)
      }
      life = try fixture.start()
      do {
        try await gate.visitor()
      } catch {
        throw NotQuiet(description: "post \(post) \(kill): \(error)\n\(life.stderr.suffix(4000))")
      }
      life.signal(SIGKILL)
    }
    let status = await ended(life)
    if case .before = kill { try await gate.open() }
    if case .inside = kill { try await gate.open() }
    #expect(status == .signalled(SIGKILL), "post \(post) \(kill): \(life.stderr.suffix(4000))")
  }

  /// The end of a life, or nil when it does not come.
  private func ended(_ life: ChildProcess) async -> TestSupport.ExitStatus? {
    try? await eventually("the end", within: .seconds(15)) { !life.isRunning }
    return life.isRunning ? nil : await life.wait()
  }
}
