import FoundationEssentials
import Postgres
import Schema
import Store
import TestSupport
import Testing

@Suite("Migrations", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct MigrationTests {
  private func migrate(_ database: Database) async throws -> [Int] {
    var applied: [Int] = []
    try await Migrator(database, belfryVersion: "1.2.3").migrate { progress in
      if case .applied(let migration) = progress { applied.append(migration.version) }
    }
    return applied
  }

  @Test("An empty database gets every migration once, in order, and a second run does nothing")
  func fromNothing() async throws {
    let world = try await World(isMigrated: false)
    let all = Migration.all.map(\.version)
    #expect(try await migrate(world.database) == all)
    #expect(try await migrate(world.database) == [])
    try await Migrator(world.database, belfryVersion: "1.2.3").requireCurrent()
    let rows = try await world.sql(
      "SELECT version || ' ' || belfry_version || ' ' || length(checksum) FROM schema_migrations ORDER BY version"
    )
    #expect(rows == all.map { "\($0) 1.2.3 64" }.joined(separator: "\n"))
  }

  @Test("Two hosts that migrate at once apply each migration once")
  func atOnce() async throws {
    let world = try await World(isMigrated: false)
    let other = world.anotherDatabase()
    async let first = migrate(world.database)
    async let second = migrate(other)
    let (here, there) = try await (first, second)
    #expect((here + there).sorted() == Migration.all.map(\.version))
    let states = try await Migrator(other, belfryVersion: "1").states()
    #expect(states.allSatisfy { if case .applied = $0.standing { true } else { false } })
  }

  @Test("Before the first migration the refusal names the command")
  func nothingThere() async throws {
    let world = try await World(isMigrated: false)
    let migrator = Migrator(world.database, belfryVersion: "1")
    #expect(try await migrator.states().allSatisfy { $0.standing == .pending })
    let error = try await schemaError { try await migrator.requireCurrent() }
    #expect(error.message == "the database has no belfry schema")
    #expect(error.hint == "Run belfry migrate.")
  }

  @Test("A migration that fails leaves the earlier ones, itself not at all, and can be repeated")
  func failsHalfWay() async throws {
    let world = try await World(isMigrated: false)
    try await world.sql("CREATE TABLE post_steps (id int)")
    await #expect(throws: PostgresError.self) { _ = try await migrate(world.database) }
    let migrator = Migrator(world.database, belfryVersion: "1")
    let error = try await schemaError { try await migrator.requireCurrent() }
    #expect(error.message == "the schema is at version 1, this belfry needs \(Migration.all.count)")
    #expect(try await world.sql("SELECT to_regclass('instances') IS NULL") == "t")
    try await world.sql("DROP TABLE post_steps")
    #expect(try await migrate(world.database) == Array(2...Migration.all.count))
  }

  @Test("A migration that was applied with another content is refused, with advice")
  func changed() async throws {
    let world = try await World()
    try await world.sql("UPDATE schema_migrations SET checksum = repeat('0', 64) WHERE version = 3")
    let migrator = Migrator(world.database, belfryVersion: "1")
    #expect(try await migrator.states()[2].standing == .changed)
    for body in [migrator.requireCurrent, { try await migrator.migrate { _ in } }] {
      let error = try await schemaError(body)
      #expect(
        error.message == "migration 3 (rules_for_posts) was applied with another content"
      )
      #expect(
        error.hint == "Use the belfry that applied it, or restore the database from a backup."
      )
    }
  }

  @Test("A schema that is newer than the program is refused, with advice")
  func newer() async throws {
    let world = try await World()
    try await world.sql(
      "INSERT INTO schema_migrations (version, name, checksum, belfry_version) VALUES (99, 'later', 'x', '9')"
    )
    let migrator = Migrator(world.database, belfryVersion: "1")
    #expect(try await migrator.states().last?.standing == .foreign)
    for body in [migrator.requireCurrent, { try await migrator.migrate { _ in } }] {
      let error = try await schemaError(body)
      #expect(error.message == "the schema is at version 99, newer than this belfry knows")
      #expect(error.hint == "Upgrade belfry on this host; the schema only moves forward.")
    }
  }

  @Test("An online migration that was interrupted is begun anew, and leaves a valid index")
  func interruptedOnline() async throws {
    let world = try await World()
    try await world.sql(
      """
      INSERT INTO personas (name) VALUES ('sarah'), ('max');
      INSERT INTO clusters (persona_id, name) VALUES (1, 'Sea'), (2, 'Sea');
      """
    )
    // As a build that breaks off leaves it: the index is there, and not valid.
    let broken = try await world.refusal(
      of: "CREATE UNIQUE INDEX CONCURRENTLY clusters_by_name ON clusters (name)"
    )
    #expect(broken?.mentions("could not create unique index") == true)
    let isValid =
      "SELECT indisvalid FROM pg_index WHERE indexrelid = 'clusters_by_name'::regclass"
    #expect(try await world.sql(isValid) == "f")
    let next = Migration(
      version: Migration.all.count + 1,
      name: "index_clusters_by_name",
      script: """
        -- Online: the table is written meanwhile.
        DROP INDEX CONCURRENTLY IF EXISTS clusters_by_name;
        CREATE INDEX CONCURRENTLY clusters_by_name
          ON clusters (name);
        """
    )
    let migrator = Migrator(
      world.database,
      belfryVersion: "2",
      migrations: Migration.all + [next]
    )
    try await migrator.migrate { _ in }
    try await migrator.requireCurrent()
    #expect(try await world.sql(isValid) == "t")
    // For the program that does not know it, the schema is newer.
    let error = try await schemaError {
      try await Migrator(world.database, belfryVersion: "1").requireCurrent()
    }
    #expect(error.message.contains("newer than this belfry knows"))
  }

  @Test("What is compiled in is what lies in db/migrations, numbered without gaps")
  func files() throws {
    let folder = repositoryRoot.appending(path: "db/migrations").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names == Migration.all.map { $0.fileName + ".sql" })
    #expect(Migration.all.map(\.version) == Array(1...Migration.all.count))
    for migration in Migration.all {
      let text = try repositoryText("db/migrations/\(migration.fileName).sql")
      #expect(text == migration.script.text, "\(migration.fileName)")
    }
  }

  private func schemaError(_ body: () async throws -> Void) async throws -> SchemaError {
    try #require(await #expect(throws: SchemaError.self) { try await body() })
  }
}

@Suite("The snapshot of the schema", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct SchemaSnapshotTests {
  @Test("The shipped snapshot is what the migrations make")
  func isCurrent() async throws {
    let world = try await World()
    let live = try await SchemaSnapshot.live(in: world.database)
    let advice: Comment = """
      db/schema.sql is stale; write it anew from an empty, migrated database:
      belfry migrate --print-schema > db/schema.sql
      """
    #expect(SchemaSnapshot.shipped.differences(to: live) == [], advice)
    #expect(live.text == (try repositoryText("db/schema.sql")), advice)
  }

  @Test("The text form is read back as it was written")
  func roundTrip() {
    #expect(SchemaSnapshot.shipped.items.count > 50)
    #expect(SchemaSnapshot(text: SchemaSnapshot.shipped.text) == SchemaSnapshot.shipped)
  }

  @Test(
    "A difference is named, whichever kind it is",
    arguments: [
      ("DROP INDEX scheduling_posts_ready", ["index scheduling_posts_ready is missing"]),
      ("ALTER TABLE personas ADD nickname text", ["table personas has: nickname text"]),
      ("ALTER TABLE personas ADD zodiac text", ["table personas has: zodiac text"]),
      (
        "ALTER TABLE post_attempts ALTER takeovers TYPE bigint",
        [
          "table post_attempts lacks: takeovers integer DEFAULT 0 NOT NULL",
          "table post_attempts has: takeovers bigint DEFAULT 0 NOT NULL",
        ]
      ),
      (
        "CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN NEW;\nEND $$",
        ["function touch_updated_at() lacks: NEW.updated_at := now();"]
      ),
      (
        "DROP TRIGGER guard_persona ON personas",
        ["trigger personas.guard_persona is missing"]
      ),
      (
        "ALTER TABLE scheduling_posts DROP CONSTRAINT posted_means_proven",
        ["constraint scheduling_posts.posted_means_proven is missing"]
      ),
      ("CREATE VIEW mine AS SELECT 1 AS one", ["view mine is not part of belfry's schema"]),
      ("CREATE EXTENSION pgcrypto", []),
    ]
  )
  func differences(change: String, expected: [String]) async throws {
    let world = try await World()
    try await world.sql(change)
    let live = try await SchemaSnapshot.live(in: world.database)
    #expect(SchemaSnapshot.shipped.differences(to: live) == expected)
  }
}
