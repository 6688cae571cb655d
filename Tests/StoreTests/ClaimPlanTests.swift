import Postgres
import Posts
import Store
import TestSupport
import Testing

/// What can only be seen in a cluster where nobody else works.
@Suite(
  "What a claim costs and waits for",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(3))
)
struct ClaimPlanTests {
  /// Prepared transactions hold locks without a session that would have to be kept waiting.
  private static let cluster = Task {
    try await TemporaryPostgres(settings: ["max_prepared_transactions": "10"])
  }

  private func world() async throws -> World { try await World(in: Self.cluster.value) }

  private struct NextTransactionID: Statement {
    static let sql: SQLText = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next"
    static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
      try row.decode("next", as: String.self)
    }
  }

  @Test("When nothing is due, a claim and a takeover write nothing: no transaction id is used")
  func readOnly() async throws {
    let world = try await world()
    let persona = try await world.persona("sarah")
    _ = try await world.post(of: persona, due: "now() + interval '1 hour'")
    let held = try await world.persona(
      "held",
      ["held_at": "now()", "held_by": "'tim'", "held_reason": "'review'"]
    )
    _ = try await world.post(of: held)
    let instance = try await world.instance()
    let before = try await world.database.run(NextTransactionID())
    for _ in 1...3 {
      #expect(try await world.leases.claim(for: instance).isEmpty)
      #expect(try await world.leases.takeOver(for: instance).isEmpty)
      #expect(try await world.leases.secondsUntilNextDue() != nil)
      _ = try await StatusStore(world.database).overview()
    }
    #expect(try await world.database.run(NextTransactionID()) == before)
    try await world.sql("UPDATE scheduling_posts SET scheduled_at = now()")
    #expect(try await world.leases.claim(for: instance).count == 1)
    #expect(try await world.database.run(NextTransactionID()) != before, "the measure can tell")
  }

  @Test("A post that somebody has locked is skipped, not waited for; so is a locked persona")
  func skipsLocked() async throws {
    let world = try await world()
    let sarah = try await world.persona("sarah")
    let locked = try await world.post(of: sarah, due: "now() - interval '2 minutes'")
    let free = try await world.post(of: sarah, due: "now() - interval '1 minute'")
    let max = try await world.persona("max")
    _ = try await world.post(of: max)
    try await world.sql(
      """
      BEGIN;
      SELECT FROM scheduling_posts WHERE id = \(locked) FOR UPDATE;
      SELECT FROM personas WHERE id = \(max) FOR UPDATE;
      PREPARE TRANSACTION 'somebody'
      """
    )
    let instance = try await world.instance()
    #expect(try await world.leases.claim(for: instance).map(\.id.rawValue) == [free])
    try await world.sql("COMMIT PREPARED 'somebody'")
    #expect(try await world.leases.claim(for: instance).map(\.personaName) == ["max"])
  }

  @Test("The limit counts what can be had: locked personas do not use it up")
  func limitSkipsLocked() async throws {
    let world = try await world()
    let first = try await world.persona("first")
    _ = try await world.post(of: first, due: "now() - interval '1 hour'")
    _ = try await world.post(of: try await world.persona("second"))
    try await world.sql(
      "BEGIN; SELECT FROM personas WHERE id = \(first) FOR UPDATE; PREPARE TRANSACTION 'somebody'"
    )
    let instance = try await world.instance()
    #expect(try await world.leases.claim(1, for: instance).map(\.personaName) == ["second"])
    try await world.sql("ROLLBACK PREPARED 'somebody'")
  }

  @Test("People can queue posts of a persona while a claim has it locked")
  func insertsDuringClaim() async throws {
    let world = try await world()
    let persona = try await world.persona("sarah")
    try await world.sql(
      """
      BEGIN; SELECT FROM personas WHERE id = \(persona) FOR NO KEY UPDATE; PREPARE TRANSACTION 'claim';
      SET lock_timeout = '5s';
      INSERT INTO photos (persona_id, path) VALUES (\(persona), '/p');
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) SELECT persona_id, id, now() FROM photos;
      ROLLBACK PREPARED 'claim'
      """
    )
  }

  @Test(
    "With 200,000 future and 200,000 old posts the claim uses its index and reads no whole table"
  )
  func plans() async throws {
    let world = try await world()
    // Without triggers and foreign keys, which the plans do not depend on.
    try await world.sql(
      """
      SET session_replication_role = replica;
      INSERT INTO personas (id, name) SELECT n, 'p' || n FROM generate_series(1, 1000) AS n;
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, status, provider_post_id, posted_at)
      SELECT 1 + n % 1000, n, now() - n * interval '1 minute', 'posted', n, now() - n * interval '1 minute'
      FROM generate_series(1, 200000) AS n;
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, status)
      SELECT 1 + n % 1000, 200000 + n, now() + n * interval '1 minute', 'scheduled'
      FROM generate_series(1, 200000) AS n;
      UPDATE scheduling_posts SET scheduled_at = now() WHERE photo_id BETWEEN 200001 AND 200020;
      ANALYZE
      """
    )
    let statements = [
      ("lock_claimable_personas", "(bigint)", "(64)"),
      ("claim_due_posts", "(bigint[], bigint, float8)", "('{1,2,3,4,5,6,7,8}', 1, 82800)"),
      ("next_due", "", ""),
    ]
    for (name, types, values) in statements {
      let text = try repositoryText("Sources/Domain/Store/SQL/\(name).sql")
      for mode in ["force_generic_plan", "force_custom_plan"] {
        let plan = try await world.sql(
          """
          PREPARE it\(types) AS \(text);
          SET plan_cache_mode = \(mode);
          EXPLAIN (COSTS OFF) EXECUTE it\(values);
          """
        )
        #expect(plan.contains("using scheduling_posts_ready on scheduling_posts"), "\(plan)")
        #expect(!plan.contains("Seq Scan on scheduling_posts"), "\(name), \(mode):\n\(plan)")
      }
    }
    let takeover = try await world.sql(
      """
      PREPARE it(bigint, bigint, bigint[]) AS \(try repositoryText("Sources/Domain/Store/SQL/take_over_posts.sql"));
      EXPLAIN (COSTS OFF) EXECUTE it(1, 64, '{}');
      """
    )
    // Both hold nothing but the posts in flight.
    let small = ["scheduling_posts_one_in_flight_per_persona", "scheduling_posts_by_owner"]
    #expect(small.contains { takeover.contains($0) }, "\(takeover)")
    #expect(!takeover.contains("Seq Scan on scheduling_posts"), "\(takeover)")
    let fence = try await world.sql(
      """
      PREPARE it(bigint, bigint) AS \(try repositoryText("Sources/Domain/Store/SQL/fence_post.sql"));
      SET plan_cache_mode = force_generic_plan;
      EXPLAIN (COSTS OFF) EXECUTE it(1, 1);
      """
    )
    #expect(fence.contains("scheduling_posts_pkey"), "\(fence)")
  }
}
