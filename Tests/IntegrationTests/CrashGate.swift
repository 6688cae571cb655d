import Postgres
import TestSupport

/// A gate in the test's own database at which a transaction of Belfry is held, before its commit or inside it.
///
/// A trigger on the tables that publishing writes waits for an advisory lock that the gate holds. An
/// ordinary trigger waits inside the statement: a client that is killed there never sends its COMMIT. A
/// deferred constraint trigger waits inside COMMIT: the server commits although its client is gone, and the
/// answer is lost. Nothing of this is known to the program.
///
/// What can be named, each for one post:
///
///     STEP PHASE            a step's record, for example `CreateMediaContainer started`
///     FROM>TO               a change of the post's status
///     marked, media         the publish mark is set, the media id is recorded
///     takeover, look        the lease changes hands, a check of an unconfirmed post begins
///     looked                a check has ended without a decision
struct CrashGate: Sendable {
  private let keeper: PostgresConnection
  private let database: Database

  /// Installs the triggers.
  init(_ fixture: CrashFixture) async throws {
    database = fixture.database
    keeper = PostgresConnection(
      ConnectionConfiguration(fixture.installation.conninfo, applicationName: "crash gate")
    )
    try await keeper.connect()
    try await database.script(Self.triggers)
  }

  /// Holds the next transaction that passes this point of this post.
  func close(_ point: String, inside commit: Bool, post: Int64) async throws {
    try await keeper.execute("SELECT pg_advisory_lock(4711)")
    try await database.execute(
      "INSERT INTO crash.gate VALUES ($1, $2)",
      [.int(post), .text((commit ? "commit " : "before ") + point)]
    )
  }

  /// Waits until a transaction stands at the gate.
  func visitor() async throws {
    try await eventually("somebody stands at the gate") {
      try await database.run(CountVisitors()).first == 1
    }
  }

  /// Lets go of who stands there, and of all who come.
  func open() async throws {
    try await database.execute("DELETE FROM crash.gate")
    try await keeper.execute("SELECT pg_advisory_unlock(4711)")
  }

  func tearDown() async { await keeper.close() }

  private static let triggers: SQLText = """
    CREATE SCHEMA crash;
    CREATE TABLE crash.gate (post bigint NOT NULL, point text NOT NULL);
    CREATE FUNCTION crash.hold() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      subject bigint;
      points text[];
    BEGIN
      IF TG_TABLE_NAME = 'post_steps' THEN
        subject := NEW.post_id;
        points := ARRAY[NEW.name || ' ' || NEW.phase];
      ELSE
        subject := NEW.id;
        points := ARRAY[
          CASE WHEN OLD.status <> NEW.status THEN OLD.status || '>' || NEW.status END,
          CASE WHEN OLD.publish_requested_at IS NULL AND NEW.publish_requested_at IS NOT NULL THEN 'marked' END,
          CASE WHEN OLD.provider_post_id IS NULL AND NEW.provider_post_id IS NOT NULL THEN 'media' END,
          CASE WHEN OLD.lease_token <> NEW.lease_token THEN 'takeover' END,
          CASE WHEN OLD.reconcile_checks < NEW.reconcile_checks THEN 'look' END,
          CASE WHEN OLD.status = 'unconfirmed' AND NEW.status = 'unconfirmed'
            AND OLD.reconcile_checks = NEW.reconcile_checks THEN 'looked' END];
      END IF;
      IF EXISTS (
        SELECT FROM crash.gate
        WHERE gate.post = subject AND gate.point = ANY (
          SELECT TG_ARGV[0] || ' ' || point FROM unnest(points) AS point WHERE point IS NOT NULL))
      THEN
        PERFORM pg_advisory_xact_lock_shared(4711);
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER crash_before AFTER UPDATE ON scheduling_posts
      FOR EACH ROW EXECUTE FUNCTION crash.hold('before');
    CREATE TRIGGER crash_before AFTER INSERT OR UPDATE ON post_steps
      FOR EACH ROW EXECUTE FUNCTION crash.hold('before');
    CREATE CONSTRAINT TRIGGER crash_commit AFTER UPDATE ON scheduling_posts DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION crash.hold('commit');
    CREATE CONSTRAINT TRIGGER crash_commit AFTER INSERT OR UPDATE ON post_steps DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION crash.hold('commit');
    """
}

private struct CountVisitors: Statement {
  static let sql: SQLText = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int { try row.decode(0) }
}
