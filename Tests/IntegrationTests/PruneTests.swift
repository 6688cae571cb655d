import FoundationEssentials
import TestSupport
import Testing

@Suite("belfry prune")
struct PruneTests {
  private struct Report: Decodable {
    struct Table: Decodable {
      let table: String
      let keep: String
      let rows: Int
    }
    let applied: Bool
    let tables: [Table]
  }

  private func report(_ output: ChildProcess.Output) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(output.stdout.utf8))
  }

  /// Makes all that has happened so far so many days older.
  private func age(_ installation: TestInstallation, days: Int) async throws {
    try await installation.sql(
      """
      SET session_replication_role = replica;
      UPDATE scheduling_posts SET updated_at = updated_at - interval '\(days) days';
      UPDATE post_attempts SET started_at = started_at - interval '\(days) days',
        finished_at = finished_at - interval '\(days) days';
      UPDATE wake_log SET started_at = started_at - interval '\(days) days';
      UPDATE instances SET stopped_at = stopped_at - interval '\(days) days';
      """
    )
  }

  private let rows = """
    SELECT (SELECT count(*) FROM post_steps), (SELECT count(*) FROM post_attempts), (SELECT count(*) FROM wake_log),
      (SELECT count(*) FROM instances)
    """

  @Test("counts without --apply, removes with it, and then has nothing to do")
  func wholeWay() async throws {
    try await TestInstallation.stand { installation in
      let id = try await installation.post(caption: "Old")
      expectSuccess(try await installation.belfry("post-scheduled"))
      expectSuccess(try await installation.belfry("post-scheduled"))
      try await age(installation, days: 100)
      expectSuccess(try await installation.belfry("post-scheduled"))
      #expect(try await installation.sql(rows) == "5|1|3|3")

      let counted = try await installation.belfry("prune")
      expectSuccess(counted)
      #expect(counted.stdout.contains("\npost_steps     90d   5\n"), "\(counted.stdout)")
      #expect(counted.stdout.hasSuffix("nothing was removed; run it again with --apply\n"))
      #expect(try await installation.sql(rows) == "5|1|3|3")

      let applied = try await installation.belfry("prune", "--apply", "--json")
      expectSuccess(applied)
      let report = try report(applied)
      #expect(report.applied)
      #expect(
        report.tables.map { "\($0.table) \($0.keep) \($0.rows)" } == [
          "post_steps 90d 5", "post_attempts 90d 0", "wakes 90d 2", "instances 90d 1",
          "audit 730d 0",
        ]
      )
      // The attempt that published it stays, and so does the instance that made it.
      #expect(try await installation.sql(rows) == "0|1|1|2")
      #expect(try await installation.attempts(on: id).map(\.outcome) == ["posted"])
      #expect(try await installation.post(id).status == "posted")

      let again = try await installation.belfry("prune", "--apply")
      expectSuccess(again)
      #expect(try await installation.sql(rows) == "0|1|1|2")
    }
  }

  @Test("keeps what it is told to keep, and refuses what is no time or too short")
  func periods() async throws {
    try await TestInstallation.stand { installation in
      try await installation.post(caption: "Old")
      expectSuccess(try await installation.belfry("post-scheduled"))
      try await age(installation, days: 20)
      expectSuccess(try await installation.belfry("post-scheduled"))
      let kept = try await installation.belfry(
        "prune",
        "--apply",
        "--steps",
        "3w",
        "--wakes",
        "forever"
      )
      expectSuccess(kept)
      #expect(try await installation.sql(rows) == "5|1|2|2")
      expectSuccess(try await installation.belfry("prune", "--apply", "--steps", "2w"))
      #expect(try await installation.sql(rows) == "0|1|2|2")
      for arguments in [["--steps", "6d"], ["--wakes", "1"], ["--audit", "3m"]] {
        let output = try await installation.belfry(["prune", "--apply"] + arguments)
        #expect(output.status == .exited(64), "\(output.stdout)")
      }
      #expect(try await installation.sql(rows) == "0|1|2|2")
    }
  }

  @Test("works beside a daemon that publishes, and two of it beside each other")
  func besideADaemon() async throws {
    try await TestInstallation.stand { installation in
      try await installation.post(caption: "Old")
      expectSuccess(try await installation.belfry("post-scheduled"))
      try await age(installation, days: 100)
      let daemon = try await RunningDaemon.ready(installation)
      for number in 1...6 {
        try await installation.post(number > 3 ? "max" : "sarah", caption: "New \(number)")
      }
      async let one = installation.belfry("prune", "--apply", "--steps", "7d", "--wakes", "7d")
      async let two = installation.belfry("prune", "--apply", "--steps", "7d", "--wakes", "7d")
      for output in try await [one, two] { expectSuccess(output) }
      try await eventually("all are posted") {
        // Status lines that nobody reads would stop the daemon: a socket holds few of them.
        _ = daemon.manager.lines
        return try await installation.posts("post.status = 'posted'").count == 7
      }
      expectSuccess(try await installation.belfry("prune", "--apply"))
      await daemon.stop()
      try await installation.expectTruth()
      #expect(try await installation.sql("SELECT count(*) FROM post_steps") == "30")
      #expect(try await installation.sql("SELECT count(*) FROM post_attempts") == "7")
    }
  }
}
