import FoundationEssentials
import GraphSandbox
import TestSupport
import Testing

@Suite("belfry import-rails")
struct ImportRailsTests {
  private struct Report: Decodable {
    struct Table: Decodable {
      let table: String
      let found: Int
      let new: Int
      let matched: Int
      let cameBefore: Int
      let left: Int
    }
    struct Finding: Decodable {
      let kind: String
      let originId: Int64
      let cause: String
      let advice: String
    }
    let applied: Bool
    let tables: [Table]
    let newPosts: [String: Int]
    let notes: [Finding]
    let left: [Finding]

    func posts() -> [Int] {
      tables.filter { $0.table == "scheduling_posts" }
        .flatMap { [$0.found, $0.new, $0.matched, $0.cameBefore, $0.left] }
    }
  }

  private func report(_ output: ChildProcess.Output) throws -> Report {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(output.stdout.utf8))
  }

  /// Everything that an import could change, as one text.
  private static let contents = """
    SELECT query_to_xml('SELECT * FROM ' || name || ' ORDER BY 1, 2', true, false, '') FROM unnest(
      '{personas,clusters,photos,scheduling_posts,rails_imports,post_attempts}'::text[]) AS name
    """

  /// Sarah, who is here too, and tim, who is not; posts in every state, by the numbers of their photos.
  private func fill(_ app: RailsApp) async throws {
    try await app.sql(
      """
      INSERT INTO personas (name) VALUES ('sarah'), ('tim');
      INSERT INTO photos (persona_id, path)
        SELECT 1 + (n > 5)::int, CASE WHEN n = 1 THEN 'sarah/beach-014.jpg' ELSE '/nowhere/' || n || '.jpg' END
        FROM generate_series(1, 7) AS n;
      INSERT INTO scheduling_posts (photo_id, persona_id, caption, status, provider_post_id, scheduled_at, posted_at, updated_at)
      VALUES
        (1, 1, 'Long ago', 'posted', '17890000000000001', NULL, '2024-05-01 10:00', '2024-05-01 10:00'),
        (2, 1, 'Missed', 'scheduled', NULL, localtimestamp - interval '2 hours', NULL, localtimestamp),
        (3, 1, 'To come', 'scheduled', NULL, localtimestamp + interval '2 hours', NULL, localtimestamp),
        (4, 1, 'Stuck', 'posting', NULL, localtimestamp - interval '1 minute', NULL, localtimestamp - interval '1 minute'),
        (5, 1, 'Given up', 'failed', NULL, localtimestamp - interval '9 days', NULL, localtimestamp - interval '9 days'),
        (6, 2, 'Idea', 'draft', NULL, NULL, NULL, localtimestamp);
      """
    )
  }

  @Test("is rehearsed, applied, and then has nothing to do, in text and in JSON")
  func wholeWay() async throws {
    try await TestInstallation.stand { installation in
      let app = try await RailsApp(.first, on: installation.postgres)
      try await fill(app)
      let (here, there) = (try await installation.sql(Self.contents), try await app.contents())

      let rehearsal = try await installation.belfry("import-rails", "--from", app.conninfo)
      expectSuccess(rehearsal)
      #expect(try await installation.sql(Self.contents) == here)
      #expect(
        rehearsal.stdout.hasSuffix("a rehearsal: nothing was changed; run it again with --apply\n")
      )
      #expect(
        rehearsal.stdout.contains(
          "new posts: 1 draft, 1 failed, 1 held, 1 posted, 1 scheduled, 1 unconfirmed\n"
        )
      )
      #expect(rehearsal.stdout.contains("  6 photos: its file is not there\n"))
      #expect(rehearsal.stdout.contains("    there: 2-7\n"))
      #expect(rehearsal.stdout.split(separator: "\n").allSatisfy { $0.count <= 120 })
      #expect(rehearsal.stderr.contains("reading scheduling_posts: 6\n"))
      #expect(rehearsal.stderr.contains("rehearsing scheduling_posts: 6\n"))
      let planned = try report(
        try await installation.belfry("import-rails", "--from", app.conninfo, "--json")
      )
      #expect(!planned.applied && planned.posts() == [6, 6, 0, 0, 0])

      let applied = try await installation.belfry(
        "import-rails",
        "--from",
        app.conninfo,
        "--apply",
        "--json"
      )
      expectSuccess(applied)
      let done = try report(applied)
      try DocumentedJSON().expect(applied.stdout, of: "import-rails")
      #expect(done.applied && done.posts() == planned.posts() && done.newPosts == planned.newPosts)
      #expect(done.left.isEmpty)
      #expect(done.notes.map(\.cause) == planned.notes.map(\.cause))
      #expect(done.tables.first { $0.table == "personas" }?.matched == 1)
      #expect(done.tables.first { $0.table == "photos" }?.matched == 1)
      #expect(
        try await installation.sql("SELECT string_agg(name, ',' ORDER BY id) FROM personas")
          == "sarah,max,tim"
      )
      let imported = try await installation.sql(Self.contents)
      #expect(imported != here)

      let again = try await installation.belfry("import-rails", "--from", app.conninfo, "--apply")
      expectSuccess(again)
      #expect(again.stdout.hasSuffix("nothing new: nothing was changed\n"))
      #expect(try await installation.sql(Self.contents) == imported)
      #expect(try await app.contents() == there)
      expectSuccess(try await installation.belfry("migrate", "--verify"))
    }
  }

  @Test("nothing of the past goes out: a pass after it publishes only what comes due later")
  func nothingOfThePast() async throws {
    try await TestInstallation.stand { installation in
      let app = try await RailsApp(.first, on: installation.postgres)
      try await fill(app)
      expectSuccess(
        try await installation.belfry("import-rails", "--from", app.conninfo, "--apply")
      )
      // The past of a persona that publishes whatever is late.
      #expect(try await installation.sql("SELECT DISTINCT late_policy FROM personas") == "publish")
      _ = try await installation.belfry("post-scheduled")
      #expect(installation.sandbox.requests.filter { $0.operation == "create" }.isEmpty)
      #expect(installation.publishRequests.isEmpty)
      let states = try await installation.posts().map { "\($0.caption): \($0.status)" }
      #expect(
        states == [
          "Long ago: posted", "Missed: held", "To come: scheduled", "Stuck: unconfirmed",
          "Given up: failed", "Idea: draft",
        ]
      )
    }
  }

  @Test("a post that the Rails app was publishing when it stopped is found on the account")
  func foundOnTheAccount() async throws {
    try await TestInstallation.stand { installation in
      // It went out, and whoever sent it did not live to record it.
      let sent = try await installation.post(caption: "Stuck")
      expectSuccess(try await installation.belfry("post-scheduled"))
      let media = try #require(try await installation.post(sent).media)
      try await installation.sql(
        """
        SET session_replication_role = replica;   -- the database never knew of it
        DELETE FROM post_steps; DELETE FROM post_attempts; DELETE FROM scheduling_posts WHERE id = \(sent);
        """
      )
      let app = try await RailsApp(.first, on: installation.postgres)
      try await fill(app)
      expectSuccess(
        try await installation.belfry("import-rails", "--from", app.conninfo, "--apply")
      )
      let stuck = try #require(try await installation.posts("post.caption = 'Stuck'").first)
      #expect(stuck.status == "unconfirmed" && stuck.isMarked)

      let daemon = try await RunningDaemon.ready(installation)
      let found = try await installation.wait(for: stuck.id, toBe: "posted")
      #expect(found.media == media)
      await daemon.stop()
      #expect(installation.publishRequests.count == 1)
    }
  }

  @Test("what it cannot bring is named row by row, and the exit code is 1")
  func leftBehind() async throws {
    try await TestInstallation.stand { installation in
      let app = try await RailsApp(.attached, on: installation.postgres)
      try await app.sql(
        """
        INSERT INTO personas (name) VALUES ('sarah');
        INSERT INTO clusters (name) VALUES ('Nobody''s');
        INSERT INTO photos (persona_id) VALUES (1), (1), (1), (1);
        INSERT INTO active_storage_blobs (key, filename, byte_size) VALUES ('abcdef01', 'a.jpg', 5), ('ghijkl02', 'b.jpg', 6);
        INSERT INTO active_storage_attachments (name, record_type, record_id, blob_id)
          VALUES ('image', 'Photo', 1, 1), ('image', 'Photo', 2, 2);
        INSERT INTO scheduling_posts (photo_id, persona_id, status) VALUES (1, 1, 'draft'), (2, 1, 'archived'), (3, 1, 'draft');
        """
      )
      let root = "\(installation.directory)/storage"
      for folder in ["ab/cd", "gh/ij"] {
        try FileManager.default.createDirectory(
          atPath: "\(root)/\(folder)",
          withIntermediateDirectories: true
        )
      }
      try installation.write("12345", to: "storage/ab/cd/abcdef01")
      try installation.write("12345", to: "storage/gh/ij/ghijkl02")

      let arguments = ["import-rails", "--from", app.conninfo, "--apply", "--storage", root]
      let output = try await installation.belfry(arguments)
      #expect(output.status == .exited(1), "\(output.stderr)")
      #expect(output.stdout.contains("  photo 2: its file has not the size that was recorded\n"))
      #expect(
        output.stdout.contains(
          """
          NEEDS YOU
            cluster 1: it names no persona, and no photo in it tells whose it is
              fix: Delete it in the Rails database, or put a photo into it.
            2 photos: it has neither a path nor an attached image
              fix: Delete it in the Rails database, or attach its image there.
              there: 3, 4
            post 2: its status 'archived' is not known

          """
        ),
        "\(output.stdout)"
      )
      #expect(output.stdout.hasSuffix("\nimported\n"))
      #expect(
        try await installation.sql(
          "SELECT path FROM photos WHERE path LIKE '%storage%' ORDER BY id"
        )
          == "\(root)/ab/cd/abcdef01\n\(root)/gh/ij/ghijkl02"
      )
      let again = try await installation.belfry(arguments + ["--json"])
      #expect(again.status == .exited(1))
      try DocumentedJSON().expect(again.stdout, of: "import-rails")
      let report = try report(again)
      #expect(
        report.left.map { "\($0.kind) \($0.originId)" } == [
          "cluster 1", "photo 3", "photo 4", "post 2", "post 3",
        ]
      )
      #expect(report.left.allSatisfy { !$0.cause.isEmpty && !$0.advice.isEmpty })
      #expect(report.posts() == [3, 0, 0, 1, 2])
    }
  }

  @Test(
    "a wrong database, an absent one, a password and a bad directory are each refused with the repair"
  )
  func refusals() async throws {
    try await TestInstallation.stand { installation in
      func run(_ arguments: String...) async throws -> ChildProcess.Output {
        try await installation.belfry(["import-rails"] + arguments)
      }
      expectComplaint(
        try await run("--from", installation.conninfo),
        exit: 78,
        " is a belfry database, not the Rails app's",
        hint: "config/database.yml"
      )
      expectComplaint(
        try await run("--from", installation.postgres.conninfo(database: "postgres")),
        exit: 78,
        "the database postgres has no table personas",
        hint: "Name the database that the Rails app used"
      )
      expectComplaint(
        try await run("--from", installation.postgres.conninfo(database: "never_made")),
        exit: 78,
        "the Rails database cannot be read: cannot connect to PostgreSQL",
        hint: "Create the database, or correct dbname"
      )
      expectComplaint(
        try await run("--from", "host=/nonexistent dbname=rails"),
        exit: 75,
        "the Rails database cannot be read: cannot connect",
        hint: ""
      )
      expectComplaint(
        try await run("--from", "dbname=rails password=secret"),
        exit: 78,
        "--from contains a password",
        hint: "~/.pgpass"
      )
      let app = try await RailsApp(.first, on: installation.postgres)
      expectComplaint(
        try await run("--from", app.conninfo, "--storage", "/nonexistent"),
        exit: 78,
        "--storage /nonexistent is not a directory",
        hint: "config/storage.yml"
      )
      try await app.sql(
        """
        ALTER TABLE personas ALTER id DROP DEFAULT, ALTER id TYPE uuid USING gen_random_uuid();
        CREATE ROLE stranger LOGIN;
        """
      )
      let numbers = try await run("--from", app.conninfo)
      #expect(numbers.status == .exited(78))
      #expect(
        numbers.stderr.contains(
          "belfry: the Rails database cannot be read: invalid input syntax for type uuid"
        )
      )
      #expect(numbers.stderr.contains("HINT: Its tables are not those of the Rails app"))
      let stranger = app.conninfo.replacing("user=postgres", with: "user=stranger")
      let forbidden = try await run("--from", stranger)
      #expect(forbidden.status == .exited(78))
      #expect(
        forbidden.stderr.contains(
          "HINT: Name the database that the Rails app used, and a role that may"
        )
      )
      try await app.sql("DROP ROLE stranger")
      #expect(try await run("--from", app.conninfo, "--storage", "here").status == .exited(64))
      #expect(try await run().status == .exited(64))
    }
  }
}
