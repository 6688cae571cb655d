import Postgres
import Store
import TestSupport
import Testing

@Suite(
  "The schema as a manual and as a surface",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(2))
)
struct SchemaManualTests {
  @Test("Every table, view, column, function, type and free sequence has a comment")
  func comments() async throws {
    let world = try await World()
    let silent = try await world.sql(
      """
      SELECT class.relname FROM pg_class AS class
      WHERE class.relnamespace = 'public'::regnamespace AND obj_description(class.oid, 'pg_class') IS NULL
        AND (class.relkind IN ('r', 'v') OR class.relkind = 'S' AND NOT EXISTS (
          SELECT FROM pg_depend WHERE objid = class.oid AND deptype IN ('i', 'a')))
      UNION ALL
      SELECT class.relname || '.' || attribute.attname
      FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
      WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'r' AND attribute.attnum > 0
        AND NOT attribute.attisdropped AND col_description(class.oid, attribute.attnum) IS NULL
      UNION ALL
      SELECT proname || '()' FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL
      UNION ALL
      SELECT class.relname FROM pg_class AS class JOIN pg_type AS type ON type.typrelid = class.oid
      WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'c'
        AND obj_description(type.oid, 'pg_type') IS NULL
      """
    )
    #expect(silent == "", "these say nothing in \\d+")
  }

  @Test(
    "Functions that run as the owner, and all that triggers call, pin their search_path"
  )
  func searchPaths() async throws {
    let world = try await World()
    let open = try await world.sql(
      """
      SELECT proname FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace AND prosecdef
        AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)
      """
    )
    #expect(open == "")
    // A table of one's own with the same name does not come in between.
    let persona = try await world.persona("sarah")
    let photo = try await world.photo(of: persona)
    try await world.sql(
      """
      CREATE SCHEMA other; CREATE TABLE other.personas (id bigint, name text);
      SET search_path = other, public;
      INSERT INTO public.scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (\(persona), \(photo), now());
      SELECT public.hold(1); SELECT public.release(1); SELECT public.explain(1);
      """
    )
  }

  /// Rows that fill every view, with names as long as people use.
  private static let crowd = """
    INSERT INTO personas (name, username, instagram_account_id, time_zone, minimum_gap) VALUES
      ('sarah', 'sarah.makes.things', '1', 'Europe/Berlin', '1 h'), ('maximilian', 'max.outside', '2', 'America/Denver', '0'),
      ('lena', NULL, NULL, 'UTC', '0'), ('nora', 'nora', '4', 'UTC', '0');
    INSERT INTO photos (persona_id, path)
    SELECT persona, '/srv/photos/a-rather-long-file-name-' || n || '.jpg'
    FROM generate_series(1, 4) AS persona, generate_series(1, 9) AS n;
    INSERT INTO sealed_credentials (persona_id, name, sealed, expires_at) VALUES
      (1, 'access_token', '', now() + interval '41 days'), (2, 'access_token', '', now() + interval '3 days'), (4, 'access_token', '', NULL);
    INSERT INTO instances (host, boot_id, unit, pid, process_start_ticks, program, version, lease)
    VALUES ('publisher-one.example.org', 'b', 'belfry.service', 1, 1, 'run', '1', '1 minute');
    INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, caption)
    SELECT 1 + n % 3, (n % 3) * 9 + n / 3 + 1, now() + (n - 2) * interval '7 hours',
      'A caption that goes on for longer than anybody would want to read in a terminal, line ' || n
    FROM generate_series(0, 11) AS n;
    SELECT hold(4, 'wait until the client has looked at the picture and said yes to it');
    SELECT hold('lena', 'account review, see the mail of Monday');
    SET session_replication_role = replica;
    UPDATE scheduling_posts SET failure_class = 'wait', attempts = 7, next_attempt_at = now() + interval '1 h', failure_cause =
      'Instagram could not fetch the photo from https://media.example.org/8f/2e0d1b7a5c3944f0.jpg (9004/2207052)',
      failure_fix = 'Look at the address from outside, then belfry check --persona sarah --media.' WHERE id = 1;
    UPDATE scheduling_posts SET status = 'failed', failure_class = 'permanent', failure_cause = 'the photo is too wide: 3.1 to 1',
      failure_fix = 'Crop it to 1.91 to 1 or less.' WHERE id = 2;
    UPDATE scheduling_posts SET status = 'unconfirmed', publish_requested_at = now(), failure_class = 'unknown',
      failure_cause = 'the answer to the publishing request was lost: the connection was cut after 4,213 ms',
      failure_fix = 'Nothing yet: Belfry asks Instagram.' WHERE id = 5;
    SET session_replication_role = origin;
    UPDATE personas SET held_at = now(), held_by = 'belfry', held_class = 'account', held_advice = 'Log in again, then belfry credentials set nora.',
      held_reason = 'Instagram does not accept the access token any more (190/463)' WHERE name = 'nora';
    INSERT INTO wake_log (instance_id, reason, slot, started_at, finished_at, claimed, posted)
    SELECT 1, 'schedule', date_trunc('hour', now()), now(), now() + interval '3 s', 1234, 1233 FROM generate_series(1, 3);
    INSERT INTO publishing_limits (persona_id, used, total) VALUES (1, 98, 100);
    COPY inbox (persona, photo) FROM STDIN;
    nobody-of-this-name\t/srv/photos/a-file-that-is-not-there.jpg
    \\.
    ANALYZE;
    """

  @Test(
    "Every view for people fits 120 columns",
    arguments: [
      "queue", "due", "problems", "account_health", "quota_forecast", "runway", "wakes", "audit",
      "post_timeline", "refused", "unused_photos",
    ]
  )
  func width(view: String) async throws {
    let world = try await World()
    try await world.sql(Self.crowd)
    // psql as people use it: aligned, with headers.
    let output = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c", "exec psql -X --pset=pager=off --dbname=\"$1\" -c \"TABLE $2\"", "sh", world.conninfo,
        view,
      ],
      environment: [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "PGCLIENTENCODING": "UTF8", "LC_ALL": "C.UTF-8",
      ]
    )
    #expect(output.status.isSuccess, "\(output.stderr)")
    let lines = output.stdout.split(separator: "\n")
    #expect(lines.count >= 4, "the view has rows")
    let widest = lines.max { $0.count < $1.count } ?? ""
    #expect(widest.count <= 120, "\(output.stdout)")
  }
}
