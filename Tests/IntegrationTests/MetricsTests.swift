import FoundationEssentials
import Glibc
import GraphSandbox
import TestSupport
import Testing

@Suite("The metrics file of belfry run", .timeLimit(.minutes(10)))
struct MetricsTests {
  private func configure(_ installation: TestInstallation) throws -> String {
    let file = "\(installation.directory)/metrics/belfry.prom"
    try FileManager.default.createDirectory(
      atPath: "\(installation.directory)/metrics",
      withIntermediateDirectories: true
    )
    try installation.configure(more: "metrics:\n  file: \(file)")
    return file
  }

  /// The file as it is now, which must be whole and in order whenever one looks.
  private func read(_ file: String) throws -> PrometheusText {
    try PrometheusText(try String(contentsOfFile: file, encoding: .utf8))
  }

  /// Waits until the file is there and a condition on it holds.
  private func wait(
    for file: String,
    _ description: String,
    _ condition: (PrometheusText) -> Bool
  ) async throws {
    try await eventually("\(description): \((try? read(file).values) ?? [:])") {
      guard FileManager.default.fileExists(atPath: file) else { return false }
      return condition(try read(file))
    }
  }

  @Test("tells what was published, what waits and why, and in the end that the service has stopped")
  func tells() async throws {
    try await TestInstallation.stand { installation in
      let file = try configure(installation)
      installation.sandbox.inject(
        SandboxFault(
          "create",
          account: TestInstallation.maxAccount,
          answer: FaultAnswer(error: FaultError(code: 36003, subcode: 2_207_009))
        )
      )
      try await installation.sql(
        """
        UPDATE sealed_credentials SET expires_at = now() + interval '40 days'
        WHERE persona_id = 1 AND name = 'access_token'
        """
      )
      let good = try await installation.post(caption: "Good")
      let bad = try await installation.post("max", caption: "Bad")
      try await installation.post(caption: "Later", at: "now() + interval '1 day'")
      let daemon = try await RunningDaemon.ready(installation)
      try await installation.wait(for: good, toBe: "posted")
      try await installation.wait(for: bad, toBe: "failed")
      try await wait(for: file, "both outcomes are counted") { text in
        text["belfry_posts_published_total"] == 1
          && text[#"belfry_posts_failed_total{class="permanent"}"#] == 1
          && text[#"belfry_posts{persona="max",state="failed"}"#] == 1
      }
      let text = try read(file)
      #expect(text["belfry_up"] == 1 && text["belfry_database_up"] == 1)
      #expect(text[#"belfry_posts{persona="sarah",state="scheduled"}"#] == 1)
      #expect(text["belfry_due_lag_seconds"] == 0)
      #expect(text[#"belfry_quota_limit_posts{persona="sarah"}"#] == 100)
      #expect(text[#"belfry_quota_used_posts{persona="sarah"}"#] == 0)
      let left = try #require(text[#"belfry_token_remaining_seconds{persona="sarah"}"#])
      #expect((40.0 * 86_400 - 600...40.0 * 86_400).contains(left))
      #expect(text[#"belfry_token_remaining_seconds{persona="max"}"#] == nil)
      let success = try #require(text[#"belfry_last_success_timestamp_seconds{persona="sarah"}"#])
      #expect(abs(success - Double(time(nil))) < 60)
      #expect(try #require(text["belfry_wakes_total"]) >= 1)
      var status = stat()
      let result = unsafe stat(file, &status)
      #expect(result == 0)
      #expect(status.st_mode & 0o777 == 0o644)

      await daemon.stop()
      let last = try read(file)
      #expect(last["belfry_up"] == 0)
      #expect(last["belfry_posts_published_total"] == 1)
      let directory = "\(installation.directory)/metrics"
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["belfry.prom"])
    }
  }

  @Test("has no numbers of the queue while PostgreSQL is away, and says that it is away")
  func databaseAway() async throws {
    try await TestInstallation.stand(on: TemporaryPostgres()) { installation in
      let file = try configure(installation)
      let daemon = try await RunningDaemon.ready(installation)
      try await wait(for: file, "PostgreSQL is there") { $0["belfry_database_up"] == 1 }
      await installation.postgres.stop()
      try await wait(for: file, "PostgreSQL is away") { text in
        text["belfry_database_up"] == 0 && !text.values.keys.contains { $0.contains("persona") }
      }
      try await installation.postgres.start()
      try await wait(for: file, "PostgreSQL is back") { text in
        text["belfry_database_up"] == 1
          && text[#"belfry_posts{persona="sarah",state="scheduled"}"#] == 0
      }
      await daemon.stop()
    }
  }

  @Test("that cannot be written is a warning, once, and stops nothing; so is its return")
  func cannotBeWritten() async throws {
    try await TestInstallation.stand { installation in
      let file = "\(installation.directory)/absent/belfry.prom"
      try installation.configure(more: "metrics:\n  file: \(file)")
      let daemon = try await RunningDaemon.ready(installation)
      try await daemon.process.waitForOutput("cannot write the metrics file", in: .stderr)
      let id = try await installation.post(caption: "All the same")
      try await installation.wait(for: id, toBe: "posted")
      try FileManager.default.createDirectory(
        atPath: "\(installation.directory)/absent",
        withIntermediateDirectories: true
      )
      daemon.process.signal(SIGUSR1)
      try await daemon.process.waitForOutput("is written again", in: .stderr)
      await daemon.stop()
      let lines = daemon.process.stderr.split(separator: "\n").filter {
        $0.contains("metrics file")
      }
      #expect(lines.count == 2, "\(lines)")
      #expect(lines.first?.contains(" warning ") == true)
      #expect(lines.first?.contains("Create the directory") == true)
    }
  }

  @Test("moves with a reload, and goes when it is not wanted any more")
  func reloads() async throws {
    try await TestInstallation.stand { installation in
      let file = try configure(installation)
      let daemon = try await RunningDaemon.ready(installation)
      try await wait(for: file, "the first file") { $0["belfry_up"] == 1 }
      let second = "\(installation.directory)/metrics/second.prom"
      try installation.configure(more: "metrics:\n  file: \(second)")
      daemon.process.signal(SIGHUP)
      try await wait(for: second, "the second file") { $0["belfry_up"] == 1 }
      #expect(!FileManager.default.fileExists(atPath: file))
      try installation.configure()
      daemon.process.signal(SIGHUP)
      try await eventually("no file is left") { !FileManager.default.fileExists(atPath: second) }
      await daemon.stop()
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(installation.directory)/metrics")
          == []
      )
    }
  }
}
