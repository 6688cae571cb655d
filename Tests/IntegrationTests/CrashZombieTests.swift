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
    try await CrashField.lay(personas: 1) { field in
      let sandbox = field.tower.sandbox
      let gate = try await CrashGate(field)
      let id = try await field.post(0, caption: "[0] frozen")
      let zombie: ChildProcess
      if point == .marked || point == .writing {
        let change = point == .marked ? "marked" : "CreateMediaContainer started"
        try await gate.close(change, inside: point == .marked, post: id)
        zombie = try field.start()
        try await gate.visitor()
        zombie.signal(SIGSTOP)
        try await eventually("it is frozen") { isStopped(zombie.pid) }
        try await gate.open()
      } else {
        let call = point == .creating ? "create" : "publish"
        zombie = try await field.start { pid in
          let signal = FaultSignal(pid: pid, signal: "STOP", when: .beforeAnswer)
          sandbox.inject(SandboxFault(call, signal: signal))
        }
        try await eventually("it is frozen") { isStopped(zombie.pid) }
      }

      let heir = try field.start()
      try await field.tower.wait(for: id, toBe: "posted", within: .seconds(30))
      try await field.settled(by: heir)
      let row = try await field.tower.post(id)
      let steps = try await field.tower.sql(
        "SELECT * FROM post_steps ORDER BY post_id, attempt, ordinal"
      )
      let publishes = field.tower.publishRequests.count

      zombie.signal(SIGCONT)
      try await zombie.waitForOutput("stopped work on #\(id)", in: .stderr)
      #expect(try await field.tower.post(id) == row)
      #expect(
        try await field.tower.sql("SELECT * FROM post_steps ORDER BY post_id, attempt, ordinal")
          == steps
      )
      #expect(field.tower.publishRequests.count == publishes)
      #expect(publishes == 1)

      // It has lost a lease, not its wits: what is due next is published, by one of the two.
      try await field.post(0, caption: "[1] afterwards")
      try await field.settled(by: heir)
      for daemon in [zombie, heir] {
        daemon.signal(SIGTERM)
        #expect(await daemon.wait() == .exited(0), "\(daemon.stderr)")
      }
      await gate.tearDown()
      try await field.expectVerdict()
    }
  }
}
