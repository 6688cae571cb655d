import GraphSandbox
import TestSupport
import Testing

/// One operator, tim, with nothing but psql; one daemon, with nothing but its role's rights.
@Suite("With psql alone")
struct PsqlSessionTests {
  /// Runs as tim and answers the last line that psql printed.
  private func tim(_ installation: TestInstallation, _ text: String) async throws -> String {
    let conninfo = installation.conninfo.replacing("user=postgres", with: "user=belfry_test_tim")
    let output = try await installation.postgres.psql(text, conninfo: conninfo)
    #expect(output.status.isSuccess, "\(text): \(output.stderr)")
    return String(output.stdout.split(separator: "\n").last ?? "")
  }

  private func number(_ answer: String) throws -> Int64 {
    try #require(Int64(answer.prefix { $0 != " " }.dropFirst()), "\(answer)")
  }

  private static let people = """
    DO $$ BEGIN
      CREATE ROLE belfry_test_tim LOGIN; GRANT belfry_writer, belfry_operator TO belfry_test_tim;
      CREATE ROLE belfry_test_daemon LOGIN IN ROLE belfry_daemon;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
    """

  @Test("a post goes from insert to posted, held, released, moved, retried, cancelled and resolved")
  func life() async throws {
    try await TestInstallation.stand { installation in
      try await installation.sql(Self.people)
      try installation.configure(
        database: installation.conninfo.replacing("user=postgres", with: "user=belfry_test_daemon")
      )
      let daemon = try await RunningDaemon.ready(installation)

      // Queued by name, published at once.
      func queue(_ caption: String, _ at: String) async throws -> Int64 {
        let file = try await tim(
          installation,
          "SELECT file FROM unused_photos WHERE persona = 'sarah' LIMIT 1"
        )
        return try number(
          try await tim(
            installation,
            "SELECT schedule_post('sarah', '\(file)', '\(caption)', '\(at)')"
          )
        )
      }
      let first = try await queue("Hello", "now")
      try await installation.wait(for: first, toBe: "posted")
      #expect(try await tim(installation, "SELECT explain(\(first))").contains("went out"))

      // Held, released, and moved to now.
      let second = try await queue("Later", "2099-12-01 09:00")
      #expect(
        try await tim(installation, "SELECT hold(\(second), 'ask first')") == "#\(second) is held"
      )
      #expect(
        try await tim(installation, "SELECT caption FROM queue WHERE post = \(second)")
          == "ask first"
      )
      #expect(
        try await tim(installation, "SELECT release(\(second))").contains(
          "goes out Tue 2099-12-01 09:00"
        )
      )
      #expect(
        try await tim(installation, "SELECT move(\(second), 'now')").contains("goes out at once")
      )
      try await installation.wait(for: second, toBe: "posted")

      // Refused by Instagram, repaired, retried.
      installation.sandbox.inject(
        SandboxFault(
          "create",
          caption: "Crooked",
          answer: FaultAnswer(error: FaultError(code: 36003, subcode: 2_207_009))
        )
      )
      let third = try await queue("Crooked", "now")
      try await installation.wait(for: third, toBe: "failed")
      let command = try await tim(
        installation,
        "SELECT command FROM problems WHERE subject = '#\(third) sarah'"
      )
      #expect(command == "SELECT retry(\(third));")
      #expect(try await tim(installation, command).contains("scheduled again"))
      try await installation.wait(for: third, toBe: "posted")

      // Withdrawn.
      let fourth = try await queue("Never mind", "2099-12-02 09:00")
      #expect(try await tim(installation, "SELECT cancel(\(fourth))").contains("cancelled"))

      // The answer is lost and the caption is empty, so that nobody can tell which media it is: a human can.
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(close: true))
      )
      let fifth = try await queue("", "now")
      try await installation.wait(for: fifth, toBe: "unconfirmed")
      let known = try await installation.posts("post.status = 'posted'").compactMap(\.media)
      let media = try #require(
        installation.sandbox.published().map(\.id).first { !known.contains($0) }
      )
      let answer = "SELECT resolve(\(fifth), 'published', '\(media)')"
      #expect(try await tim(installation, answer) == "#\(fifth) is posted as media \(media)")
      #expect(
        try await tim(installation, answer) == "#\(fifth) is posted as media \(media) already"
      )

      await daemon.stop()
      try await installation.expectTruth()
      #expect(try await tim(installation, "SELECT count(*) FROM problems") == "0")
      let life = try await tim(
        installation,
        "SELECT string_agg(replace(event, E'\\n', ' '), ' / ') FROM post_timeline WHERE post = \(third)"
      )
      var rest = life[...]
      for event in [
        "queued by belfry_test_tim", "leased by ", "(attempt 1)", "attempt 1 failed",
        "retried by belfry_test_tim", "(attempt 2)", "container created", "publishing requested",
        "published", "recorded", "attempt 2 posted",
      ] {
        let found = rest.firstRange(of: event)
        #expect(found != nil, "'\(event)' is missing in: \(rest)")
        if let found { rest = rest[found.upperBound...] }
      }
    }
  }

  @Test("the commands say what the functions say, name the person, and refuse with their hints")
  func commands() async throws {
    try await TestInstallation.stand { installation in
      let post = try await installation.post(caption: "Later", at: "'2099-12-01 09:00 UTC'")
      func belfry(_ arguments: String...) async throws -> String {
        let output = try await installation.belfry(arguments, environment: ["SUDO_USER": "tim"])
        expectSuccess(output)
        return output.stdout
      }
      #expect(try await belfry("hold", "\(post)", "--reason", "ask first") == "#\(post) is held\n")
      #expect(try await belfry("hold", "#\(post)") == "#\(post) is held already\n")
      #expect(try await belfry("queue").contains("ask first"))
      #expect(try await belfry("release", "\(post)").hasPrefix("#\(post) is released: it goes out"))
      #expect(
        try await belfry("hold", "sarah", "--reason", "account review")
          == "sarah is held: 1 post waiting\n"
      )
      #expect(
        try await installation.sql("SELECT held_by FROM personas WHERE name = 'sarah'") == "tim"
      )
      #expect(try await belfry("queue", "sarah", "--json").contains("\"state\" : \"persona held\""))
      #expect(try await belfry("release", "sarah").contains("is released"))
      #expect(
        try await belfry("hold", "--all", "--reason", "pause").contains("2 personas are held now")
      )
      #expect(try await belfry("release", "--all") == "2 personas are released\n")
      #expect(try await belfry("move", "\(post)", "2099-12-02 09:00").contains("2099-12-02 09:00"))
      #expect(try await belfry("show", "\(post)").contains("moved by "))
      #expect(try await belfry("show", "\(post)", "--json").contains("\"status\" : \"scheduled\""))
      #expect(try await belfry("retry", "\(post)").contains("is scheduled already"))
      #expect(try await belfry("problems") == "nothing needs you\n")
      #expect(try await belfry("cancel", "sarah") == "1 post of sarah cancelled\n")
      #expect(try await belfry("queue") == "the queue is empty\n")

      for (arguments, words, hint) in [
        (
          ["release", "\(post)"], "post \(post) is cancelled and cannot be released",
          "Insert a new row instead."
        ),
        (["hold", "nobody"], "there is no persona 'nobody'", "The personas are: max, sarah."),
        (["queue", "sara"], "there is no persona 'sara'", "Did you mean 'sarah'?"),
        (["show", "999"], "there is no post #999", "Look: belfry queue."),
        (
          ["resolve", "\(post)", "not-published"],
          "post \(post) is cancelled and cannot be resolved", "Insert a new row"
        ),
      ] {
        expectComplaint(try await installation.belfry(arguments), exit: 1, words, hint: hint)
      }
      for arguments in [
        ["hold"], ["hold", "1", "--all"], ["move", "x", "now"], ["retry", "sarah", "--at", "now"],
      ] {
        #expect(try await installation.belfry(arguments).status == .exited(64), "\(arguments)")
      }
      try await installation.sql(
        """
        INSERT INTO scheduling_posts (persona_id, photo_id, status, failure_class, failure_cause, failure_fix)
        SELECT persona_id, id, 'failed', 'permanent', 'the photo is too wide', 'Crop it.' FROM photos LIMIT 1
        """
      )
      let problems = try await installation.belfry("problems")
      #expect(problems.status == .exited(1))
      #expect(problems.stdout.contains("the photo is too wide\n   Crop it.\n   fix: SELECT retry("))
    }
  }
}
