import Postgres
import Store
import TestSupport
import Testing
import Timekeeping

@Suite("Pruning history", .temporaryDatabases, .timeLimit(.minutes(2)))
struct PruneStoreTests {
  private static let periods = RetentionPeriods(steps: Days(90), wakes: Days(90), audit: Days(730))

  private func prune(
    _ world: World,
    _ periods: RetentionPeriods = Self.periods,
    apply: Bool = true,
    batch: Int = 5_000
  ) async throws -> PruneTally {
    try await PruneStore(world.database, batch: batch).run(periods, isApplied: apply) { _, _, _ in }
  }

  /// Inserts a post with attempts that ended so many days ago, each with three steps; the last of all steps
  /// is in `phase`.
  @discardableResult
  private func post(
    _ world: World,
    of persona: Int64,
    instance: Int64,
    _ status: String,
    daysAgo: Int,
    attempts: Int = 1,
    phase: String = "completed"
  ) async throws -> Int64 {
    let photo = try await world.photo(of: persona)
    let columns =
      switch status {
      case "posted": ("provider_post_id, posted_at", "nextval('lease_tokens')::text, now()")
      case "failed": ("failure_class, failure_cause, failure_fix", "'wait', 'c', 'f'")
      case "unconfirmed": ("publish_requested_at, failure_cause, failure_fix", "now(), 'c', 'f'")
      default: ("scheduled_at", "now()")
      }
    // A post is inserted as scheduled and cancelled afterwards; updated_at is what the rules go by.
    let first = status == "cancelled" ? "scheduled" : status
    let id = try await world.sql(
      """
      INSERT INTO scheduling_posts (persona_id, photo_id, attempts, status, \(columns.0))
      VALUES (\(persona), \(photo), \(attempts), '\(first)', \(columns.1)) RETURNING id
      """
    )
    try await world.sql(
      """
      UPDATE scheduling_posts SET status = '\(status)' WHERE id = \(id) AND status <> '\(status)';
      SET session_replication_role = replica;
      UPDATE scheduling_posts SET updated_at = now() - make_interval(days => \(daysAgo)) WHERE id = \(id);
      RESET session_replication_role;
      INSERT INTO post_attempts (post_id, attempt, instance_id, pipeline, pipeline_version, started_at, finished_at, outcome)
      SELECT \(id), number, \(instance), 'SchedulePost', 1, at, at, 'deferred'
      FROM generate_series(1, \(attempts)) AS number, (SELECT now() - make_interval(days => \(daysAgo)) AS at) AS time;
      INSERT INTO post_steps (post_id, attempt, ordinal, name, kind, phase, input, output)
      SELECT \(id), number, ordinal, 'Step', 'compensatable',
        CASE WHEN number = \(attempts) AND ordinal = 2 THEN '\(phase)' ELSE 'completed' END, '{}', '{}'
      FROM generate_series(1, \(attempts)) AS number, generate_series(0, 2) AS ordinal;
      """
    )
    return try #require(Int64(id))
  }

  private func left(_ world: World, _ table: String) async throws -> String {
    try await world.sql(
      "SELECT coalesce(string_agg(DISTINCT post_id::text, ',' ORDER BY post_id::text), '') FROM \(table)"
    )
  }

  @Test(
    "steps and earlier attempts of posts that are over go; everything else stays, whatever its age"
  )
  func steps() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let instance = try await world.instance()
    var over: [Int64] = []
    for status in ["posted", "failed", "cancelled"] {
      over.append(
        try await post(world, of: persona, instance: instance, status, daysAgo: 91, attempts: 3)
      )
    }
    var kept: [Int64] = []
    for status in ["posted", "failed", "cancelled"] {
      kept.append(
        try await post(world, of: persona, instance: instance, status, daysAgo: 89, attempts: 2)
      )
    }
    for status in ["unconfirmed", "scheduled"] {
      kept.append(
        try await post(world, of: persona, instance: instance, status, daysAgo: 900, attempts: 2)
      )
    }
    kept.append(
      try await post(world, of: persona, instance: instance, "posted", daysAgo: 900, phase: "stuck")
    )
    let rows = "SELECT (SELECT count(*) FROM post_steps), (SELECT count(*) FROM post_attempts)"
    let before = try await world.sql(rows)

    // Batches smaller than a post's steps must not skip any.
    let counted = try await prune(world, apply: false, batch: 2)
    #expect(counted.steps == 27 && counted.attempts == 6)
    #expect(try await world.sql(rows) == before)

    #expect(try await prune(world, batch: 2) == counted)
    #expect(
      try await left(world, "post_steps") == kept.map(String.init).sorted().joined(separator: ",")
    )
    #expect(
      try await world.sql(
        "SELECT string_agg(attempt::text || outcome, ' ') FROM post_attempts WHERE post_id = \(over[0])"
      ) == "3deferred"
    )
    #expect(
      try await world.sql(
        "SELECT count(*) FROM post_attempts WHERE post_id = ANY ('{\(kept.map(String.init).joined(separator: ","))}')"
      ) == "11"
    )
    #expect(try await world.sql("SELECT count(*) FROM scheduling_posts") == "9")
    #expect(try await prune(world) == PruneTally())
  }

  @Test("an attempt that has not ended keeps its steps, though its row was not written for long")
  func openAttempt() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let instance = try await world.instance()
    let id = try await post(world, of: persona, instance: instance, "failed", daysAgo: 100)
    try await world.sql("UPDATE post_attempts SET finished_at = NULL, outcome = NULL")
    #expect(try await prune(world) == PruneTally())
    #expect(try await left(world, "post_steps") == "\(id)")
  }

  @Test("wakes go, but never the last one; instances follow once nothing names them")
  func wakes() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let names = ["idle", "attempted", "recent", "running"]
    var ids: [String: Int64] = [:]
    for name in names { ids[name] = try await world.instance() }
    let (idle, attempted) = (ids["idle"] ?? 0, ids["attempted"] ?? 0)
    let (recent, running) = (ids["recent"] ?? 0, ids["running"] ?? 0)
    try await world.sql(
      """
      UPDATE instances SET stopped_at = now() - interval '91 days' WHERE id IN (\(idle), \(attempted));
      UPDATE instances SET stopped_at = now() - interval '89 days' WHERE id = \(recent);
      INSERT INTO wake_log (instance_id, reason, started_at)
      SELECT \(idle), 'schedule', now() - make_interval(days => 90 + number) FROM generate_series(10, 1, -1) AS number;
      INSERT INTO wake_log (instance_id, reason, started_at) VALUES
        (\(recent), 'start', now() - interval '89 days'), (\(running), 'start', now() - interval '1 day');
      """
    )
    try await post(world, of: persona, instance: attempted, "posted", daysAgo: 200)
    let counted = try await prune(world, apply: false, batch: 3)
    #expect(counted.wakes == 10 && counted.instances == 1)
    #expect(try await world.sql("SELECT count(*) FROM wake_log") == "12")
    #expect(try await prune(world, batch: 3) == counted)
    #expect(try await world.sql("SELECT count(*) FROM wake_log") == "2")
    #expect(
      try await world.sql("SELECT string_agg(id::text, ',' ORDER BY id) FROM instances")
        == "\(attempted),\(recent),\(running)"
    )

    // Everything is old now: the last wake and its instance stay all the same.
    try await world.sql(
      "UPDATE wake_log SET started_at = started_at - interval '1 year'; UPDATE instances SET stopped_at = '2020-01-01'"
    )
    let rest = try await prune(world)
    #expect(rest.wakes == 1 && rest.instances == 1)
    #expect(try await world.sql("SELECT instance_id FROM wake_log") == "\(running)")
  }

  @Test("the audit is pruned, and what is kept for ever is not touched")
  func audit() async throws {
    let world = try await World()
    #expect(try await prune(world) == PruneTally())
    try await world.sql(
      """
      INSERT INTO audit_log (db_user, operation, subject, subject_id, at)
      SELECT 'tim', 'update', 'post', 1, now() - make_interval(days => 735 - number, hours => -1) FROM generate_series(0, 9) AS number;
      """
    )
    let forever = RetentionPeriods(steps: nil, wakes: nil, audit: nil)
    #expect(try await prune(world, forever) == PruneTally())
    #expect(try await prune(world, apply: false, batch: 2).audit == 5)
    #expect(try await prune(world, batch: 2).audit == 5)
    #expect(
      try await world.sql("SELECT count(*) FROM audit_log WHERE at < now() - interval '730 days'")
        == "0"
    )
  }

  @Test("two runs at once remove everything once")
  func together() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let instance = try await world.instance()
    let first = try await post(world, of: persona, instance: instance, "posted", daysAgo: 100)
    try await world.sql(
      """
      INSERT INTO scheduling_posts (persona_id, status) SELECT \(persona), 'draft' FROM generate_series(1, 200);
      SET session_replication_role = replica;
      UPDATE scheduling_posts SET status = 'cancelled', updated_at = now() - interval '1 year' WHERE id > \(first);
      RESET session_replication_role;
      INSERT INTO post_attempts (post_id, attempt, instance_id, pipeline, pipeline_version, finished_at, outcome)
      SELECT id, number, \(instance), 'SchedulePost', 1, now() - interval '1 year', 'deferred'
      FROM scheduling_posts, generate_series(1, 2) AS number WHERE id > \(first);
      INSERT INTO post_steps (post_id, attempt, ordinal, name, kind, phase, input)
      SELECT post_id, attempt, 0, 'Step', 'compensatable', 'compensated', '{}' FROM post_attempts WHERE post_id > \(first);
      """
    )
    let other = PruneStore(world.anotherDatabase(), batch: 7)
    async let here = PruneStore(world.database, batch: 5).run(Self.periods, isApplied: true) {
      _,
      _,
      _ in
    }
    async let there = other.run(Self.periods, isApplied: true) { _, _, _ in }
    let (one, two) = try await (here, there)
    #expect(one.steps + two.steps == 403)
    #expect(one.attempts + two.attempts == 200)
    #expect(try await world.sql("SELECT count(*) FROM post_steps") == "0")
    #expect(try await world.sql("SELECT count(*) FROM post_attempts") == "201")
  }

  @Test("no batch and no foreign key reads a large table from end to end")
  func plans() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    try await world.sql(
      """
      INSERT INTO instances (host, boot_id, unit, pid, process_start_ticks, program, version, lease, stopped_at)
      SELECT 'h', 'b', 'u', 1, number, 'run', '1', '1 min', now() - interval '1 year' FROM generate_series(1, 300) AS number;
      INSERT INTO scheduling_posts (persona_id, status) SELECT \(persona), 'draft' FROM generate_series(1, 30000);
      INSERT INTO post_attempts (post_id, attempt, instance_id, pipeline, pipeline_version, finished_at, outcome)
      SELECT id, 1, 1 + id / 150, 'SchedulePost', 1, now(), 'posted' FROM scheduling_posts;
      INSERT INTO post_steps (post_id, attempt, ordinal, name, kind, phase, input)
      SELECT post_id, 1, ordinal, 'Step', 'compensatable', 'failed', '{}' FROM post_attempts, generate_series(0, 2) AS ordinal;
      INSERT INTO wake_log (instance_id, reason) SELECT 1 + number / 300, 'schedule' FROM generate_series(1, 30000) AS number;
      VACUUM ANALYZE;
      """
    )
    let setting = try repositoryText("Sources/Domain/Store/SQL/prune_plan.sql")
    func plan(_ statement: String) async throws -> String {
      try await world.sql(
        "SET plan_cache_mode = force_generic_plan; BEGIN; \(setting); \(statement); ROLLBACK"
      )
    }
    for file in ["prune_steps", "prune_wakes", "prune_instances"] {
      let text = try repositoryText("Sources/Domain/Store/SQL/\(file).sql")
      let shown = try await plan(
        """
        PREPARE pruning (bigint, bigint, timestamptz, boolean) AS \(text);
        EXPLAIN EXECUTE pruning (0, 5000, now() - interval '90 days', true);
        """
      )
      for table in ["post_steps", "post_attempts", "scheduling_posts", "wake_log"] {
        #expect(!shown.contains("Seq Scan on \(table)"), "\(file): \(shown)")
      }
    }
    for (table, column) in [
      ("post_attempts", "instance_id"), ("wake_log", "instance_id"),
      ("scheduling_posts", "lease_instance_id"),
    ] {
      let shown = try await plan(
        """
        PREPARE owner (bigint) AS SELECT 1 FROM ONLY \(table) x WHERE $1 = \(column) FOR KEY SHARE OF x;
        EXPLAIN EXECUTE owner (250);
        """
      )
      #expect(!shown.contains("Seq Scan"), "\(shown)")
    }
  }
}
