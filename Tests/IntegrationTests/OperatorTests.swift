import FoundationEssentials
import TestSupport
import Testing

@Suite("belfry status")
struct StatusTests {
  private struct Report: Decodable {
    struct Persona: Decodable {
      let name: String
      let queued: Int
      let posted7d: Int
      let hasToken: Bool
    }
    struct Problem: Decodable {
      let subject: String
      let cause: String
      let advice: String
      let command: String
    }
    let status: String
    let daemons: Int
    let personas: [Persona]
    let problems: [Problem]
  }

  private func report(_ installation: TestInstallation) async throws -> (
    Report, TestSupport.ExitStatus
  ) {
    let output = try await installation.belfry("status", "--json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (try decoder.decode(Report.self, from: Data(output.stdout.utf8)), output.status)
  }

  @Test("0 ok, 1 degraded, 2 blocked, 3 cannot tell, in text and in JSON")
  func health() async throws {
    try await TestInstallation.stand { installation in
      var (seen, exit) = try await report(installation)
      #expect(seen.status == "ok" && exit == .exited(0))
      #expect(
        seen.personas.map(\.name) == ["max", "sarah"] && seen.personas.allSatisfy(\.hasToken)
      )

      // Somebody waits, and nobody publishes.
      let id = try await installation.post(caption: "Waits")
      (seen, exit) = try await report(installation)
      #expect(seen.status == "blocked" && exit == .exited(2) && seen.daemons == 0)
      let blocked = try await installation.belfry("status")
      #expect(blocked.stdout.hasPrefix("BLOCKED  "))
      #expect(blocked.stdout.contains("systemctl start belfry"))

      let daemon = try await RunningDaemon.ready(installation)
      try await installation.wait(for: id, toBe: "posted")
      (seen, exit) = try await report(installation)
      #expect(seen.status == "ok" && exit == .exited(0) && seen.daemons == 1)
      #expect(seen.personas.first { $0.name == "sarah" }?.posted7d == 1)

      try await installation.sql("INSERT INTO photos (persona_id, path) VALUES (2, 'gone.jpg')")
      let broken = try await installation.post("max", photo: "gone.jpg", caption: "No photo")
      let row = try await installation.wait(for: broken, toBe: "failed")
      (seen, exit) = try await report(installation)
      #expect(seen.status == "degraded" && exit == .exited(1))
      #expect(seen.problems.map(\.subject) == ["#\(broken)"])
      #expect(seen.problems.first?.cause == row.cause && seen.problems.first?.advice == row.fix)
      #expect(seen.problems.first?.command == "SELECT retry(\(broken));")
      let degraded = try await installation.belfry("status")
      #expect(degraded.stdout.hasPrefix("DEGRADED  1 needs you  "))
      #expect(degraded.stdout.contains("NEEDS YOU\n  1  #\(broken) max "))
      #expect(degraded.stdout.contains("\n     fix: SELECT retry(\(broken));\n"))
      #expect(degraded.stdout.split(separator: "\n").allSatisfy { $0.count <= 120 })
      await daemon.stop()

      try installation.configure(database: "host=/nonexistent dbname=belfry")
      expectComplaint(try await installation.belfry("status"), exit: 3, "/nonexistent", hint: "")
      expectComplaint(
        try await installation.belfry("status", "--json"),
        exit: 3,
        "/nonexistent",
        hint: ""
      )
    }
  }
}

@Suite("belfry config")
struct ConfigTests {
  private struct Row: Decodable {
    let key: String
    let value: String?
    let source: String
  }

  @Test("lists every key with its value and its source")
  func everyKey() async throws {
    try await TestInstallation.stand { installation in
      let environment = ["BELFRY_PUBLISHING_MAX_IN_FLIGHT": "7"]
      let output = try await installation.belfry("config", "--json", environment: environment)
      expectSuccess(output)
      let rows = try JSONDecoder().decode([Row].self, from: Data(output.stdout.utf8))
      let keys = [
        "database", "schedule.wake", "schedule.punctual", "publishing.max_in_flight",
        "publishing.lease", "publishing.heartbeat", "publishing.drain", "publishing.poll.first",
        "publishing.poll.cap", "publishing.poll.give_up", "publishing.reconcile.recheck",
        "publishing.reconcile.grace", "publishing.reconcile.give_up", "instagram.version",
        "instagram.timeout", "instagram.facebook_graph_url", "instagram.instagram_graph_url",
        "media.host", "media.photos", "media.webroot.directory", "media.webroot.base_url",
        "media.webroot.verify",
      ]
      #expect(Set(rows.map(\.key)).isSuperset(of: keys))
      let sources = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.source) })
      #expect(sources["publishing.max_in_flight"] == "environment")
      #expect(sources["publishing.drain"] == "file")
      #expect(sources["publishing.lease"] == "default")
      #expect(rows.first { $0.key == "publishing.max_in_flight" }?.value == "7")

      let text = try await installation.belfry("config").stdout
      #expect(text.hasPrefix("file: \(installation.directory)/belfry.yaml\n"))
      for key in keys { #expect(text.contains("\n\(key) ")) }
    }
  }
}

@Suite("belfry migrate", .temporaryDatabases)
struct MigrateTests {
  @Test("says what it would do, does it once even when started twice, and verifies what is there")
  func migrates() async throws {
    try await TestInstallation.stand { installation in
      let count = Int(try await installation.sql("SELECT count(*) FROM schema_migrations")) ?? 0
      #expect(count >= 6)
      let empty = try await installation.postgres.createDatabase()
      try installation.configure(database: empty)
      func lines(_ arguments: String...) async throws -> [Substring] {
        let output = try await installation.belfry(["migrate"] + arguments)
        expectSuccess(output)
        return output.stdout.split(separator: "\n")
      }
      #expect(try await lines("--dry-run").count { $0.contains(" pending ") } == count)
      #expect(try await lines("--status").count { $0.contains(" pending ") } == count)
      let before = try await installation.belfry("migrate", "--verify")
      #expect(before.status == .exited(1), "\(before.stdout)")
      #expect(
        try await installation.postgres.psql("SELECT to_regclass('personas')", conninfo: empty)
          .stdout
          == "\n"
      )

      async let one = installation.belfry("migrate")
      async let two = installation.belfry("migrate")
      let outputs = try await [one, two]
      for output in outputs { expectSuccess(output) }
      let applied = outputs.map {
        $0.stdout.split(separator: "\n").count { $0.hasPrefix("applied ") }
      }
      #expect(applied.reduce(0, +) == count, "\(applied)")

      #expect(try await lines() == ["nothing to do: the schema is up to date"])
      #expect(try await lines("--dry-run") == ["nothing to do: the schema is up to date"])
      #expect(try await lines("--status").count { $0.contains(" applied ") } == count)
      #expect(try await lines("--verify") == ["the live schema is the shipped one"])

      let change = try await installation.postgres.psql(
        "ALTER TABLE personas ADD COLUMN nickname text",
        conninfo: empty
      )
      expectSuccess(change)
      let verified = try await installation.belfry("migrate", "--verify")
      #expect(verified.status == .exited(1))
      #expect(verified.stdout.contains("personas"), "\(verified.stdout)")
    }
  }

  @Test(
    "--wait waits for a server that is away, says so once, and ends at once where waiting is vain"
  )
  func waits() async throws {
    let postgres = try await TemporaryPostgres()
    let empty = try await postgres.createDatabase()
    try await TestInstallation.stand { installation in
      try installation.configure(database: empty)
      await postgres.stop()
      let waiting = try installation.start("migrate", "--wait")
      try await waiting.waitForOutput("belfry: waiting for PostgreSQL: ", in: .stderr)
      #expect(try await installation.belfry("migrate").status == .exited(75))
      try await postgres.start()
      #expect(await waiting.wait() == .exited(0), "\(waiting.stderr)")
      #expect(waiting.stdout.hasSuffix("the schema is up to date\n"))
      #expect(waiting.stderr.split(separator: "\n").count == 1, "\(waiting.stderr)")

      try installation.configure(database: postgres.conninfo(database: "nowhere"))
      expectComplaint(
        try await installation.belfry("migrate", "--wait"),
        exit: 78,
        "database \"nowhere\" does not exist",
        hint: ""
      )
    }
  }
}
