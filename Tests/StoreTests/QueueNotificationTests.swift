import Postgres
import Store
import TestSupport
import Testing

@Suite(
  "Notifications that wake the daemons",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(2))
)
struct QueueNotificationTests {
  /// How many notifications arrive while `body` works.
  private func sent(_ world: World, _ body: () async throws -> Void) async throws -> Int {
    let listener = PostgresConnection(ConnectionConfiguration(world.conninfo))
    try await listener.connect()
    try await listener.listen(on: "belfry_queue")
    try await body()
    // Notifications come in the order of the commits, so this one is the last.
    try await world.sql("NOTIFY belfry_queue, 'end'")
    var count = 0
    for await notification in listener.notifications {
      if notification.payload == "end" { break }
      #expect(notification.payload == "", "an empty payload is folded within a transaction")
      count += 1
    }
    await listener.close()
    return count
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

  @Test("Queueing notifies once for a statement, however many rows it has")
  func inserts() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let scheduled = manyPosts(of: persona, status: "scheduled")
    #expect(try await sent(world) { try await world.sql(scheduled) } == 1)
    #expect(try await sent(world) { try await world.sql(scheduled + scheduled) } == 2)
    #expect(
      try await sent(world) { try await world.sql("BEGIN;" + scheduled + scheduled + "COMMIT") }
        == 1
    )
    let drafts = manyPosts(of: persona, status: "draft")
    #expect(try await sent(world) { try await world.sql(drafts) } == 0, "drafts wait for nobody")
  }

  @Test("Moving or scheduling posts notifies once for a statement")
  func updates() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    try await world.sql(manyPosts(of: persona, status: "draft"))
    #expect(
      try await sent(world) { try await world.sql("UPDATE scheduling_posts SET caption = 'x'") }
        == 0
    )
    #expect(
      try await sent(world) {
        try await world.sql("UPDATE scheduling_posts SET status = 'scheduled'")
      }
        == 1
    )
    #expect(
      try await sent(world) {
        try await world.sql("UPDATE scheduling_posts SET scheduled_at = now() + interval '1 day'")
      } == 1
    )
    #expect(
      try await sent(world) { try await world.sql("UPDATE scheduling_posts SET status = 'held'") }
        == 0
    )
  }

  @Test("Releasing a persona or changing its gap notifies; other changes of it do not")
  func personas() async throws {
    let world = try await World()
    _ = try await world.persona("sarah")
    #expect(
      try await sent(world) { try await world.sql("UPDATE personas SET minimum_gap = '1 hour'") }
        == 1
    )
    #expect(
      try await sent(world) {
        try await world.sql(
          "UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL"
        )
      } == 1
    )
    #expect(
      try await sent(world) { try await world.sql("UPDATE personas SET username = 'a'") } == 0
    )
  }

  @Test("Claiming and publishing notify nobody")
  func work() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    _ = try await world.post(of: persona)
    let instance = try await world.instance()
    let count = try await sent(world) {
      try await world.publishDue(for: instance, media: "17")
    }
    #expect(count == 0)
  }
}
