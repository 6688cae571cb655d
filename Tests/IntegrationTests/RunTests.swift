import Glibc
import GraphSandbox
import LoopbackServer
import TestSupport
import Testing

@Suite("belfry run")
struct RunTests {
  private let idle =
    /STATUS=ok · 2 personas · nothing queued · 0 deferred · 0 unconfirmed · next wake \d\d:\d\d/

  @Test("waits for PostgreSQL and is ready only when it answered")
  func waitsForPostgres() async throws {
    try await TestInstallation.stand(on: TemporaryPostgres()) { installation in
      await installation.postgres.stop()
      let daemon = try RunningDaemon.start(installation)
      try await daemon.manager.wait("waiting") { $0.hasPrefix("STATUS=waiting for PostgreSQL: ") }
      #expect(!daemon.manager.lines.contains("READY=1"))
      try await daemon.process.waitForOutput("waiting for PostgreSQL", in: .stderr)
      // What means nothing yet must not end it.
      daemon.process.signal(SIGHUP)
      daemon.process.signal(SIGUSR1)

      try await installation.postgres.start()
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
    try await TestInstallation.stand(on: TemporaryPostgres()) { installation in
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 0.5))
      )
      let id = try await installation.post(caption: "Blackout")
      let daemon = try await RunningDaemon.ready(installation)
      try await eventually("publishing is requested") { !installation.publishRequests.isEmpty }
      await installation.postgres.stop()
      try await daemon.process.waitForOutput("PostgreSQL is away", in: .stderr)
      try await daemon.process.waitForOutput("is live as media", in: .stderr)
      try await installation.postgres.start()
      try await daemon.process.waitForOutput("PostgreSQL is back", in: .stderr)
      try await installation.wait(for: id, toBe: "posted")
      let next = try await installation.post(caption: "And on it goes")
      try await installation.wait(for: next, toBe: "posted", within: .seconds(30))
      await daemon.stop()
      try await installation.expectTruth()
      #expect(installation.publishRequests.count == 2)
      let log = daemon.process.stderr.split(separator: "\n")
      #expect(log.count { $0.contains("PostgreSQL is away") } == 1)
      #expect(log.count { $0.contains("PostgreSQL is back") } == 1)
    }
  }

  @Test("ends while it waits for PostgreSQL when it is told to")
  func stopsWhileWaiting() async throws {
    try await TestInstallation.stand { installation in
      try installation.configure(database: "host=/nonexistent dbname=belfry")
      let daemon = try RunningDaemon.start(installation)
      try await daemon.manager.wait("waiting") { $0.hasPrefix("STATUS=waiting for PostgreSQL: ") }
      await daemon.stop()
      #expect(!daemon.manager.lines.contains("READY=1"))
      #expect(!daemon.process.stderr.contains(" error "), "\(daemon.process.stderr)")
    }
  }

  @Test("ends while a connection is being made to a server that accepts and never answers")
  func stopsWhileConnecting() async throws {
    try await TestInstallation.stand { installation in
      let silence = try LoopbackServer { _ in .silence }
      defer { silence.stop() }
      try installation.configure(database: "host=127.0.0.1 port=\(silence.port) dbname=belfry")
      let daemon = try RunningDaemon.start(installation)
      try await eventually("it is connecting") { silence.connections > 0 }
      let began = ContinuousClock.now
      await daemon.stop()
      #expect(ContinuousClock.now - began < .seconds(2))
    }
  }

  @Test("is never ready with a wrong key, and ends with 78")
  func wrongKey() async throws {
    try await TestInstallation.stand { installation in
      try installation.write(
        try await installation.anotherKey(),
        to: "credentials/belfry.key",
        mode: 0o600
      )
      let daemon = try RunningDaemon.start(installation)
      #expect(await daemon.process.wait() == .exited(78))
      #expect(!daemon.manager.lines.contains("READY=1"))
      #expect(daemon.process.stderr.contains("belfry: the stored credentials do not open"))
    }
  }

  @Test("publishes what was due before it started, and says in STATUS what comes next")
  func publishesTheBacklog() async throws {
    try await TestInstallation.stand { installation in
      let id = try await installation.post(
        caption: "Since yesterday",
        at: "now() - interval '1 day'"
      )
      let next = try await installation.post(
        "max",
        caption: "Tomorrow",
        at: "now() + interval '100 minutes'"
      )
      let daemon = try await RunningDaemon.ready(installation)
      let row = try await installation.wait(for: id, toBe: "posted")
      #expect(row.attempts == 1)
      try await daemon.manager.wait("the next post") {
        $0.hasPrefix("STATUS=ok · 2 personas · next #\(next) @max.outside ")
          && $0.contains("(in 2 h)")
      }
      await daemon.stop()
      try await installation.expectTruth()
      #expect(
        try await installation.sql(
          "SELECT reason, claimed, posted FROM wake_log ORDER BY id LIMIT 1"
        )
          == "start|1|1"
      )
      #expect(
        try await installation.sql("SELECT count(*) FROM instances WHERE stopped_at IS NULL") == "0"
      )
    }
  }

  @Test("publishes a post as soon as psql has inserted it, and another at its due second")
  func punctual() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation)
      try await eventually("it listens") {
        try await installation.sql(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'belfry listen' AND datname = current_database()"
        ) == "1"
      }
      let now = try await installation.post("sarah", caption: "Now")
      let soon = try await installation.post(
        "max",
        caption: "Soon",
        at: "now() + interval '2 seconds'"
      )
      try await installation.wait(for: now, toBe: "posted")
      try await installation.wait(for: soon, toBe: "posted")
      await daemon.stop()
      let lateness = try await installation.sql(
        """
        SELECT extract(epoch FROM attempt.started_at - post.due_at)
        FROM scheduling_posts AS post JOIN post_attempts AS attempt ON attempt.post_id = post.id
        WHERE attempt.attempt = 1 ORDER BY post.id
        """
      ).split(separator: "\n").compactMap { Double($0) }
      #expect(lateness.count == 2)
      #expect(lateness.allSatisfy { (0..<1).contains($0) }, "\(lateness)")
      #expect(
        try await installation.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'") == "0"
      )
    }
  }

  @Test("feeds the watchdog when it is the process that is watched")
  func watchdog() async throws {
    try await TestInstallation.stand { installation in
      let watched = try DatagramSocket()
      let environment = installation.environment([
        "NOTIFY_SOCKET": watched.path, "WATCHDOG_USEC": "400000",
      ])
      let daemon = try ChildProcess.spawn(
        "/bin/sh",
        [
          "-c", "WATCHDOG_PID=$$ exec \"$@\"", "sh", installation.program, "run", "--config",
          installation.directory + "/belfry.yaml",
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
        installation,
        environment: ["WATCHDOG_USEC": "400000", "WATCHDOG_PID": "1"]
      )
      try await other.manager.wait("the idle line") { $0.wholeMatch(of: idle) != nil }
      await other.stop()
      #expect(!other.manager.lines.contains("WATCHDOG=1"))
    }
  }

  @Test("outlives the reader of its log")
  func brokenLog() async throws {
    try await TestInstallation.stand { installation in
      let manager = try DatagramSocket()
      let shell = try ChildProcess.spawn(
        "/bin/sh",
        [
          "-c", "\"$@\" 2>&1 | true", "sh", installation.program, "run", "--config",
          installation.directory + "/belfry.yaml",
        ],
        environment: installation.environment(["NOTIFY_SOCKET": manager.path])
      )
      try await manager.wait(for: "READY=1")
      let id = try await installation.post(caption: "Nobody reads about it")
      try await installation.wait(for: id, toBe: "posted")
      let pid = try #require(Int32(try await installation.sql("SELECT pid FROM instances")))
      kill(pid, SIGTERM)
      _ = await shell.wait()
      #expect(manager.lines.last == "STATUS=stopped")
      #expect(
        try await installation.sql("SELECT count(*) FROM instances WHERE stopped_at IS NULL") == "0"
      )
    }
  }

  @Test("hears every signal from the moment it says READY=1")
  func hearsSignals() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation)
      daemon.process.signal(SIGHUP)
      daemon.process.signal(SIGUSR1)
      try await daemon.process.waitForOutput("configuration reloaded", in: .stderr)
      try await daemon.process.waitForOutput("woken by SIGUSR1", in: .stderr)
      await daemon.stop()
    }
  }

  @Test("SIGUSR1 wakes it, and the wake is recorded")
  func wakesOnRequest() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation)
      try await daemon.manager.wait("the idle line") { $0.wholeMatch(of: idle) != nil }
      daemon.process.signal(SIGUSR1)
      try await eventually("a wake on request") {
        try await installation.sql(
          "SELECT count(*) FROM wake_log WHERE reason = 'requested' AND finished_at IS NOT NULL"
        ) == "1"
      }
      await daemon.stop()
    }
  }

  @Test("SIGHUP puts a good configuration in force and keeps the old one when the new one is bad")
  func reloads() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation)
      try await daemon.manager.wait("the idle line") { $0.wholeMatch(of: idle) != nil }

      try installation.configure(wake: 1)
      var before = daemon.manager.lines.count
      daemon.process.signal(SIGHUP)
      try await daemon.manager.wait(for: "READY=1", after: before)
      var answer = Array(daemon.manager.lines.dropFirst(before))
      #expect(answer.first == "RELOADING=1")
      #expect(answer.dropFirst().first?.wholeMatch(of: /MONOTONIC_USEC=\d+/) != nil)
      try await eventually("wakes at every second") {
        Int(try await installation.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'"))
          ?? 0
          >= 2
      }

      try installation.write("schedule:\n  wakes: 3600\n", to: "belfry.yaml")
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
        Int(try await installation.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'"))
        ?? 0
      try await eventually("it still wakes at every second") {
        Int(try await installation.sql("SELECT count(*) FROM wake_log WHERE reason = 'schedule'"))
          ?? 0
          > count
      }
      let id = try await installation.post(caption: "After all that")
      try await installation.wait(for: id, toBe: "posted")
      await daemon.stop()
    }
  }
}

@Suite("SIGTERM")
struct ShutdownTests {
  @Test("ends an idle daemon at once with 0")
  func idle() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation)
      let began = ContinuousClock.now
      await daemon.stop()
      #expect(ContinuousClock.now - began < .seconds(3))
      #expect(!daemon.process.stderr.contains(" error "), "\(daemon.process.stderr)")
    }
  }

  @Test("puts a post back whose container is not ready, without calling it a failure")
  func beforeThePivot() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.configure { $0.pollsUntilFinished = 10_000 }
      let id = try await installation.post(caption: "Slow")
      let daemon = try await RunningDaemon.ready(installation)
      try await eventually("the container is looked at") {
        installation.sandbox.requests.contains { $0.operation == "status" }
      }
      let began = ContinuousClock.now
      await daemon.stop()
      #expect(ContinuousClock.now - began < .seconds(4))

      let row = try await installation.post(id)
      #expect(row.status == "scheduled" && !row.isLeased && !row.isMarked)
      #expect(row.failureClass == nil && row.cause == nil, "\(row)")
      #expect(try await installation.attempts(on: id).map(\.outcome) == ["interrupted"])
      #expect(try installation.publicFiles == [])
      #expect(installation.publishRequests.isEmpty)
      let log = daemon.process.stderr
      #expect(!log.contains(" warning ") && !log.contains(" error "), "\(log)")

      installation.sandbox.configure { $0.pollsUntilFinished = 1 }
      expectSuccess(try await installation.belfry("post-scheduled"))
      #expect(try await installation.post(id).status == "posted")
      try await installation.expectTruth()
    }
  }

  @Test("lets a post finish that is being published")
  func atThePivot() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 1))
      )
      let id = try await installation.post(caption: "On its way")
      let daemon = try await RunningDaemon.ready(installation)
      try await eventually("publishing is requested") { !installation.publishRequests.isEmpty }
      await daemon.stop()
      let row = try await installation.post(id)
      #expect(row.status == "posted", "\(row)")
      #expect(try installation.publicFiles == [])
      try await installation.expectTruth()
      #expect(installation.publishRequests.count == 1)
    }
  }

  @Test("leaves a truthful row when the answer never comes, and nobody publishes twice")
  func withoutAnAnswer() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 3600))
      )
      let id = try await installation.post(caption: "Into the silence")
      let daemon = try await RunningDaemon.ready(
        installation,
        environment: ["BELFRY_INSTAGRAM_TIMEOUT": "1"]
      )
      try await eventually("publishing is requested") { !installation.publishRequests.isEmpty }
      await daemon.stop()
      let row = try await installation.post(id)
      #expect(["posted", "unconfirmed", "posting"].contains(row.status), "\(row)")
      #expect(row.isMarked)

      _ = try await installation.belfry("post-scheduled")
      try await installation.wait(for: id, toBe: "posted", "unconfirmed")
      #expect(installation.publishRequests.count == 1)
      #expect(installation.sandbox.published().count == 1)
    }
  }
}
