import Glibc
import Postgres
import TestSupport
import Testing

private struct Refusal: Error, Equatable {}

private struct Isolation: Statement {
  static let sql: SQLText = """
    SELECT current_setting('transaction_isolation') AS isolation,
      current_setting('transaction_read_only') AS read_only,
      current_setting('statement_timeout') AS timeout
    """

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> [String] {
    [try row.decode("isolation"), try row.decode("read_only"), try row.decode("timeout")]
  }
}

@Suite("A transaction commits, or says why not", .temporaryDatabases, .timeLimit(.minutes(2)))
struct TransactionTests {
  @Test("what the body did is there afterwards, and its value is returned")
  func commit() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    let count = try await connection.transaction { transaction in
      try transaction.execute(insertPost, [1, "one"])
      try transaction.script(
        "INSERT INTO posts VALUES (2, 'two'); INSERT INTO posts VALUES (3, '3')"
      )
      return try transaction.run(CountPosts())
    }
    #expect(count == [3])
    #expect(try await connection.run(CountPosts()) == [3])
  }

  @Test("an error of the body rolls back and is kept")
  func bodyError() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    let error = try await transactionFailure {
      try await connection.transaction { transaction in
        try transaction.execute(insertPost, [1, "one"])
        throw Refusal()
      }
    }
    #expect(error.body as? Refusal == Refusal())
    #expect(error.rollback == nil)
    #expect(!error.outcomeUnknown)
    #expect(try await connection.run(CountPosts()) == [0])
  }

  @Test("a server error in the body is found by its code")
  func serverError() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    let error = try await transactionFailure {
      try await connection.transaction { transaction in
        try transaction.execute(insertPost, [1, "one"])
        try transaction.execute(insertPost, [1, "two"])
      }
    }
    #expect(SQLState.uniqueViolation ~= error)
    #expect(try await connection.run(CountPosts()) == [0])
  }

  @Test("a swallowed error turns COMMIT into an error, not into a silent rollback")
  func swallowedError() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    let error = try await transactionFailure {
      try await connection.transaction { transaction in
        try transaction.execute(insertPost, [1, "one"])
        _ = try? transaction.execute(insertPost, [1, "two"])
      }
    }
    #expect(error.commit?.sqlState == .inFailedSQLTransaction)
    #expect(!error.outcomeUnknown)
    #expect(try await connection.run(CountPosts()) == [0])
  }

  @Test("a constraint that is checked at COMMIT is a commit error")
  func deferredConstraint() async throws {
    let connection = try await freshConnection()
    try await connection.execute("CREATE TABLE posts (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    let error = try await transactionFailure {
      try await connection.transaction { transaction in
        try transaction.script("INSERT INTO posts VALUES (1), (1)")
      }
    }
    #expect(error.commit?.code == .server(.uniqueViolation))
    #expect(!error.outcomeUnknown)
    #expect(error.description.hasPrefix("transaction did not commit: duplicate key"))
  }

  @Test("a session lost before COMMIT means undone, not unknown")
  func lostInBody() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let watcher = try await connection(conninfo)
    let victim = try await connection(conninfo)
    try await watcher.execute(postsTable)
    let error = try await transactionFailure {
      try await victim.transaction { transaction in
        try transaction.execute(insertPost, [1, "one"])
        try transaction.execute("SELECT pg_terminate_backend(pg_backend_pid())")
      }
    }
    #expect(error.postgres?.code == .connectionLost)
    #expect(error.postgres?.outcomeUnknown == false)
    #expect(error.rollback == nil)
    #expect(!error.outcomeUnknown)
    #expect(error.isTransient)
    #expect(try await watcher.run(CountPosts()) == [0])
  }

  @Test("a COMMIT without an answer is unknown")
  func lostInCommit() async throws {
    let connection = try await freshConnection(
      statementTimeout: .milliseconds(200),
      gracePeriod: .milliseconds(50)
    )
    let pid = try #require(await connection.backendProcessID)
    defer { kill(pid, SIGCONT) }
    let error = try await transactionFailure {
      try await connection.transaction { transaction in
        try transaction.execute("SELECT 1")
        kill(pid, SIGSTOP)
      }
    }
    #expect(error.commit?.code == .timedOut)
    #expect(error.outcomeUnknown)
    #expect(!error.isTransient)
  }

  @Test("isolation, access and time-out are those that were asked for, and end with it")
  func options() async throws {
    let connection = try await freshConnection(statementTimeout: .seconds(7))
    let options = TransactionOptions(
      isolation: .serializable,
      isReadOnly: true,
      statementTimeout: .seconds(90)
    )
    let inside = try await connection.transaction(options) { try $0.run(Isolation()) }
    #expect(inside == [["serializable", "on", "90s"]])
    #expect(try await connection.run(Isolation()) == [["read committed", "off", "7s"]])
  }

  @Test("a transaction on a connection that was never opened did not begin")
  func neverOpened() async throws {
    let connection = PostgresConnection(ConnectionConfiguration("host=/nonexistent"))
    let error = try await transactionFailure {
      _ = try await connection.transaction { try $0.run(Ping()) }
    }
    #expect(error.begin?.code == .closed)
  }

  @Test("a savepoint undoes what failed in it and nothing else, also when it lies in another")
  func savepoints() async throws {
    let connection = try await freshConnection()
    try await connection.execute(postsTable)
    let texts = try await connection.transaction { transaction in
      try transaction.execute(insertPost, [1, "kept"])
      let error = #expect(throws: PostgresError.self) {
        try transaction.savepoint { inner throws(PostgresError) in
          try inner.execute(insertPost, [2, "undone"])
          try inner.execute(insertPost, [1, "refused"])
        }
      }
      #expect(error?.sqlState == .uniqueViolation)
      return try transaction.savepoint { outer throws(PostgresError) in
        try outer.execute(insertPost, [3, "kept too"])
        #expect(throws: PostgresError.self) {
          try outer.savepoint { inner throws(PostgresError) in
            try inner.execute(insertPost, [3, "refused"])
          }
        }
        return try outer.run(CountPosts())
      }
    }
    #expect(texts == [2])
    #expect(try await connection.run(CountPosts()) == [2])
  }

  @Test("a session that ends inside a savepoint ends the transaction, and says so")
  func lostInSavepoint() async throws {
    let connection = try await freshConnection()
    let error = try await transactionFailure {
      try await connection.transaction { transaction in
        _ = try transaction.savepoint { inner throws(PostgresError) in
          try inner.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        }
      }
    }
    #expect(error.postgres?.code == .connectionLost)
    #expect(error.rollback == nil)
  }

  @Test("every part of a failure is shown, the first one first")
  func description() {
    let error = TransactionError(
      body: PostgresError(.server(.deadlockDetected), "deadlock detected"),
      rollback: PostgresError(.connectionLost, "the connection was lost")
    )
    #expect(
      error.description == """
        transaction was rolled back: deadlock detected (SQLSTATE 40P01)
        rollback failed: the connection was lost
        """
    )
    #expect(error.postgres?.sqlState == .deadlockDetected)
  }
}
