import Postgres
import Store
import TestSupport
import Testing

@Suite("The bell that wakes the daemons", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct BellTests {
  /// How often the bell rings while `body` works.
  private func rings(_ world: World, _ body: () async throws -> Void) async throws -> Int {
    let listener = PostgresConnection(ConnectionConfiguration(world.conninfo))
    try await listener.connect()
    try await listener.listen(on: "belfry_queue")
    try await body()
    // Notifications come in the order of the commits, so this one is the last.
    try await world.sql("NOTIFY belfry_queue, 'end'")
    var rings = 0
    for await notification in listener.notifications {
      if notification.payload == "end" { break }
      #expect(notification.payload == "", "an empty payload is folded within a transaction")
      rings += 1
    }
    await listener.close()
    return rings
  }

  private func manyPosts(of persona: Int64, status: String) -> String {
    """
    WITH photo AS (
      INSERT INTO photos (persona_id, path) SELECT \(persona), 'p' || gen_random_uuid() FROM generate_series(1, 5)
      RETURNING id)
    INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, status)
    SELECT \(persona), id, now(), '\(status)' FROM photo;
    """
  }

  @Test("Queueing rings once for a statement, however many rows it has")
  func inserts() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let scheduled = manyPosts(of: persona, status: "scheduled")
    #expect(try await rings(world) { try await world.sql(scheduled) } == 1)
    #expect(try await rings(world) { try await world.sql(scheduled + scheduled) } == 2)
    #expect(
      try await rings(world) { try await world.sql("BEGIN;" + scheduled + scheduled + "COMMIT") }
        == 1
    )
    let drafts = manyPosts(of: persona, status: "draft")
    #expect(try await rings(world) { try await world.sql(drafts) } == 0, "drafts wait for nobody")
  }

  @Test("Moving or scheduling posts rings once for a statement")
  func updates() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    try await world.sql(manyPosts(of: persona, status: "draft"))
    #expect(
      try await rings(world) { try await world.sql("UPDATE scheduling_posts SET caption = 'x'") }
        == 0
    )
    #expect(
      try await rings(world) {
        try await world.sql("UPDATE scheduling_posts SET status = 'scheduled'")
      }
        == 1
    )
    #expect(
      try await rings(world) {
        try await world.sql("UPDATE scheduling_posts SET scheduled_at = now() + interval '1 day'")
      } == 1
    )
    #expect(
      try await rings(world) { try await world.sql("UPDATE scheduling_posts SET status = 'held'") }
        == 0
    )
  }

  @Test("Releasing a persona or loosening its gap rings; other changes of it do not")
  func personas() async throws {
    let world = try await World()
    _ = try await world.persona("sarah")
    #expect(
      try await rings(world) { try await world.sql("UPDATE personas SET minimum_gap = '1 hour'") }
        == 1
    )
    #expect(
      try await rings(world) {
        try await world.sql(
          "UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL"
        )
      } == 1
    )
    #expect(
      try await rings(world) { try await world.sql("UPDATE personas SET username = 'a'") } == 0
    )
  }

  @Test("Claiming and publishing ring for nobody")
  func work() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    _ = try await world.post(of: persona)
    let instance = try await world.instance()
    let rings = try await rings(world) {
      try await world.publishDue(for: instance, media: "17")
    }
    #expect(rings == 0)
  }
}
