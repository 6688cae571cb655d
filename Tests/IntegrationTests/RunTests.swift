import GraphSandbox
import Glibc
import LoopbackServer
import TestSupport
import Testing

@Suite("belfry run")
struct RunTests {
  private let idle =
    /STATUS=ok · 2 personas · nothing queued · 0 deferred · 0 unconfirmed · next wake \d\d:\d\d/

  @Test("waits for PostgreSQL and is ready only when it answered")
  func waitsForPostgres() async throws {
    try await Tower.stand(on: TemporaryPostgres()) { tower in
      await tower.postgres.stop()
      let daemon = try RunningDaemon.start(tower)
      try await daemon.manager.wait("waiting") { $0.hasPrefix("STATUS=waiting for PostgreSQL: ") }
      #expect(!daemon.manager.lines.contains("READY=1"))
      try await daemon.process.waitForOutput("waiting for PostgreSQL", in: .stderr)
      // What means nothing yet must not end it.
      daemon.process.signal(SIGHUP)
      daemon.process.signal(SIGUSR1)

      try await tower.postgres.start()
      try await daemon.manager.wait(for: "READY=1")
      try await daemon.manager.wait("the idle line") { $0.wholeMatch(of: idle) != nil }
      await daemon.stop()
      // One outage: it began and ended once.
      let log = daemon.process.stderr
      #expect(log.matches(of: /event=database_away/).count == 1, "\(log)")
      #expect(log.matches(of: /event=database_back/).count == 1, "\(log)")
    }
  }

  @Test("outlives a restart of PostgreSQL in the middle of publishing, and tells the journal once")
  func databaseAway() async throws {
    try await Tower.stand(on: TemporaryPostgres()) { tower in
      tower.sandbox.inject(SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 0.5)))
      let id = try await tower.post(caption: "Blackout")
      let daemon = try await RunningDaemon.ready(tower)
      try await eventually("publishing is requested") { !tower.publishRequests.isEmpty }
      await tower.postgres.stop()
      try await daemon.process.waitForOutput("PostgreSQL is away", in: .stderr)
      try await daemon.process.waitForOutput("is live as media", in: .stderr)
      try await tower.postgres.start()
      try await daemon.process.waitForOutput("PostgreSQL is back", in: .stderr)
      try await tower.wait(for: id, toBe: "posted")
      let next = try await tower.post(caption: "And on it goes")
      try await tower.wait(for: next, toBe: "posted", within: .seconds(30))
      await daemon.stop()
      try await tower.expectTruth()
      #expect(tower.publishRequests.count == 2)
      let log = daemon.process.stderr.split(separator: "\n")
      #expect(log.count { $0.contains("PostgreSQL is away") } == 1)
      #expect(log.count { $0.contains("PostgreSQL is back") } == 1)
    }
  }

  @Test("ends while it waits for PostgreSQL when it is told to")
  func stopsWhileWaiting() async throws {
    try await Tower.stand { tower in
      try tower.configure(database: "host=/nonexistent dbname=belfry")
      let daemon = try RunningDaemon.start(tower)
      try await daemon.manager.wait("waiting") { $0.hasPrefix("STATUS=waiting for PostgreSQL: ") }
      await daemon.stop()
      #expect(!daemon.manager.lines.contains("READY=1"))
      #expect(!daemon.process.stderr.contains(" error "), "\(daemon.process.stderr)")
    }
  }

  @Test("ends while a connection is being made to a server that accepts and never answers")
  func stopsWhileConnecting() async throws {
    try await Tower.stand { tower in
      let silence = try LoopbackServer { _ in .silence }
      defer { silence.stop() }
      try tower.configure(database: "host=127.0.0.1 port=\(silence.port) dbname=belfry")
      let daemon = try RunningDaemon.start(tower)
      try await eventually("it is connecting") { silence.connections > 0 }
      let began = ContinuousClock.now
      await daemon.stop()
      #expect(ContinuousClock.now - began < .seconds(2))
    }
  }

  @Test("is never ready with a wrong key, and ends with 78")
  func wrongKey() async throws {
    try await Tower.stand { tower in
      try tower.write(try await tower.anotherKey(), to: "credentials/belfry.key", mode: 0o600)
      let daemon = try RunningDaemon.start(tower)
      #expect(await daemon.process.wait() == .exited(78))
      #expect(!daemon.manager.lines.contains("READY=1"))
      #expect(daemon.process.stderr.contains("belfry: the stored credentials do not open"))
    }
  }

  @Test("publishes what was due before it started, and says in STATUS what comes next")
  func publishesTheBacklog() async throws {
    try await Tower.stand { tower in
      let id = try await tower.post(caption: "Since yesterday", at: "now() - interval '1 day'")
      let next = try await tower.post(
        "max",
        caption: "Tomorrow",
        at: "now() + interval '100 minutes'"
      )
      let daemon = try await RunningDaemon.ready(tower)
      let row = try await tower.wait(for: id, toBe: "posted")
      #expect(row.attempts == 1)
      try await daemon.manager.wait("the next post") {
        $0.hasPrefix("STATUS=ok · 2 personas · next #\(next) @max.outside ")
          && $0.contains("(in 2 h)")
      }
      await daemon.stop()
      try await tower.expectTruth()
      #expect(
        try await tower.sql("SELECT reason, claimed, posted FROM wake_log ORDER BY id LIMIT 1")
          == "start|1|1"
      )
      #expect(try await tower.sql("SELECT count(*) FROM instances WHERE stopped_at IS NULL") == "0")
    }
  }

  @Test("publishes a post as soon as psql has inserted it, and another at its due second")
  func punctual() async throws {
    try await Tower.stand { tower in
      let daemon = try await RunningDaemon.ready(tower)
      try await eventually("it listens") {
        try await tower.sql(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'belfry listen' AND datname = current_database()"
        ) == "1"
      }
      let now = try await tower.post("sarah", caption: "Now")
      let soon = try await tower.post("max", caption: "Soon", at: "now() + interval '2 seconds'")
      try await tower.wait(for: now, toBe: "posted")
      try await tower.wait(for: soon, toBe: "posted")
      await daemon.stop()
      let lateness = try await tower.sql(
        """
        SELECT extract(epoch FROM attempt.started_at - post.due_at)
        FROM scheduling_posts AS post JOIN post_attempts AS attempt ON attempt.post_id = post.id
        WHERE attempt.attempt = 1 ORDER BY post.id
        """
      ).split(separator: "\n").compactMap { Double($0) }
      #expect(lateness.count == 2)
      #expect(lateness.allSatisfy { (0..<1).contains($0) }, "\(lateness)")
      #expect(try await tower.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'") == "0")
    }
  }

  @Test("feeds the watchdog when it is the process that is watched")
  func watchdog() async throws {
    try await Tower.stand { tower in
      let watched = try DatagramSocket()
      let environment = tower.environment([
        "NOTIFY_SOCKET": watched.path, "WATCHDOG_USEC": "400000",
      ])
      let daemon = try ChildProcess.spawn(
        "/bin/sh",
        [
          "-c", "WATCHDOG_PID=$$ exec \"$@\"", "sh", tower.program, "run", "--config",
          tower.directory + "/belfry.yaml",
        ],
        environment: environment
      )
      try await eventually("it was fed three times") {
        watched.lines.count { $0 == "WATCHDOG=1" } >= 3
      }
      daemon.signal(SIGTERM)
      #expect(await daemon.wait() == .exited(0))

      // A neighbour's watchdog is none of its business.
      let other = try await RunningDaemon.ready(
        tower,
        environment: ["WATCHDOG_USEC": "400000", "WATCHDOG_PID": "1"]
      )
      try await other.manager.wait("the idle line") { $0.wholeMatch(of: idle) != nil }
      await other.stop()
      #expect(!other.manager.lines.contains("WATCHDOG=1"))
    }
  }

  @Test("outlives the reader of its log")
  func brokenLog() async throws {
    try await Tower.stand { tower in
      let manager = try DatagramSocket()
      let shell = try ChildProcess.spawn(
        "/bin/sh",
        [
          "-c", "\"$@\" 2>&1 | true", "sh", tower.program, "run", "--config",
          tower.directory + "/belfry.yaml",
        ],
        environment: tower.environment(["NOTIFY_SOCKET": manager.path])
      )
      try await manager.wait(for: "READY=1")
      let id = try await tower.post(caption: "Nobody reads about it")
      try await tower.wait(for: id, toBe: "posted")
      let pid = try #require(Int32(try await tower.sql("SELECT pid FROM instances")))
      kill(pid, SIGTERM)
      _ = await shell.wait()
      #expect(manager.lines.last == "STATUS=stopped")
      #expect(try await tower.sql("SELECT count(*) FROM instances WHERE stopped_at IS NULL") == "0")
    }
  }

  @Test("hears every signal from the moment it says READY=1")
  func hearsSignals() async throws {
    try await Tower.stand { tower in
      let daemon = try await RunningDaemon.ready(tower)
      daemon.process.signal(SIGHUP)
      daemon.process.signal(SIGUSR1)
      try await daemon.process.waitForOutput("configuration reloaded", in: .stderr)
      try await daemon.process.waitForOutput("woken by SIGUSR1", in: .stderr)
      await daemon.stop()
    }
  }

  @Test("SIGUSR1 wakes it, and the wake is recorded")
  func wakesOnRequest() async throws {
    try await Tower.stand { tower in
      let daemon = try await RunningDaemon.ready(tower)
      try await daemon.manager.wait("the idle line") { $0.wholeMatch(of: idle) != nil }
      daemon.process.signal(SIGUSR1)
      try await eventually("a wake on request") {
        try await tower.sql(
          "SELECT count(*) FROM wake_log WHERE reason = 'requested' AND finished_at IS NOT NULL"
        ) == "1"
      }
      await daemon.stop()
    }
  }

  @Test("SIGHUP puts a good configuration in force and keeps the old one when the new one is bad")
  func reloads() async throws {
    try await Tower.stand { tower in
      let daemon = try await RunningDaemon.ready(tower)
      try await daemon.manager.wait("the idle line") { $0.wholeMatch(of: idle) != nil }

      try tower.configure(wake: 1)
      var before = daemon.manager.lines.count
      daemon.process.signal(SIGHUP)
      try await daemon.manager.wait(for: "READY=1", after: before)
      var answer = Array(daemon.manager.lines.dropFirst(before))
      #expect(answer.first == "RELOADING=1")
      #expect(answer.dropFirst().first?.wholeMatch(of: /MONOTONIC_USEC=\d+/) != nil)
      try await eventually("wakes at every second") {
        Int(try await tower.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'")) ?? 0
          >= 2
      }

      try tower.write("schedule:\n  wakes: 3600\n", to: "belfry.yaml")
      before = daemon.manager.lines.count
      daemon.process.signal(SIGHUP)
      try await daemon.process.waitForOutput(
        "the new configuration is refused, the old one stays",
        in: .stderr
      )
      #expect(daemon.process.stderr.contains("did you mean 'schedule.wake'?"))
      try await daemon.manager.wait(for: "READY=1", after: before)
      answer = Array(daemon.manager.lines.dropFirst(before))
      #expect(answer.contains("RELOADING=1"))
      let count =
        Int(try await tower.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'")) ?? 0
      try await eventually("it still wakes at every second") {
        Int(try await tower.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'")) ?? 0
          > count
      }
      let id = try await tower.post(caption: "After all that")
      try await tower.wait(for: id, toBe: "posted")
      await daemon.stop()
    }
  }
}

@Suite("SIGTERM")
struct ShutdownTests {
  @Test("ends an idle daemon at once with 0")
  func idle() async throws {
    try await Tower.stand { tower in
      let daemon = try await RunningDaemon.ready(tower)
      let began = ContinuousClock.now
      await daemon.stop()
      #expect(ContinuousClock.now - began < .seconds(3))
      #expect(!daemon.process.stderr.contains(" error "), "\(daemon.process.stderr)")
    }
  }

  @Test("puts a post back whose container is not ready, without calling it a failure")
  func beforeThePivot() async throws {
    try await Tower.stand { tower in
      tower.sandbox.configure { $0.pollsUntilFinished = 10_000 }
      let id = try await tower.post(caption: "Slow")
      let daemon = try await RunningDaemon.ready(tower)
      try await eventually("the container is looked at") {
        tower.sandbox.requests.contains { $0.operation == "status" }
      }
      let began = ContinuousClock.now
      await daemon.stop()
      #expect(ContinuousClock.now - began < .seconds(4))

      let row = try await tower.post(id)
      #expect(row.status == "scheduled" && !row.isLeased && !row.isMarked)
      #expect(row.failureClass == nil && row.cause == nil, "\(row)")
      #expect(try await tower.attempts(on: id).map(\.outcome) == ["interrupted"])
      #expect(try tower.publicFiles == [])
      #expect(tower.publishRequests.isEmpty)
      let log = daemon.process.stderr
      #expect(!log.contains(" warning ") && !log.contains(" error "), "\(log)")

      tower.sandbox.configure { $0.pollsUntilFinished = 1 }
      expectSuccess(try await tower.belfry("post-scheduled"))
      #expect(try await tower.post(id).status == "posted")
      try await tower.expectTruth()
    }
  }

  @Test("lets a post finish that is being published")
  func atThePivot() async throws {
    try await Tower.stand { tower in
      tower.sandbox.inject(SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 1)))
      let id = try await tower.post(caption: "On its way")
      let daemon = try await RunningDaemon.ready(tower)
      try await eventually("publishing is requested") { !tower.publishRequests.isEmpty }
      await daemon.stop()
      let row = try await tower.post(id)
      #expect(row.status == "posted", "\(row)")
      #expect(try tower.publicFiles == [])
      try await tower.expectTruth()
      #expect(tower.publishRequests.count == 1)
    }
  }

  @Test("leaves a truthful row when the answer never comes, and nobody publishes twice")
  func withoutAnAnswer() async throws {
    try await Tower.stand { tower in
      tower.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 3600))
      )
      let id = try await tower.post(caption: "Into the silence")
      let daemon = try await RunningDaemon.ready(
        tower,
        environment: ["BELFRY_INSTAGRAM_TIMEOUT": "1"]
      )
      try await eventually("publishing is requested") { !tower.publishRequests.isEmpty }
      await daemon.stop()
      let row = try await tower.post(id)
      #expect(["posted", "unconfirmed", "posting"].contains(row.status), "\(row)")
      #expect(row.isMarked)

      _ = try await tower.belfry("post-scheduled")
      try await tower.wait(for: id, toBe: "posted", "unconfirmed")
      #expect(tower.publishRequests.count == 1)
      #expect(tower.sandbox.published().count == 1)
    }
  }
}
