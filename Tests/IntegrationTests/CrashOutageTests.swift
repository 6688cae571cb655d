import Glibc
import GraphSandbox
import TestSupport
import Testing

@Suite("While something else is down")
struct CrashOutageTests {
  @Test("PostgreSQL killed in mid-publish loses no post, and the daemon goes on when it is back")
  func postgresKilled() async throws {
    let postgres = try await TemporaryPostgres(settings: ["synchronous_commit": "on"])
    try await CrashField.lay(personas: 1, on: postgres) { field in
      let sandbox = field.tower.sandbox
      // A database copied from a template forgets up to 32 values of its sequences in a crash before its
      // first checkpoint; that is PostgreSQL's, and not what is tested here.
      _ = try await postgres.psql("CHECKPOINT", conninfo: field.tower.conninfo)
      sandbox.inject(SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 0.8)))
      let id = try await field.post(0, caption: "[0] without a database")
      let life = try field.start()
      try await eventually("it is published") { sandbox.published().count == 1 }
      postgres.kill(SIGQUIT)
      await postgres.waitForEnd()
      try await postgres.start()
      try await field.tower.wait(for: id, toBe: "posted")
      #expect(life.isRunning)
      #expect(life.stderr.contains("PostgreSQL is away"))
      try await field.post(0, caption: "[1] with one again")
      try await field.settled(by: life)
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      #expect(field.tower.publishRequests.count == 2)
      try await field.expectVerdict()
    }
  }

  // synchronous_commit = off answers a commit before it is safe; here nothing is written for ten seconds.
  @Test("the publish mark survives a crash of PostgreSQL that was told to commit lazily")
  func lazyPostgres() async throws {
    let postgres = try await TemporaryPostgres(
      settings: ["synchronous_commit": "off", "wal_writer_delay": "10s"]
    )
    try await CrashField.lay(personas: 1, on: postgres) { field in
      let sandbox = field.tower.sandbox
      try await field.post(0, caption: "[0] lazily")
      // What the fixture wrote is not to be lost; see above for its sequences.
      _ = try await postgres.psql("CHECKPOINT", conninfo: field.tower.conninfo)
      let life = try await field.start { pid in
        let signal = FaultSignal(pid: pid, signal: "KILL", when: .beforeAnswer)
        sandbox.inject(SandboxFault("publish", signal: signal))
      }
      #expect(await life.wait() == .signalled(SIGKILL))
      postgres.kill(SIGQUIT)
      await postgres.waitForEnd()
      try await postgres.start()
      try await field.settle()
      #expect(field.tower.publishRequests.count == 1)
      try await field.expectVerdict()
    }
  }

  @Test(
    "a network that is cut, at the publish and for all that follows, costs no post and makes no second"
  )
  func networkCut() async throws {
    // Two accounts: three that see the same would hold publishing as a whole.
    try await CrashField.lay(personas: 2) { field in
      let sandbox = field.tower.sandbox
      var cut = SandboxFault("publish", answer: FaultAnswer(close: true))
      cut.caption = "[0]"
      cut.effect = .after
      sandbox.inject(cut)
      cut.caption = "[1]"
      cut.effect = .before
      sandbox.inject(cut)
      let lost = try await field.post(0, caption: "[0] live, but nobody said so")
      let never = try await field.post(1, caption: "[1] not live")
      let life = try field.start()
      try await eventually("both were cut off") {
        sandbox.faults.count { $0.operation == "publish" && $0.hits == 1 } == 2
      }
      sandbox.inject(SandboxFault("any", times: 0, answer: FaultAnswer(close: true)))
      let waiting = try await field.post(0, caption: "[2] queued during the cut")
      try await eventually("it was tried in vain") {
        try await field.tower.post(waiting).failureClass == "wait"
      }
      for id in [lost, never] {
        let row = try await field.tower.post(id)
        #expect(["unconfirmed", "posted", "scheduled", "posting"].contains(row.status), "\(row)")
      }
      #expect(try await field.tower.posts("status = 'failed'") == [])
      sandbox.removeFaults()
      try await field.settled(by: life)
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      try await field.expectVerdict()
    }
  }

  @Test("an Instagram that refuses connections gets no mark and no attempt at publishing")
  func refusedConnections() async throws {
    try await CrashField.lay(personas: 2) { field in
      let id = try await field.post(0, caption: "[0] nobody listens")
      let deaf = try field.start([
        "BELFRY_INSTAGRAM_FACEBOOK_GRAPH_URL": "http://127.0.0.1:1",
        "BELFRY_INSTAGRAM_INSTAGRAM_GRAPH_URL": "http://127.0.0.1:1",
      ])
      let row = try await field.tower.wait(for: id, toBe: "posting", "scheduled")
      #expect(!row.isMarked)
      try await eventually("it is deferred") {
        let row = try await field.tower.post(id)
        return row.status == "scheduled" && row.failureClass == "wait" && !row.isMarked
      }
      deaf.signal(SIGKILL)
      try await field.settle()
      try await field.expectVerdict()
    }
  }
}
