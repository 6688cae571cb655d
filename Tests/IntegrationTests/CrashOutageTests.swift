import Glibc
import GraphSandbox
import TestSupport
import Testing

@Suite("While something else is down")
struct CrashOutageTests {
  @Test("PostgreSQL killed in mid-publish loses no post, and the daemon goes on when it is back")
  func postgresKilled() async throws {
    let postgres = try await TemporaryPostgres(settings: ["synchronous_commit": "on"])
    try await CrashFixture.lay(personas: 1, on: postgres) { fixture in
      let sandbox = fixture.installation.sandbox
      // A database copied from a template forgets up to 32 values of its sequences in a crash before its
      // first checkpoint; that is PostgreSQL's, and not what is tested here.
      _ = try await postgres.psql("CHECKPOINT", conninfo: fixture.installation.conninfo)
      sandbox.inject(SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 0.8)))
      let id = try await fixture.post(0, caption: "[0] without a database")
      let life = try fixture.start()
      try await eventually("it is published") { sandbox.published().count == 1 }
      postgres.kill(SIGQUIT)
      await postgres.waitForEnd()
      try await postgres.start()
      try await fixture.installation.wait(for: id, toBe: "posted")
      #expect(life.isRunning)
      #expect(life.stderr.contains("PostgreSQL is away"))
      try await fixture.post(0, caption: "[1] with one again")
      try await fixture.settled(by: life)
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      #expect(fixture.installation.publishRequests.count == 2)
      try await fixture.expectVerdict()
    }
  }

  // Whatever the program still needed of the database between the mark and the request would fail here, and
  // leave a post in the open that was never sent.
  @Test(
    "a database that is cut off right after the publish mark: the post goes out, and its id is recorded"
  )
  func cutBetweenMarkAndRequest() async throws {
    try await CrashFixture.lay(personas: 1) { fixture in
      let sandbox = fixture.installation.sandbox
      let proxy = try DatabaseProxy(
        to: fixture.installation.conninfo,
        in: fixture.installation.directory,
        cutAfterCommitOf: "SET publish_requested_at = coalesce("
      )
      defer { proxy.close() }
      let id = try await fixture.post(0, caption: "[0] nothing stands between")
      let life = try fixture.start(["BELFRY_DATABASE": proxy.conninfo])
      try await eventually("it is published without a database") {
        proxy.isCut && !sandbox.published().isEmpty
      }
      let media = try #require(sandbox.published().first)
      try await eventually("the journal has the id") {
        life.stderr.contains("as media \(media.id)")
      }
      let open = try await fixture.installation.post(id)
      #expect(open.status == "posting" && open.isMarked && open.media == nil, "\(open)")

      proxy.restore()
      let row = try await fixture.installation.wait(for: id, toBe: "posted")
      #expect(row.media == media.id && row.attempts == 1)
      #expect(
        try await fixture.installation.attempts(on: id)
          == [AttemptRow(attempt: 1, outcome: "posted", failureClass: nil)]
      )
      #expect(fixture.installation.publishRequests.count == 1)
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      try await fixture.expectVerdict()
    }
  }

  // synchronous_commit = off answers a commit before it is safe; here nothing is written for ten seconds.
  @Test("the publish mark survives a crash of PostgreSQL that was told to commit lazily")
  func lazyPostgres() async throws {
    let postgres = try await TemporaryPostgres(
      settings: ["synchronous_commit": "off", "wal_writer_delay": "10s"]
    )
    try await CrashFixture.lay(personas: 1, on: postgres) { fixture in
      let sandbox = fixture.installation.sandbox
      try await fixture.post(0, caption: "[0] lazily")
      // What the fixture wrote is not to be lost; see above for its sequences.
      _ = try await postgres.psql("CHECKPOINT", conninfo: fixture.installation.conninfo)
      let life = try await fixture.start { pid in
        let signal = FaultSignal(pid: pid, signal: "KILL", when: .beforeAnswer)
        sandbox.inject(SandboxFault("publish", signal: signal))
      }
      #expect(await life.wait() == .signalled(SIGKILL))
      postgres.kill(SIGQUIT)
      await postgres.waitForEnd()
      try await postgres.start()
      try await fixture.settle()
      #expect(fixture.installation.publishRequests.count == 1)
      try await fixture.expectVerdict()
    }
  }

  @Test(
    "a network that is cut, at the publish and for all that follows, costs no post and makes no second"
  )
  func networkCut() async throws {
    // Two accounts: three that see the same would hold publishing as a whole.
    try await CrashFixture.lay(personas: 2) { fixture in
      let sandbox = fixture.installation.sandbox
      var cut = SandboxFault("publish", answer: FaultAnswer(close: true))
      cut.caption = "[0]"
      cut.effect = .after
      sandbox.inject(cut)
      cut.caption = "[1]"
      cut.effect = .before
      sandbox.inject(cut)
      let lost = try await fixture.post(0, caption: "[0] live, but nobody said so")
      let never = try await fixture.post(1, caption: "[1] not live")
      let life = try fixture.start()
      try await eventually("both were cut off") {
        sandbox.faults.count { $0.operation == "publish" && $0.hits == 1 } == 2
      }
      sandbox.inject(SandboxFault("any", times: 0, answer: FaultAnswer(close: true)))
      let waiting = try await fixture.post(0, caption: "[2] queued during the cut")
      try await eventually("it was tried in vain") {
        try await fixture.installation.post(waiting).failureClass == "wait"
      }
      for id in [lost, never] {
        let row = try await fixture.installation.post(id)
        #expect(["unconfirmed", "posted", "scheduled", "posting"].contains(row.status), "\(row)")
      }
      #expect(try await fixture.installation.posts("status = 'failed'") == [])
      sandbox.removeFaults()
      try await fixture.settled(by: life)
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      try await fixture.expectVerdict()
    }
  }

  @Test("an Instagram that refuses connections gets no mark and no attempt at publishing")
  func refusedConnections() async throws {
    try await CrashFixture.lay(personas: 2) { fixture in
      let id = try await fixture.post(0, caption: "[0] nobody listens")
      let deaf = try fixture.start([
        "BELFRY_INSTAGRAM_FACEBOOK_GRAPH_URL": "http://127.0.0.1:1",
        "BELFRY_INSTAGRAM_INSTAGRAM_GRAPH_URL": "http://127.0.0.1:1",
      ])
      let row = try await fixture.installation.wait(for: id, toBe: "posting", "scheduled")
      #expect(!row.isMarked)
      try await eventually("it is deferred") {
        let row = try await fixture.installation.post(id)
        return row.status == "scheduled" && row.failureClass == "wait" && !row.isMarked
      }
      deaf.signal(SIGKILL)
      try await fixture.settle()
      try await fixture.expectVerdict()
    }
  }
}
