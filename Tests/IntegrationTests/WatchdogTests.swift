import Glibc
import Postgres
import TestSupport
import Testing

@Suite(
  "The watchdog of belfry run",
  .enabled(if: StoppedThread.isAllowed),
  .timeLimit(.minutes(10))
)
struct WatchdogTests {
  /// systemd's WatchdogSec= for these tests; half of it is the patience with each part.
  private let watched = ["WATCHDOG_USEC": "3000000"]

  private func feeds(_ daemon: RunningDaemon) -> Int {
    daemon.manager.lines.count { $0 == "WATCHDOG=1" }
  }

  /// Expects that the feed stops because of `part`, and goes on when `release` has let go of it; `others` are
  /// the parts that cannot go on without it, and may be named as well.
  private func expectStarving(
    _ daemon: RunningDaemon,
    because part: String,
    and others: [String] = [],
    release: () async throws -> Void
  ) async throws {
    try await daemon.process.waitForOutput("\(part) makes no progress", in: .stderr)
    let starving = feeds(daemon)
    // Longer than two rounds: a feed that went on would be seen.
    let end = ContinuousClock.now + .milliseconds(1_800)
    try await eventually("time passes without a feed") {
      #expect(feeds(daemon) == starving)
      return ContinuousClock.now > end
    }
    try await release()
    try await daemon.process.waitForOutput("\(part) goes on", in: .stderr)
    try await eventually("it is fed again") { feeds(daemon) > starving }
    let log = daemon.process.stderr
    let complaints = log.matches(of: /belfry: (.+) makes no progress/).map { String($0.output.1) }
    #expect(complaints.contains(part), "\(complaints)")
    #expect(Set(complaints).isSubset(of: [part] + others), "\(complaints)")
    #expect(Set(complaints).count == complaints.count, "each is said once: \(complaints)")
  }

  @Test("is not fed while the thread that speaks HTTP is stuck")
  func transport() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation, environment: watched)
      try await eventually("it is fed") { feeds(daemon) > 0 }
      let thread = try #require(
        ThreadInfo.all(of: daemon.process.pid).first { $0.name == "belfry-http" }
      )
      let stopped = try await StoppedThread(thread.tid)
      try await expectStarving(daemon, because: "the HTTP transport") { stopped.release() }
      let id = try await installation.post(caption: "And on it goes")
      try await installation.wait(for: id, toBe: "posted")
      await daemon.stop()
    }
  }

  @Test("is not fed while the queue of the database is stuck, though PostgreSQL answers")
  func database() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation, environment: watched)
      try await eventually("it is fed") { feeds(daemon) > 0 }
      // A lock makes the daemon wait for PostgreSQL, on the thread that is its queue at that moment.
      let locker = PostgresConnection(
        ConnectionConfiguration(installation.conninfo, applicationName: "locker")
      )
      try await locker.connect()
      let stopped = try await hold(locker) {
        daemon.process.signal(SIGUSR1)
        var found: ThreadInfo?
        try await eventually("a thread waits for PostgreSQL") {
          found = ThreadInfo.all(of: daemon.process.pid).first {
            $0.pollsOne && $0.name != "belfry-http"
          }
          return found != nil
        }
        return try await StoppedThread(try #require(found).tid)
      }
      await locker.close()
      // PostgreSQL has answered by now, and nobody reads it.
      try await expectStarving(
        daemon,
        because: "the database connection",
        and: ["the loop of wakes"]
      ) {
        stopped.release()
      }
      let id = try await installation.post(caption: "And on it goes")
      try await installation.wait(for: id, toBe: "posted")
      await daemon.stop()
    }
  }

  /// Runs `body` while the log of wakes is locked, which every wake on request writes.
  private func hold<R>(
    _ locker: PostgresConnection,
    _ body: () async throws -> R
  ) async throws -> R {
    // A session's lock would need a transaction that spans awaits; the advisory one of the trigger does not.
    try await locker.execute("SELECT pg_advisory_lock(4712)")
    try await locker.script(
      """
      CREATE FUNCTION public.hold_wake() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4712); RETURN NEW; END $$;
      CREATE TRIGGER hold_wake BEFORE INSERT ON wake_log FOR EACH ROW EXECUTE FUNCTION public.hold_wake();
      """
    )
    let result = try await body()
    try await locker.execute("SELECT pg_advisory_unlock(4712)")
    return result
  }

  @Test("is fed while PostgreSQL is away")
  func databaseAway() async throws {
    try await TestInstallation.stand(on: TemporaryPostgres()) { installation in
      let daemon = try await RunningDaemon.ready(installation, environment: watched)
      await installation.postgres.stop()
      try await daemon.process.waitForOutput("PostgreSQL is away", in: .stderr)
      let before = feeds(daemon)
      // At a quarter of three seconds each: longer than the patience with any part.
      try await eventually("it is fed all the while") { feeds(daemon) >= before + 4 }
      try await installation.postgres.start()
      try await daemon.process.waitForOutput("PostgreSQL is back", in: .stderr)
      await daemon.stop()
      #expect(!daemon.process.stderr.contains("makes no progress"))
    }
  }
}
