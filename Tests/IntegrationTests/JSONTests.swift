import TestSupport
import Testing

@Suite("--json")
struct JSONTests {
  @Test("has the keys that docs/json.md gives, for every command; advice and command are not fix")
  func vocabulary() async throws {
    let documented = try DocumentedJSON()
    try await TestInstallation.stand { installation in
      try await installation.sql("INSERT INTO photos (persona_id, path) VALUES (2, 'gone.jpg')")
      let broken = try await installation.post("max", photo: "gone.jpg", caption: "No photo")
      let posted = try await installation.post(caption: "Goes out")
      var seen: Set<String> = []
      func check(_ command: String, _ arguments: String...) async throws -> String {
        let words = command.split(separator: " ").map(String.init)
        let output = try await installation.belfry(words + arguments + ["--json"])
        try documented.expect(output.stdout, of: command)
        seen.insert(command)
        return output.stdout
      }
      _ = try await check("post-scheduled")
      try await installation.wait(for: broken, toBe: "failed")
      try await installation.wait(for: posted, toBe: "posted")
      _ = try await check(
        "schedule-post",
        "sarah",
        "sunset-021.jpg",
        "--caption",
        "Later",
        "--at",
        "2099-12-01 09:00"
      )
      let later = try await installation.sql(
        "SELECT id FROM scheduling_posts WHERE caption = 'Later'"
      )
      for verb in ["hold", "release", "retry"] { _ = try await check(verb, later) }
      _ = try await check("move", later, "2099-12-02 09:00")
      let problems = try await check("problems")
      #expect(problems.contains(#""command" : "SELECT retry(\#(broken));""#))
      #expect(problems.contains(#""advice" : ""#))
      for command in ["status", "queue", "config", "prune"] { _ = try await check(command) }
      for command in ["credentials list", "credentials verify", "migrate --status"] {
        _ = try await check(command)
      }
      for post in [broken, posted] { _ = try await check("show", "\(post)") }
      _ = try await check("migrate --verify")
      _ = try await check("cancel", later)
      let open = try await installation.post(caption: "Was it?", at: "now() + interval '1 day'")
      try await installation.sql(
        """
        SET session_replication_role = replica;
        UPDATE scheduling_posts SET status = 'unconfirmed', publish_requested_at = now(), failure_class = 'unknown',
          failure_cause = 'the answer was lost', failure_fix = 'Check the account.' WHERE id = \(open)
        """
      )
      _ = try await check("resolve", "\(open)", "not-published")
      // Nothing is pending, so --dry-run lists nothing; ImportRailsTests check the import.
      #expect(documented.commands.subtracting(seen) == ["migrate --dry-run", "import-rails"])
    }
  }
}
