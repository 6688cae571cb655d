import Postgres
import Store
import TestSupport
import Testing

@Suite("What the metrics file reads", .temporaryDatabases, .timeLimit(.minutes(2)))
struct MetricsStoreTests {
  private func metrics(_ world: World) async throws -> QueueMetrics {
    try await MetricsStore(world.database).metrics()
  }

  @Test("An empty database has no lag and no persona")
  func empty() async throws {
    let metrics = try await metrics(try await World())
    #expect(metrics.dueLag == 0)
    #expect(metrics.personas == [])
  }

  @Test("Each state is counted for its persona, and settled posts are not")
  func states() async throws {
    let world = try await World()
    let sarah = try await world.persona("sarah")
    let max = try await world.persona(
      "max",
      ["held_at": "now()", "held_by": "'tim'", "held_reason": "'review'"]
    )
    // Without triggers: each post is put into its state directly.
    try await world.sql(
      """
      SET session_replication_role = replica;
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, status, failure_class, failure_cause,
        failure_fix, publish_requested_at, provider_post_id, posted_at)
      SELECT \(sarah), n, now() + interval '1 hour', status, class, class, class,
        CASE status WHEN 'unconfirmed' THEN now() END, CASE status WHEN 'posted' THEN n END,
        CASE status WHEN 'posted' THEN to_timestamp(1000000 + n) END
      FROM (VALUES
        (1, 'scheduled', NULL), (2, 'scheduled', NULL), (3, 'scheduled', 'wait'), (4, 'held', NULL),
        (5, 'unconfirmed', 'unknown'), (6, 'failed', 'permanent'), (7, 'failed', 'wait'), (8, 'posted', NULL),
        (9, 'posted', NULL), (10, 'cancelled', NULL), (11, 'draft', NULL)) AS row (n, status, class);
      INSERT INTO sealed_credentials (persona_id, name, sealed, expires_at)
      VALUES (\(sarah), 'access_token', '\\x00', now() + interval '40 days'),
        (\(max), 'access_token', '\\x00', NULL);
      INSERT INTO publishing_limits (persona_id, used, total, read_at)
      VALUES (\(sarah), 3, 100, now() - interval '23 hours'), (\(max), 4, 50, now() - interval '25 hours');
      """
    )
    let personas = try await metrics(world).personas
    #expect(personas.map(\.name) == ["max", "sarah"])
    let row = personas[1]
    #expect(!row.isHeld)
    #expect(row.quotaUsed == 3 && row.quotaTotal == 100)
    #expect(personas[0].quotaUsed == nil && personas[0].quotaTotal == nil)
    #expect(row.scheduled == 2 && row.deferred == 1 && row.held == 1 && row.posting == 0)
    #expect(row.unconfirmed == 1 && row.failed == 2)
    #expect(row.lastSuccess == 1_000_009)
    #expect(abs(try #require(row.tokenLeft) - 40 * 86_400) < 60)
    #expect(personas[0].isHeld && personas[0].lastSuccess == nil && personas[0].tokenLeft == nil)
    #expect(personas[0].scheduled == 0 && personas[0].failed == 0)
  }

  @Test("The lag is that of the post which could have been claimed first")
  func lag() async throws {
    let world = try await World()
    let sarah = try await world.persona("sarah")
    _ = try await world.post(of: sarah, due: "now() + interval '1 hour'")
    #expect(try await metrics(world).dueLag == 0)
    _ = try await world.post(of: sarah, due: "now() - interval '10 minutes'")
    #expect((600..<660).contains(try await metrics(world).dueLag))
    // The minimum gap counts from the last publication: that long nobody could have claimed it.
    try await world.sql(
      """
      UPDATE personas SET minimum_gap = '1 hour', last_published_at = now() - interval '61 minutes'
      """
    )
    #expect((60..<120).contains(try await metrics(world).dueLag))
    try await world.sql("UPDATE personas SET last_published_at = now() - interval '59 minutes'")
    #expect(try await metrics(world).dueLag == 0)
    try await world.sql(
      """
      UPDATE personas SET minimum_gap = '0', held_at = now(), held_by = 'tim', held_reason = 'review'
      """
    )
    #expect(try await metrics(world).dueLag == 0, "a held persona's posts wait on purpose")
    try await world.sql("UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL")
    let instance = try await world.instance()
    #expect(try await world.leases.claim(for: instance).count == 1)
    let row = try #require(try await metrics(world).personas.first)
    #expect(row.posting == 1 && row.scheduled == 1)
  }

  @Test("Years of posts that went out are not read")
  func plans() async throws {
    let world = try await World()
    try await world.sql(
      """
      SET session_replication_role = replica;
      INSERT INTO personas (id, name) SELECT n, 'p' || n FROM generate_series(1, 100) AS n;
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, status, provider_post_id, posted_at)
      SELECT 1 + n % 100, n, now() - n * interval '1 minute', 'posted', n, now() - n * interval '1 minute'
      FROM generate_series(1, 100000) AS n;
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, status)
      SELECT 1 + n % 100, 100000 + n, now() + n * interval '1 minute', 'scheduled'
      FROM generate_series(1, 1000) AS n;
      ANALYZE
      """
    )
    for (name, indexes) in [
      ("metrics_due_lag", ["scheduling_posts_ready"]),
      (
        "metrics_personas",
        [
          "scheduling_posts_ready", "scheduling_posts_one_in_flight_per_persona",
          "scheduling_posts_unsettled", "scheduling_posts_posted",
        ]
      ),
    ] {
      let text = try repositoryText("Sources/Domain/Store/SQL/\(name).sql")
      let plan = try await world.sql("EXPLAIN (COSTS OFF) \(text)")
      for index in indexes { #expect(plan.contains(index), "\(index):\n\(plan)") }
      #expect(!plan.contains("Seq Scan on scheduling_posts"), "\(plan)")
    }
  }
}
