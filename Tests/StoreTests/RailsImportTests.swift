import Postgres
import RailsImport
import Schema
import Store
import TestSupport
import Testing

@Suite("Importing a Rails database", .temporaryDatabases, .timeLimit(.minutes(2)))
struct RailsImportTests {
  @Test(
    "every version of its schema is read, and the database is not changed",
    arguments: RailsApp.Version.allCases
  )
  func versions(version: RailsApp.Version) async throws {
    let rails = try await RailsWorld(version)
    try await rails.app.sql(
      "INSERT INTO personas (name, tone) VALUES ('sarah', 'warm'), ('max', NULL)"
    )
    if version == .attached {
      try await rails.app.sql(
        """
        INSERT INTO photos (persona_id) VALUES (1), (2);
        INSERT INTO active_storage_blobs (key, filename, byte_size) VALUES ('abcdef12', 'a.jpg', 7), ('xyz98765', 'b.jpg', 8);
        INSERT INTO active_storage_attachments (name, record_type, record_id, blob_id)
          VALUES ('image', 'Photo', 1, 1), ('image', 'Photo', 2, 2), ('image', 'Persona', 1, 1);
        """
      )
    } else {
      try await rails.app.sql(
        "INSERT INTO photos (persona_id, path) VALUES (1, 'a.jpg'), (2, '/p/b.jpg')"
      )
    }
    try await rails.post(1, "draft")
    let before = try await rails.app.contents()
    let report = try await rails.run(storage: "/srv/storage/")
    #expect(report.isComplete && report.notes == [])
    #expect(report.counts(.persona) == [2, 0, 0, 0])
    #expect(report.counts(.photo) == [2, 0, 0, 0])
    #expect(report.counts(.post) == [1, 0, 0, 0])
    let paths =
      version == .attached
      ? "/srv/storage/ab/cd/abcdef12\n/srv/storage/xy/z9/xyz98765" : "a.jpg\n/p/b.jpg"
    #expect(try await rails.world.sql("SELECT path FROM photos ORDER BY id") == paths)
    #expect(
      try await rails.world.sql(
        "SELECT name, created_at AT TIME ZONE 'UTC', updated_at > created_at FROM personas ORDER BY id LIMIT 1"
      ) == "sarah|2024-01-02 03:04:05.678|t"
    )
    #expect(try await rails.app.contents() == before)
  }

  @Test("a rehearsal reports what the import does, and changes nothing")
  func rehearsal() async throws {
    let rails = try await RailsWorld(.clustered)
    try await rails.personaWithPhotos(3)
    try await rails.post(1, "posted", ["provider_post_id": "'1'"])
    try await rails.post(2, "posting")
    try await rails.post(3, "archived")
    let state = """
      SELECT count(*), (SELECT count(*) FROM photos), (SELECT count(*) FROM scheduling_posts),
        (SELECT count(*) FROM rails_imports) FROM personas
      """
    let rehearsed = try await rails.run(apply: false)
    #expect(try await rails.world.sql(state) == "0|0|0|0")
    #expect(!rehearsed.isApplied)
    let applied = try await rails.run()
    #expect(try await rails.world.sql(state) == "1|3|2|6")
    #expect(applied.isApplied)
    for kind in RailsKind.allCases { #expect(rehearsed.counts(kind) == applied.counts(kind)) }
    #expect(rehearsed.states == applied.states)
    #expect(rehearsed.left == applied.left && rehearsed.notes == applied.notes)
  }

  @Test("a second import brings only what is new, and leaves what people changed here")
  func again() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(3)
    try await rails.post(1, "draft")
    try await rails.post(2, "scheduled", ["scheduled_at": "localtimestamp + interval '1 day'"])
    #expect(try await rails.run().brought == 6)
    try await rails.world.sql(
      """
      UPDATE personas SET name = 'sarah.makes', time_zone = 'Europe/Berlin';
      UPDATE photos SET alt_text = 'a beach';
      UPDATE scheduling_posts SET caption = 'better' WHERE status = 'draft';
      DELETE FROM scheduling_posts WHERE status = 'scheduled';
      """
    )
    let second = try await rails.run()
    #expect(second.brought == 0 && second.isComplete && second.notes == [])
    #expect(second.counts(.persona) == [0, 0, 1, 0])
    #expect(second.counts(.photo) == [0, 0, 3, 0])
    #expect(second.counts(.post) == [0, 0, 2, 0])
    #expect(try await rails.here(1, "caption") == "better")
    #expect(try await rails.world.sql("SELECT name FROM personas") == "sarah.makes")

    try await rails.post(3, "draft")
    let third = try await rails.run()
    #expect(third.counts(.post) == [1, 0, 2, 0])
    #expect(try await rails.world.sql("SELECT count(*) FROM scheduling_posts") == "2")
  }

  @Test("what is here by name, path or media id is matched and left as it is")
  func matched() async throws {
    let rails = try await RailsWorld(.clustered)
    try await rails.personaWithPhotos(2)
    try await rails.app.sql(
      "INSERT INTO clusters (name) VALUES (' Sea '); UPDATE photos SET cluster_id = 1"
    )
    try await rails.post(1, "posted", ["provider_post_id": "'4711'", "posted_at": "'2024-05-01'"])
    try await rails.world.sql(
      """
      INSERT INTO personas (id, name, time_zone) VALUES (70, 'sarah', 'Europe/Berlin');
      INSERT INTO clusters (id, persona_id, name) VALUES (80, 70, 'Sea');
      INSERT INTO photos (id, persona_id, path) VALUES (90, 70, '/srv/photos/1.jpg');
      INSERT INTO scheduling_posts (id, persona_id, photo_id, caption, status, provider_post_id, posted_at)
        VALUES (100, 70, 90, 'mine', 'posted', '4711', now());
      """
    )
    let report = try await rails.run()
    #expect(report.isComplete)
    #expect(report.counts(.persona) == [0, 1, 0, 0])
    #expect(report.counts(.cluster) == [0, 1, 0, 0])
    #expect(report.counts(.photo) == [1, 1, 0, 0])
    #expect(report.counts(.post) == [0, 1, 0, 0])
    #expect(
      try await rails.world.sql("SELECT id, caption FROM scheduling_posts") == "100|mine"
    )
    #expect(
      try await rails.world.sql(
        "SELECT persona_id, cluster_id FROM photos WHERE path = '/srv/photos/2.jpg'"
      ) == "70|80"
    )
    #expect(
      try await rails.world.sql("SELECT count(*) FROM rails_imports WHERE is_matched") == "4"
    )
  }

  @Test(
    "rows that the database refuses are named with its reason, and all others of their batch come"
  )
  func isolation() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(1_201)
    try await rails.app.sql(
      """
      INSERT INTO scheduling_posts (id, photo_id, persona_id, status, scheduled_at)
      SELECT id, id, 1, 'draft', CASE WHEN id IN (3, 700, 701, 1201) THEN 'infinity'::timestamp END FROM photos;
      """
    )
    let report = try await rails.run()
    #expect(report.counts(.post) == [1_197, 0, 0, 4])
    #expect(report.left.map(\.originID) == [3, 700, 701, 1_201])
    #expect(report.left.allSatisfy { $0.cause.contains("is not finite") })
    #expect(try await rails.world.sql("SELECT count(*) FROM scheduling_posts") == "1197")
    // Repaired there, they come with the next import.
    try await rails.app.sql("UPDATE scheduling_posts SET scheduled_at = NULL")
    #expect(try await rails.run().counts(.post) == [4, 0, 1_197, 0])
  }

  @Test("posts that contradict each other or what is here are reported with where to look")
  func contradictions() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(4)
    try await rails.app.sql("INSERT INTO personas (name) VALUES ('max')")
    try await rails.world.sql(
      """
      INSERT INTO personas (id, name) VALUES (70, 'sarah'), (71, 'lena');
      INSERT INTO photos (id, persona_id, path) VALUES (90, 70, '/srv/photos/1.jpg'), (91, 71, 'l.jpg');
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (70, 90, now() + interval '1 day');
      INSERT INTO scheduling_posts (persona_id, photo_id, status, provider_post_id, posted_at)
        VALUES (71, 91, 'posted', '555', now());
      """
    )
    try await rails.post(1, "posted", ["provider_post_id": "'111'"])
    try await rails.post(2, "posted", ["provider_post_id": "'222'"])
    try await rails.post(3, "posted", ["provider_post_id": "'222'"])
    try await rails.post(4, "posted", ["provider_post_id": "'555'"])
    try await rails.app.sql(
      "INSERT INTO scheduling_posts (id, photo_id, persona_id) VALUES (5, 1, 2), (6, 1, 99), (7, 99, 1)"
    )
    let report = try await rails.run()
    #expect(report.counts(.post) == [1, 0, 0, 6])
    let reasons = [1, 3, 4, 5, 6, 7].map { report.reasons(\.left, .post, $0) }
    #expect(
      reasons == [
        ["another post of its photo is queued or published here"],
        ["it has the same media id as post 2"],
        ["media 555 belongs to another post here"],
        ["its photo 1 belongs to another persona"],
        ["its persona 99 did not come over"],
        ["its photo 99 did not come over"],
      ]
    )
    #expect(
      report.left.first { $0.originID == 1 }?.advice
        == "Look: SELECT id, status, caption FROM scheduling_posts WHERE photo_id = 90;"
    )
  }

  @Test("a persona that cannot be one here stays behind with all that is its own")
  func badPersona() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.app.sql(
      "INSERT INTO personas (name) VALUES (' sarah'); INSERT INTO photos (persona_id, path) VALUES (1, 'a'), (NULL, 'b')"
    )
    try await rails.post(1, "draft")
    let report = try await rails.run()
    #expect(report.reasons(\.left, .persona, 1) == ["its name ' sarah' cannot be a persona's here"])
    #expect(report.reasons(\.left, .photo, 1) == ["its persona 1 did not come over"])
    #expect(report.reasons(\.left, .photo, 2) == ["it has no persona"])
    #expect(report.reasons(\.left, .post, 1) == ["its persona 1 did not come over"])
    #expect(report.brought == 0)
  }

  @Test(
    "what the Rails app published after the import is a human's turn; what it edited is only told"
  )
  func publishedSince() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(3)
    let later = "localtimestamp + interval '2 days'"
    for id in 1...3 { try await rails.post(id, "scheduled", ["scheduled_at": later]) }
    #expect(try await rails.run().isComplete)
    try await rails.app.sql(
      """
      UPDATE scheduling_posts SET status = 'posted', provider_post_id = '99', updated_at = localtimestamp - interval '1 hour'
        WHERE id = 1;
      UPDATE scheduling_posts SET caption = 'edited', updated_at = localtimestamp WHERE id = 2;
      """
    )
    let report = try await rails.run()
    let local = try await rails.here(1, "post.id")
    #expect(
      report.reasons(\.left, .post, 1) == [
        "the Rails app calls it posted as media 99 since it was brought over; it is scheduled here, as post \(local)"
      ]
    )
    #expect(
      report.left.first?.advice
        == "Stop the Rails app, then: UPDATE scheduling_posts SET status = 'cancelled' WHERE id = \(local);"
    )
    #expect(
      report.reasons(\.notes, .post, 2) == [
        "the Rails app has changed it since it was brought over; it stays as it is here"
      ]
    )
    #expect(report.counts(.post) == [0, 0, 3, 0])
    #expect(try await rails.here(1, "status") == "scheduled")
    #expect(try await rails.here(2, "caption") == "caption 2")
  }
}

@Suite("Importing clusters, scores and files", .temporaryDatabases, .timeLimit(.minutes(2)))
struct RailsPartsTests {
  @Test(
    "a cluster belongs to whom it says, else to whom most of its photos belong; nobody's stays behind"
  )
  func owners() async throws {
    let rails = try await RailsWorld(.clustered)
    try await rails.app.sql(
      """
      INSERT INTO personas (name) VALUES ('sarah'), ('max');
      INSERT INTO clusters (name) VALUES ('Sea'), (NULL), ('Nobody''s'), ('Sea');
      INSERT INTO photos (persona_id, path, cluster_id) VALUES
        (1, 'a', 1), (1, 'b', 1), (2, 'c', 1), (2, 'd', 2), (1, 'e', 4), (1, 'f', 77);
      INSERT INTO photo_analyses (photo_id, aesthetic_score, caption) VALUES (1, 0.25, 'old'), (1, 0.75, 'new'), (2, 'NaN', '');
      INSERT INTO content_strategy_states (persona_id) VALUES (1), (2);
      """
    )
    let report = try await rails.run()
    #expect(
      try await rails.world.sql(
        """
        SELECT cluster.name, persona.name FROM clusters AS cluster JOIN personas AS persona ON persona.id = persona_id
        ORDER BY cluster.id
        """
      ) == "Sea|sarah\ncluster 2|max\nSea (4)|sarah"
    )
    #expect(
      report.reasons(\.left, .cluster, 3) == [
        "it names no persona, and no photo in it tells whose it is"
      ]
    )
    #expect(report.notes.count { $0.kind == .cluster && $0.originID == 4 } == 1)
    #expect(
      try await rails.world.sql(
        """
        SELECT photo.path, cluster.name, photo.score FROM photos AS photo
        LEFT JOIN clusters AS cluster ON cluster.id = photo.cluster_id ORDER BY photo.path
        """
      ) == "a|Sea|0.75\nb|Sea|NaN\nc||\nd|cluster 2|\ne|Sea (4)|\nf||"
    )
    #expect(
      report.reasons(\.notes, .photo, 3) == [
        "its cluster 1 belongs to another persona; it has none here"
      ]
    )
    #expect(
      report.reasons(\.notes, .photo, 6) == ["its cluster 77 did not come over; it has none here"]
    )
    #expect(
      report.otherTables.map(\.table) == ["content_strategy_states", "content_strategy_histories"]
    )
    #expect(report.otherTables.map(\.rows) == [2, 0])
  }

  @Test(
    "files of ActiveStorage need its directory; without one, or without a file, the photo stays behind"
  )
  func files() async throws {
    let rails = try await RailsWorld(.attached)
    try await rails.app.sql(
      """
      INSERT INTO personas (name) VALUES ('sarah');
      INSERT INTO photos (persona_id) VALUES (1), (1), (1);
      INSERT INTO active_storage_blobs (key, filename, byte_size) VALUES
        ('old000', 'a', 1), ('abcdef', 'a', 1), ('../../etc/passwd', 'b', 1);
      INSERT INTO active_storage_attachments (name, record_type, record_id, blob_id) VALUES
        ('image', 'Photo', 1, 1), ('image', 'Photo', 1, 2), ('image', 'Photo', 2, 3);
      """
    )
    let blind = try await rails.run(apply: false)
    #expect(blind.counts(.photo) == [0, 0, 0, 3])
    #expect(
      blind.left.first { $0.kind == .photo }?.advice
        == "Run it again with --storage DIR, the root of the disk service in config/storage.yml."
    )
    let report = try await rails.run(storage: "/s", fileProblems: [1: "its file is not there"])
    #expect(try await rails.world.sql("SELECT path FROM photos") == "/s/ab/cd/abcdef")
    #expect(report.reasons(\.notes, .photo, 1) == ["its file is not there"])
    #expect(
      report.reasons(\.left, .photo, 2) == [
        "'../../etc/passwd' is no key of ActiveStorage's disk service"
      ]
    )
    #expect(
      report.reasons(\.left, .photo, 3) == ["it has neither a path nor an attached image"]
    )
  }

  @Test("another Rails database with the same numbers is another source")
  func sources() async throws {
    let world = try await World()
    for name in ["sarah", "max"] {
      let app = try await RailsApp(.clustered, on: world.postgres)
      try await app.sql("INSERT INTO personas (name) VALUES ('\(name)')")
      let data = try await RailsOrigin(Database(ConnectionConfiguration(app.conninfo)))
        .read { _, _, _ in }
      let report = try await RailsImport(world.database).run(
        data,
        storage: nil,
        fileProblems: [:],
        isApplied: true
      ) { _, _, _ in }
      #expect(report.counts(.persona) == [1, 0, 0, 0])
      #expect(report.source.hasPrefix("made 20"))
    }
    #expect(try await world.sql("SELECT count(DISTINCT source) FROM rails_imports") == "2")
  }

  @Test("what is no Rails database of that app is refused by name")
  func notRails() async throws {
    let world = try await World()
    let empty = try await World(isMigrated: false)
    let here = try #require(
      await #expect(throws: SchemaError.self) {
        try await RailsOrigin(world.database).read { _, _, _ in }
      }
    )
    #expect(here.message.hasSuffix(" is a belfry database, not the Rails app's"))
    let nothing = try #require(
      await #expect(throws: SchemaError.self) {
        try await RailsOrigin(empty.database).read { _, _, _ in }
      }
    )
    #expect(nothing.message.hasSuffix(" has no table personas, no photos, no scheduling_posts"))
  }
}
