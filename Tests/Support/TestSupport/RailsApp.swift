/// The database of the Rails app that Belfry replaces, made up for a test, in one of its versions.
public struct RailsApp: Sendable {
  /// What its schema had come to.
  public enum Version: String, Sendable, CaseIterable {
    /// Personas, photos with a path, posts.
    case first
    /// Clusters that do not say whose they are, analyses, strategies, hashtags.
    case clustered
    /// Clusters with a persona; photos are files of ActiveStorage and have no path.
    case attached
  }

  /// Its cluster.
  public let postgres: TemporaryPostgres
  /// Its connection string.
  public let conninfo: String

  /// Creates the database.
  public init(_ version: Version, on postgres: TemporaryPostgres) async throws {
    self.postgres = postgres
    conninfo = try await postgres.createDatabase()
    try await sql(Self.schema(version))
  }

  /// Runs SQL in it.
  @discardableResult
  public func sql(_ text: String) async throws -> String {
    let output = try await postgres.psql(text, conninfo: conninfo)
    guard output.status.isSuccess else { throw ChildProcessError("psql: \(output.stderr)") }
    return output.stdout.last == "\n" ? String(output.stdout.dropLast()) : output.stdout
  }

  /// Everything in it as one text, to tell whether it was changed.
  public func contents() async throws -> String {
    try await sql(
      """
      SELECT relname, query_to_xml('SELECT * FROM ' || quote_ident(relname) || ' ORDER BY 1', true, false, '')
      FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname
      """
    )
  }

  private static func schema(_ version: Version) -> String {
    switch version {
    case .first: tables(photos: "path varchar NOT NULL UNIQUE", posts: "")
    case .clustered:
      tables(
        photos: "path varchar NOT NULL UNIQUE, cluster_id bigint, embedding text",
        posts: laterPostColumns
      ) + clusters("") + """
        CREATE TABLE photo_analyses (id bigserial PRIMARY KEY, photo_id bigint, aesthetic_score float, caption text);
        CREATE TABLE content_strategy_states (id bigserial PRIMARY KEY, persona_id bigint);
        CREATE TABLE content_strategy_histories (id bigserial PRIMARY KEY, persona_id bigint);
        """ + metadata
    case .attached:
      tables(photos: "cluster_id bigint", posts: laterPostColumns)
        + clusters(", persona_id bigint") + """
          CREATE TABLE active_storage_blobs (
            id bigserial PRIMARY KEY, key varchar NOT NULL UNIQUE, filename varchar NOT NULL, content_type varchar,
            metadata text, service_name varchar NOT NULL DEFAULT 'local', byte_size bigint NOT NULL, checksum varchar);
          CREATE TABLE active_storage_attachments (
            id bigserial PRIMARY KEY, name varchar NOT NULL, record_type varchar NOT NULL, record_id bigint NOT NULL,
            blob_id bigint NOT NULL REFERENCES active_storage_blobs);
          """ + metadata
    }
  }

  private static let laterPostColumns = """
    , cluster_id bigint, strategy_name varchar, optimal_time_calculated timestamp(6),
    hashtags jsonb DEFAULT '[]', caption_metadata jsonb
    """

  private static let metadata = """
    CREATE TABLE ar_internal_metadata (
      key varchar PRIMARY KEY, value varchar, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
    INSERT INTO ar_internal_metadata VALUES ('environment', 'production', localtimestamp, localtimestamp);
    """

  private static func clusters(_ more: String) -> String {
    """
    CREATE TABLE clusters (
      id bigserial PRIMARY KEY, name varchar, status int DEFAULT 0, photos_count int DEFAULT 0,
      created_at timestamp(6) DEFAULT localtimestamp, updated_at timestamp(6) DEFAULT localtimestamp\(more));
    """
  }

  private static func tables(photos: String, posts: String) -> String {
    """
    SET TimeZone = 'UTC';
    ALTER DATABASE :DBNAME SET TimeZone = 'UTC';
    CREATE TABLE personas (
      id bigserial PRIMARY KEY, name varchar NOT NULL UNIQUE, tone varchar,
      created_at timestamp(6) DEFAULT '2024-01-02 03:04:05.678', updated_at timestamp(6) DEFAULT '2024-01-02 03:04:06');
    CREATE TABLE photos (
      id bigserial PRIMARY KEY, persona_id bigint, \(photos),
      created_at timestamp(6) DEFAULT '2024-02-02', updated_at timestamp(6) DEFAULT '2024-02-03');
    CREATE TABLE scheduling_posts (
      id bigserial PRIMARY KEY, photo_id bigint NOT NULL, persona_id bigint NOT NULL, caption text,
      status varchar DEFAULT 'draft', provider_post_id varchar, scheduled_at timestamp(6), posted_at timestamp(6),
      created_at timestamp(6) DEFAULT '2024-03-03', updated_at timestamp(6) DEFAULT '2024-03-04'\(posts),
      UNIQUE (photo_id, persona_id));
    """
  }
}
