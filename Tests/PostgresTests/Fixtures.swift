import Postgres
import TestSupport
import Testing

/// Opens a connection to a fresh database of the shared cluster.
func freshConnection(
  statementTimeout: Duration = .seconds(10),
  gracePeriod: Duration = .seconds(2),
  preparedStatements: Bool = true,
  onNotice: (@Sendable (PostgresNotice) -> Void)? = nil
) async throws -> PostgresConnection {
  let connection = PostgresConnection(
    ConnectionConfiguration(
      try await TemporaryPostgres.shared.createDatabase(),
      applicationName: "postgres tests",
      statementTimeout: statementTimeout,
      gracePeriod: gracePeriod,
      preparedStatements: preparedStatements,
      onNotice: onNotice
    )
  )
  try await connection.connect()
  return connection
}

/// Opens a second connection to the database of another.
func connection(_ conninfo: String) async throws -> PostgresConnection {
  let connection = PostgresConnection(ConnectionConfiguration(conninfo))
  try await connection.connect()
  return connection
}

/// Reads one number.
protocol NumberStatement: Statement where Row == Int {}

extension NumberStatement {
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int { try row.decode(0) }
}

/// `ping` with one row.
struct Ping: NumberStatement {
  static let sql: SQLText = "SELECT 1"
}

/// How many posts there are.
struct CountPosts: NumberStatement {
  static let sql: SQLText = "SELECT count(*) FROM posts"
}

/// How many sessions wait for the advisory lock 7.
struct CountWaiting: NumberStatement {
  /// pg_locks shows the whole cluster, and tests share one: only this test's database counts.
  static let sql: SQLText = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE datname = current_database() AND locktype = 'advisory' AND objid = 7 AND NOT granted
    """
}

/// A table with the usual constraints.
let postsTable: SQLText = """
  CREATE TABLE posts (
    id bigint CONSTRAINT posts_pkey PRIMARY KEY,
    caption text NOT NULL CONSTRAINT posts_caption_check CHECK (caption <> '')
  )
  """

/// Inserts a post.
let insertPost: SQLText = "INSERT INTO posts (id, caption) VALUES ($1, $2)"

/// Runs `body` and returns the `PostgresError` that it throws.
func failure(
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Void
) async throws -> PostgresError {
  try #require(
    await #expect(throws: PostgresError.self, sourceLocation: sourceLocation) { try await body() },
    sourceLocation: sourceLocation
  )
}

/// Runs `body` and returns the `TransactionError` that it throws.
func transactionFailure(
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Void
) async throws -> TransactionError {
  try #require(
    await #expect(throws: TransactionError.self, sourceLocation: sourceLocation) {
      try await body()
    },
    sourceLocation: sourceLocation
  )
}
