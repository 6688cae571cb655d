import Glibc
import GraphSandbox
import TestSupport
import Testing

/// Where the first daemon is frozen.
enum FreezePoint: String, CaseIterable, CustomTestStringConvertible {
  case writing
  case creating
  case marked
  case published

  var testDescription: String {
    switch self {
    case .writing: "in the middle of a transaction, whose locks it keeps"
    case .creating: "while Instagram makes the container"
    case .marked: "between the publish mark and the request"
    case .published: "before the answer of the publish arrives"
    }
  }
}

@Suite("A daemon that was frozen for longer than its lease")
struct CrashZombieTests {
  @Test(
    "neither publishes nor writes when it thaws; its neighbour has done the work",
    arguments: FreezePoint.allCases
  )
  func frozen(_ point: FreezePoint) async throws {
    try await CrashFixture.lay(personas: 1) { fixture in
      let sandbox = fixture.installation.sandbox
      let gate = try await CrashGate(fixture)
      let id = try await fixture.post(0, caption: "[0] frozen")
      let zombie: ChildProcess
      if point == .marked || point == .writing {
        let change = point == .marked ? "marked" : "CreateMediaContainer started"
        try await gate.close(change, inside: point == .marked, post: id)
        zombie = try fixture.start()
        try await gate.visitor()
        zombie.signal(SIGSTOP)
        try await eventually("it is frozen") { isStopped(zombie.pid) }
        try await gate.open()
      } else {
        let call = point == .creating ? "create" : "publish"
        zombie = try await fixture.start { pid in
          let signal = FaultSignal(pid: pid, signal: "STOP", when: .beforeAnswer)
          sandbox.inject(SandboxFault(call, signal: signal))
        }
        try await eventually("it is frozen") { isStopped(zombie.pid) }
      }

      let heir = try fixture.start()
      try await fixture.installation.wait(for: id, toBe: "posted", within: .seconds(30))
      try await fixture.settled(by: heir)
      let row = try await fixture.installation.post(id)
      let steps = try await fixture.installation.sql(
        "SELECT * FROM post_steps ORDER BY post_id, attempt, ordinal"
      )
      let publishes = fixture.installation.publishRequests.count

      zombie.signal(SIGCONT)
      try await zombie.waitForOutput("stopped work on #\(id)", in: .stderr)
      #expect(try await fixture.installation.post(id) == row)
      #expect(
        try await fixture.installation.sql(
          "SELECT * FROM post_steps ORDER BY post_id, attempt, ordinal"
        )
          == steps
      )
      #expect(fixture.installation.publishRequests.count == publishes)
      #expect(publishes == 1)

      // It has lost a lease, not its wits: what is due next is published, by one of the two.
      try await fixture.post(0, caption: "[1] afterwards")
      try await fixture.settled(by: heir)
      for daemon in [zombie, heir] {
        daemon.signal(SIGTERM)
        #expect(await daemon.wait() == .exited(0), "\(daemon.stderr)")
      }
      await gate.tearDown()
      try await fixture.expectVerdict()
    }
  }
}
