import Postgres
import TestSupport
import Testing

private struct BackendID: NumberStatement {
  static let sql: SQLText = "SELECT pg_backend_pid()"
}

@Suite("A database replaces a broken connection", .temporaryDatabases, .timeLimit(.minutes(3)))
struct DatabaseTests {
  @Test("callers at the same moment share one connection")
  func oneConnection() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let database = Database(ConnectionConfiguration(conninfo))
    async let first = database.run(BackendID())
    async let second = database.run(BackendID())
    let (one, two) = try await (first, second)
    #expect(one == two)
  }

  @Test("a statement that never left is run on a fresh connection, once")
  func retry() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let database = Database(ConnectionConfiguration(conninfo))
    let killer = try await connection(conninfo)
    try await database.execute(postsTable)
    for id in 1...3 {
      let pid = try #require(try await database.run(BackendID()).first)
      try await killer.execute("SELECT pg_terminate_backend($1, 5000)", [SQLValue(pid)])
      #expect(try await database.execute(insertPost, [SQLValue(id), "one"]) == 1)
      let next = try #require(try await database.run(BackendID()).first)
      try await killer.execute("SELECT pg_terminate_backend($1, 5000)", [SQLValue(next)])
      try await database.transaction { try $0.execute("SELECT 1") }
    }
    #expect(try await database.run(CountPosts()) == [3])
  }

  @Test("a statement whose outcome is unknown is not run again")
  func noBlindRetry() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let database = Database(ConnectionConfiguration(conninfo))
    try await database.script(
      """
      CREATE SEQUENCE runs;
      CREATE FUNCTION die() RETURNS void LANGUAGE plpgsql AS $$
      BEGIN PERFORM nextval('runs'); PERFORM pg_terminate_backend(pg_backend_pid()); END $$
      """
    )
    let error = try await failure { try await database.execute("SELECT die()") }
    #expect(error.code == .connectionLost)
    #expect(error.outcomeUnknown)
    struct Runs: NumberStatement {
      static let sql: SQLText = "SELECT nextval('runs') - 1"
    }
    // The increment may not have reached the log before the session died, but it never counts two.
    #expect(try await database.run(Runs()) == [1])
  }

  @Test("an outage is reported once, and so is its end")
  func outage() async throws {
    let cluster = try await TemporaryPostgres()
    let conninfo = try await cluster.createDatabase()
    let database = Database(ConnectionConfiguration(conninfo))
    try await database.connect()
    await cluster.stop()
    for _ in 1...5 {
      let error = try await failure { _ = try await database.run(Ping()) }
      #expect(!error.outcomeUnknown)
    }
    await #expect(throws: PostgresError.self) { try await database.connect() }
    async let back: Void = database.connectEventually()
    try await cluster.start()
    try await back
    #expect(try await database.run(Ping()) == [1])
    await database.close()
    var changes: [String] = []
    for await change in database.changes {
      switch change {
      case .connected: changes.append("connected")
      case .lost(let error): changes.append("lost \(error.code == .connectionLost)")
      }
    }
    #expect(changes == ["connected", "lost true", "connected"])
    #expect(try await failure { _ = try await database.run(Ping()) }.code == .closed)
  }

  @Test("after a failed connect the next call fails at once with the same error")
  func pause() async throws {
    let database = Database(ConnectionConfiguration("host=/nonexistent dbname=belfry"))
    let first = try await failure { _ = try await database.run(Ping()) }
    let second = try await failure { _ = try await database.run(Ping()) }
    #expect(first.code == .connectionFailed)
    #expect(first.message == second.message)
  }
}

private struct Largest: RandomNumberGenerator {
  func next() -> UInt64 { .max }
}

/// Small, but not 0, which unbiased sampling would reject for ever.
private struct Smallest: RandomNumberGenerator {
  func next() -> UInt64 { 1 << 20 }
}

@Suite("The pause between attempts grows")

struct BackoffTests {
  @Test("it doubles up to 30 seconds and starts again after a success")
  func growth() {
    var backoff = Backoff()
    var largest = Largest()
    let waits = (0..<10).map { _ in backoff.next(using: &largest) }
    let expected: [Duration] = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]
      .map { .milliseconds(Int64($0 * 1_000)) }
    #expect(waits == expected)
    backoff.reset()
    #expect(backoff.next(using: &largest) == .milliseconds(200))
  }

  @Test("it is never shorter than a tenth of a second")
  func floor() {
    var backoff = Backoff()
    var smallest = Smallest()
    for _ in 0..<10 { #expect(backoff.next(using: &smallest) == .milliseconds(100)) }
  }
}
