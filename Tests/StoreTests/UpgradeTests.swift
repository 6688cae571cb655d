import FoundationEssentials
import Glibc
import Postgres
import Posts
import Schema
import Store
import TestSupport
import Testing

// Upgrades of a database that is in use. The old schema is version 3: tables and their rules, without names, keys,
// inbox, verbs, views and roles. It is made from the same files, filled, and brought forward while somebody goes on
// queueing, through the present version to a next release that adds a column, a check and an index.
//
// BELFRY_TEST_OLD_POSTS says how many old posts lie in it; 10000000 takes some minutes to fill.

@Suite(
  "An upgrade of a filled database",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(60))
)
struct UpgradeTests {
  private static let oldVersion = 3

  /// What a later release may bring: a change of the largest table, and an index that is built while it is written.
  private static let nextRelease = [
    Migration(
      version: Migration.all.count + 1,
      name: "seasons",
      script: """
        ALTER TABLE scheduling_posts
          ADD COLUMN season text,
          ADD CONSTRAINT seasons CHECK (season IN ('summer', 'winter')) NOT VALID;
        """
    ),
    Migration(
      version: Migration.all.count + 2,
      name: "index_seasons",
      script: """
        -- Online: the index is built while the queue is written.
        DROP INDEX CONCURRENTLY IF EXISTS scheduling_posts_by_season;
        CREATE INDEX CONCURRENTLY scheduling_posts_by_season ON scheduling_posts (season, persona_id);
        """
    ),
  ]
  private static let oldPosts =
    ProcessInfo.processInfo.environment["BELFRY_TEST_OLD_POSTS"].flatMap(Int.init) ?? 30_000

  /// A database as the old version made it.
  private func oldWorld() async throws -> World {
    let world = try await World(isMigrated: false)
    try await world.sql(repositoryText("Sources/Domain/Schema/SQL/create_migrations_table.sql"))
    for migration in Migration.all.prefix(Self.oldVersion) {
      try await world.sql(migration.script.text)
      try await world.sql(
        """
        INSERT INTO schema_migrations (version, name, checksum, belfry_version)
        SELECT \(migration.version), '\(migration.name)', encode(sha256(convert_to($file$\(migration.script.text)$file$, 'UTF8')), 'hex'), '0.1'
        """
      )
    }
    return world
  }

  private func fill(_ world: World, posts: Int) async throws {
    try await world.sql(
      """
      INSERT INTO personas (name, username, instagram_account_id, time_zone)
      SELECT 'persona-' || n, 'p' || n, n::text, 'Europe/Berlin' FROM generate_series(1, 20) AS n;
      INSERT INTO clusters (persona_id, name) SELECT n, 'Sea' FROM generate_series(1, 20) AS n;
      INSERT INTO instances (host, boot_id, unit, pid, process_start_ticks, program, version, lease, stopped_at)
      VALUES ('h', 'b', 'u', 1, 1, 'run', '0.1', '1 minute', now());
      INSERT INTO sealed_credentials (persona_id, name, sealed) VALUES (1, 'access_token', '\\x0102');
      SET session_replication_role = replica;   -- history, as it came to be over the years
      INSERT INTO photos (persona_id, cluster_id, path, alt_text)
      SELECT 1 + n % 20, 1 + n % 20, '/p/' || n || '.jpg', 'photo ' || n FROM generate_series(1, \(posts) + 20) AS n;
      INSERT INTO scheduling_posts (persona_id, photo_id, caption, status, scheduled_at, posted_at, provider_post_id, permalink,
        attempts, hashtags)
      SELECT 1 + n % 20, n, 'caption ' || n, 'posted', now() - n * interval '1 minute', now() - n * interval '1 minute',
        (17800000000000000 + n)::text, 'https://www.instagram.com/p/' || n, 1, '{sea}'
      FROM generate_series(1, \(posts)) AS n;
      INSERT INTO scheduling_posts (persona_id, photo_id, caption, status, scheduled_at, failure_class, failure_cause, failure_fix,
        publish_requested_at)
      SELECT 1 + (\(posts) + n) % 20, \(posts) + n, 'one of each', status, now() + interval '1 day', 'wait', 'cause', 'fix',
        CASE WHEN status = 'unconfirmed' THEN now() END
      FROM unnest('{draft,scheduled,held,failed,unconfirmed,cancelled}'::text[]) WITH ORDINALITY AS each (status, n);
      INSERT INTO post_attempts (post_id, attempt, instance_id, pipeline, pipeline_version, finished_at, outcome)
      SELECT n, 1, 1, 'SchedulePost', 1, now(), 'posted' FROM generate_series(1, 100) AS n;
      INSERT INTO post_steps (post_id, attempt, ordinal, name, kind, phase, input, output)
      SELECT n, 1, 0, 'CreateMediaContainer', 'compensatable', 'completed', '{}', '{}' FROM generate_series(1, 100) AS n;
      INSERT INTO wake_log (instance_id, reason, claimed) SELECT 1, 'schedule', n FROM generate_series(1, 100) AS n;
      SET session_replication_role = origin;
      ANALYZE;
      """
    )
  }

  /// A digest of each table of the old version, by the columns that it had then; the audit trail grows meanwhile.
  private func digests(_ world: World, columns: String? = nil) async throws -> (
    String, columns: String
  ) {
    let listed =
      if let columns { columns } else {
        try await world.sql(
          """
          SELECT string_agg(line, ';' ORDER BY line) FROM (
            SELECT class.relname || ':' || string_agg(attribute.attname, ',' ORDER BY attribute.attnum) AS line
            FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
            WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'r' AND attribute.attnum > 0
              AND NOT attribute.attisdropped AND class.relname NOT IN ('schema_migrations', 'audit_log')
            GROUP BY class.relname) AS listed
          """
        )
      }
    var digests: [String] = []
    for line in listed.split(separator: ";") {
      let parts = line.split(separator: ":")
      let table = String(parts[0])
      let digest = try await world.sql(
        "SELECT count(*), coalesce(sum(hashtextextended((\(parts[1]))::text, 0)), 0) FROM (SELECT \(parts[1]) FROM \(table)) AS old"
      )
      digests.append("\(table) \(digest)")
    }
    return (digests.joined(separator: "\n"), listed)
  }

  @Test("loses nothing, and keeps nobody who queues waiting for a second")
  func whileInUse() async throws {
    let world = try await oldWorld()
    try await fill(world, posts: Self.oldPosts)
    let (before, columns) = try await digests(world)
    let file = "SELECT relfilenode FROM pg_class WHERE relname = 'scheduling_posts'"
    let heap = try await world.sql(file)

    let migrator = Migrator(
      world.database,
      belfryVersion: "test",
      migrations: Migration.all + Self.nextRelease
    )
    let migration = Task { try await migrator.migrate { _ in } }
    let isDone = Flag()
    let waiter = Task {
      _ = try? await migration.value
      await isDone.raise()
    }
    // Somebody goes on queueing, moving and cancelling, on a connection of their own.
    let writer = world.anotherDatabase()
    var worst = Duration.zero
    var rounds = 0
    repeat {
      for statement: SQLText in [
        "INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, caption) SELECT persona_id, id, now() + interval '2 days', 'meanwhile' FROM photos WHERE id = (SELECT max(id) FROM photos)",
        "UPDATE scheduling_posts SET scheduled_at = scheduled_at + interval '1 minute' WHERE caption = 'meanwhile' AND status = 'scheduled' AND persona_id = (SELECT persona_id FROM photos WHERE id = (SELECT max(id) FROM photos)) AND due_at > now() + interval '1 day'",
        "DELETE FROM scheduling_posts WHERE caption = 'meanwhile' AND status = 'scheduled' AND persona_id = (SELECT persona_id FROM photos WHERE id = (SELECT max(id) FROM photos)) AND due_at > now() + interval '1 day'",
      ] {
        let took = try await ContinuousClock().measure { _ = try await writer.execute(statement) }
        worst = max(worst, took)
      }
      rounds += 1
    } while await !isDone.isRaised
    await waiter.value
    _ = try await migration.value
    #expect(rounds >= 2, "the writer was at work meanwhile")
    #expect(
      worst < .seconds(1),
      "the longest wait of \(rounds) rounds beside \(Self.oldPosts) old posts was \(worst)"
    )
    print(
      "upgrade: \(Self.oldPosts) old posts, \(rounds) rounds of writing meanwhile, longest wait \(worst)"
    )

    #expect(try await world.sql(file) == heap, "the table was not written anew")
    #expect(try await digests(world, columns: columns).0 == before)
    try await migrator.requireCurrent()
    let live = try await SchemaSnapshot.live(in: world.database)
    #expect(
      SchemaSnapshot.shipped.differences(to: live) == [
        "table scheduling_posts has: season text",
        "constraint scheduling_posts.seasons is not part of belfry's schema",
        "index scheduling_posts_by_season is not part of belfry's schema",
      ]
    )
    #expect(
      try await world.sql(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'scheduling_posts_by_season'::regclass"
      ) == "t"
    )
  }

  @Test("takes a dump of the old version, restored with the new one, to the same rows")
  func restored() async throws {
    let world = try await oldWorld()
    try await fill(world, posts: 500)
    let (before, columns) = try await digests(world)
    let copy = try await World(isMigrated: false)
    try await copyByDump(world, to: copy)
    #expect(try await digests(copy).0 == before)
    try await Migrator(copy.database, belfryVersion: "test").migrate { _ in }
    #expect(try await digests(copy, columns: columns).0 == before)
    let live = try await SchemaSnapshot.live(in: copy.database)
    #expect(SchemaSnapshot.shipped.differences(to: live) == [])
    // And what was restored goes on working.
    let due = try await copy.post(of: 12)
    #expect(
      try await copy.leases.claim(for: try await copy.instance()).map(\.id.rawValue).contains(due)
    )
  }

  @Test("A dump of the present version comes back whole, the rights of the roles included")
  func present() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    _ = try await world.post(
      of: persona,
      due: "now() + interval '1 day'",
      ["idempotency_key": "'k'"]
    )
    try await world.sql(
      "SELECT hold(1, 'why'); INSERT INTO inbox (persona, photo) VALUES ('nobody', 'nothing'); SELECT hold('sarah');"
    )
    let (before, columns) = try await digests(world)
    let copy = try await World(isMigrated: false)
    try await copyByDump(world, to: copy)
    #expect(try await digests(copy, columns: columns).0 == before)
    let live = try await SchemaSnapshot.live(in: copy.database)
    #expect(SchemaSnapshot.shipped.differences(to: live) == [])
    try await Migrator(copy.database, belfryVersion: "test").requireCurrent()
    #expect(try await copy.sql("SELECT release(1)").hasPrefix("#1 is released"))
  }

  private func copyByDump(_ world: World, to copy: World) async throws {
    let output = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        "set -e; pg_dump --dbname=\"$1\" --file=\"$3\"; psql -X -q -v ON_ERROR_STOP=1 --dbname=\"$2\" --file=\"$3\"; rm \"$3\"",
        "sh", world.conninfo, copy.conninfo,
        "\(world.postgres.directory)/\(Int.random(in: 0...(.max))).sql",
      ]
    )
    try #require(output.status.isSuccess, "\(output.stderr)")
  }

  @Test(
    "waits for somebody who uses the table, without keeping others waiting, and gives up with their name"
  )
  func blocked() async throws {
    let world = try await oldWorld()
    let holder = try ChildProcess.spawn(
      "/bin/sh",
      [
        "-c",
        "exec psql -X -q --dbname=\"$1\" -c 'BEGIN' -c 'LOCK TABLE scheduling_posts IN ACCESS SHARE MODE' -c \"SELECT 'locked'\" -c '\\! sleep 30'",
        "sh", world.conninfo,
      ]
    )
    try await holder.waitForOutput("locked")
    let migrator = Migrator(world.database, belfryVersion: "test")
    var seen: [String] = []
    let error = await #expect(throws: SchemaError.self) {
      try await migrator.migrate(patience: .seconds(3)) { progress in
        if case .waiting(let migration) = progress { seen.append(migration.name) }
      }
    }
    #expect(error?.mayPass == true)
    #expect(error?.message.contains("waits for a lock that somebody holds") == true)
    #expect(error?.hint.contains("pg_stat_activity") == true)
    #expect(seen == ["names_times_and_answers"])
    holder.signal(SIGKILL)
    _ = await holder.wait()
    try await migrator.migrate { _ in }
    try await migrator.requireCurrent()
  }
}

/// Something that happens once, for whoever looks.
private actor Flag {
  private(set) var isRaised = false
  func raise() { isRaised = true }
}
