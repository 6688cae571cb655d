import Glibc
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(
  "A connection says what happened to each statement",
  .temporaryDatabases,
  .timeLimit(.minutes(3))
)
struct ConnectionTests {
  @Test("without a server the error names the socket and says what to check")
  func noServer() async throws {
    let connection = PostgresConnection(
      ConnectionConfiguration("host=/nonexistent dbname=belfry password=secret")
    )
    let error = try await failure { try await connection.connect() }
    #expect(error.code == .connectionFailed)
    #expect(error.message.contains("/nonexistent/.s.PGSQL.5432"))
    #expect(error.message.contains("PostgreSQL (database belfry, host /nonexistent)"))
    #expect(error.hint?.contains("pg_isready") == true)
    #expect(!error.description.contains("secret"))
    #expect(!error.outcomeUnknown)
  }

  @Test("a missing database or role is named, with the remedy")
  func missingDatabase() async throws {
    let cluster = try await TemporaryPostgres.shared
    let noDatabase = PostgresConnection(
      ConnectionConfiguration(cluster.conninfo(database: "nowhere"))
    )
    let first = try await failure { try await noDatabase.connect() }
    #expect(first.message.contains("database \"nowhere\" does not exist"))
    #expect(first.hint?.hasPrefix("Create the database") == true)
    let noRole = PostgresConnection(
      ConnectionConfiguration(cluster.conninfo(database: "postgres", user: "nobody_here"))
    )
    let second = try await failure { try await noRole.connect() }
    #expect(second.hint?.hasPrefix("Create the role") == true)
  }

  @Test("a malformed connection string does not leak the password's second word")
  func malformed() async throws {
    let connection = PostgresConnection(ConnectionConfiguration("host=x password=top secret"))
    let error = try await failure { try await connection.connect() }
    #expect(error.code == .malformedConninfo)
    #expect(!error.description.contains("secret"))
  }

  @Test("a connection connects once, and says so before and after")
  func lifeCycle() async throws {
    let connection = PostgresConnection(
      ConnectionConfiguration(try await TemporaryPostgres.shared.createDatabase())
    )
    #expect(try await failure { _ = try await connection.run(Ping()) }.code == .closed)
    #expect(await !connection.isHealthy)
    try await connection.connect()
    #expect(await connection.isHealthy)
    #expect(await (connection.serverVersion ?? 0) >= 130_000)
    await connection.close()
    #expect(try await failure { _ = try await connection.run(Ping()) }.code == .closed)
    #expect(try await failure { try await connection.connect() }.code == .closed)
  }

  @Test("execute counts the rows that it changed")
  func affectedRows() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    #expect(try await connection.execute(insertPost, [1, "one"]) == 1)
    #expect(try await connection.execute(insertPost, [2, "two"]) == 1)
    #expect(try await connection.execute("UPDATE posts SET caption = caption || '!'") == 2)
    #expect(try await connection.run(CountPosts()) == [2])
  }

  @Test("a refused row comes with code, constraint, table and statement, but no values")
  func constraint() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    try await connection.execute(insertPost, [4711, "one"])
    let error = try await failure { try await connection.execute(insertPost, [4711, "two"]) }
    #expect(error.code == .server(.uniqueViolation))
    #expect(error.constraint == "posts_pkey")
    #expect(error.table == "posts")
    #expect(error.severity == "ERROR")
    #expect(error.statement == insertPost.text)
    #expect(error.detail?.contains("4711") == true)
    #expect(!error.description.contains("4711"))
    #expect(!error.outcomeUnknown)
    let check = try await failure { try await connection.execute(insertPost, [5, ""]) }
    #expect(check.code == .server(.checkViolation))
    #expect(SQLState.uniqueViolation ~= error)
    #expect(!(SQLState.uniqueViolation ~= check))
    #expect(try await connection.run(CountPosts()) == [1])
  }

  @Test("a value that a data exception quotes stays out of the description")
  func dataException() async throws {
    let connection = try await freshConnection()
    let error = try await failure {
      try await connection.execute("SELECT $1::text::bigint", ["secret"])
    }
    #expect(error.code == .server(.invalidTextRepresentation))
    #expect(error.message.contains("secret"))
    #expect(
      error.description == "invalid input syntax for type bigint (SQLSTATE 22P02)"
    )
  }

  @Test("the server's hint wins over ours, and ours fills the gap")
  func hints() async throws {
    let connection = try await freshConnection()
    let raised = try await failure {
      try await connection.script(
        "DO $$ BEGIN RAISE EXCEPTION 'no such persona' USING HINT = 'Add it first.'; END $$"
      )
    }
    #expect(raised.code == .server(.raiseException))
    #expect(raised.description == "no such persona (SQLSTATE P0001)\nHINT: Add it first.")
    let table = try await failure { try await connection.execute("SELECT * FROM nowhere") }
    #expect(table.code == .server(.undefinedTable))
    #expect(table.position == 15)
    #expect(table.hint?.contains("schema") == true)
  }

  @Test("a script takes effect as a whole or not at all")
  func scripts() async throws {
    let connection = try await freshConnection()
    try await connection.script(
      "CREATE TABLE posts (id int); INSERT INTO posts VALUES (1); INSERT INTO posts VALUES (2)"
    )
    #expect(try await connection.run(CountPosts()) == [2])
    let error = try await failure {
      try await connection.script("DELETE FROM posts; SELECT 1/0", timeout: .seconds(60))
    }
    #expect(error.sqlState == SQLState(rawValue: "22012"))
    #expect(try await connection.run(CountPosts()) == [2])
  }

  @Test("a transaction left open by hand is rolled back and reported")
  func leftOpen() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    let error = try await failure {
      try await connection.script("BEGIN; INSERT INTO posts VALUES (1, 'one')")
    }
    #expect(error.code == .server(.activeSQLTransaction))
    #expect(try await connection.run(CountPosts()) == [0])
  }

  @Test("the server's time-out ends the statement, not the connection")
  func statementTimeout() async throws {
    let connection = try await freshConnection(statementTimeout: .milliseconds(50))
    let error = try await failure { try await connection.execute("SELECT pg_sleep(600)") }
    #expect(error.code == .server(.queryCanceled))
    #expect(!error.outcomeUnknown)
    #expect(try await connection.run(Ping()) == [1])
  }

  @Test("a script may have a longer limit, which does not stay")
  func scriptTimeout() async throws {
    let connection = try await freshConnection(statementTimeout: .milliseconds(100))
    try await connection.script("SELECT pg_sleep(0.3)", timeout: .seconds(60))
    let error = try await failure { try await connection.execute("SELECT pg_sleep(600)") }
    #expect(error.code == .server(.queryCanceled))
  }

  @Test("a server that does not answer is given up, and the outcome is unknown")
  func frozenServer() async throws {
    let connection = try await freshConnection(
      statementTimeout: .milliseconds(50),
      gracePeriod: .milliseconds(50)
    )
    let pid = try #require(await connection.backendProcessID)
    kill(pid, SIGSTOP)
    defer { kill(pid, SIGCONT) }
    let error = try await failure { _ = try await connection.execute("SELECT 2") }
    #expect(error.code == .timedOut)
    // It was being prepared, so it never ran.
    #expect(!error.outcomeUnknown)
    #expect(await !connection.isHealthy)
  }

  @Test("a prepared statement without an answer may have run")
  func frozenServerAfterPreparing() async throws {
    let connection = try await freshConnection(
      statementTimeout: .milliseconds(50),
      gracePeriod: .milliseconds(50)
    )
    #expect(try await connection.run(Ping()) == [1])
    let pid = try #require(await connection.backendProcessID)
    kill(pid, SIGSTOP)
    defer { kill(pid, SIGCONT) }
    let error = try await failure { _ = try await connection.run(Ping()) }
    #expect(error.code == .timedOut)
    #expect(error.outcomeUnknown)
    let later = try await failure { _ = try await connection.run(Ping()) }
    #expect(!later.outcomeUnknown, "what was never sent has a known outcome")
  }

  @Test("a session killed during a statement leaves the outcome unknown")
  func killedDuringStatement() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let holder = try await connection(conninfo)
    let victim = try await connection(conninfo)
    let pid = try #require(await victim.backendProcessID)
    try await holder.execute("SELECT pg_advisory_lock(7)")
    async let waiting = failure { try await victim.execute("SELECT pg_advisory_lock(7)") }
    while try await holder.run(CountWaiting()) != [1] { await Task.yield() }
    try await holder.execute("SELECT pg_terminate_backend($1)", [SQLValue(pid)])
    let error = try await waiting
    #expect(error.code == .connectionLost)
    #expect(error.sqlState == .adminShutdown)
    #expect(error.outcomeUnknown)
    #expect(error.description.contains("may or may not have taken effect"))
    #expect(await !victim.isHealthy)
  }

  @Test("a session that was killed while idle is noticed before anything is sent")
  func killedWhileIdle() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let killer = try await connection(conninfo)
    let victim = try await connection(conninfo)
    let pid = try #require(await victim.backendProcessID)
    // With a time-out this waits until the session has ended.
    try await killer.execute("SELECT pg_terminate_backend($1, 5000)", [SQLValue(pid)])
    let error = try await failure { _ = try await victim.run(Ping()) }
    #expect(error.code == .connectionLost)
    #expect(error.sqlState == .adminShutdown)
    #expect(!error.outcomeUnknown)
  }

  @Test("COPY is refused instead of waiting for ever")
  func copy() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    let error = try await failure { try await connection.script("COPY posts FROM STDIN") }
    #expect(error.message.contains("COPY"))
    #expect(error.isConnectionLoss)
  }

  @Test("a statement whose result type changed is prepared anew")
  func changedResultType() async throws {
    struct ReadPost: Statement {
      static let sql: SQLText = "SELECT * FROM posts"
      static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
        try row.decode("caption")
      }
    }
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    try await connection.execute(insertPost, [1, "one"])
    #expect(try await connection.run(ReadPost()) == ["one"])
    try await connection.script("ALTER TABLE posts ADD extra int")
    let error = try await failure { _ = try await connection.run(ReadPost()) }
    #expect(error.code == .server(.featureNotSupported))
    #expect(try await connection.run(ReadPost()) == ["one"])
  }

  @Test("two connections work in parallel")
  func parallel() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let first = try await connection(conninfo)
    let second = try await connection(conninfo)
    try await first.execute("SELECT pg_advisory_lock(7)")
    async let blocked: Int = second.execute("SELECT pg_advisory_lock(7)")
    while try await first.run(CountWaiting()) != [1] { await Task.yield() }
    try await first.execute("SELECT pg_advisory_unlock(7)")
    #expect(try await blocked == 1)
  }

  @Test("notices reach the callback")
  func notices() async throws {
    let seen = Mutex<[String]>([])
    let connection = try await freshConnection { notice in
      seen.withLock { $0.append("\(notice.severity): \(notice.message)") }
    }
    try await connection.script("DO $$ BEGIN RAISE WARNING 'mind the gap'; END $$")
    #expect(seen.withLock(\.self) == ["WARNING: mind the gap"])
  }
}
