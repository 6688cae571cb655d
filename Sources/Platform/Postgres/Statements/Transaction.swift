/// How a transaction is begun.
public struct TransactionOptions: Sendable {
  /// The isolation levels that PostgreSQL tells apart.
  public enum Isolation: String, Sendable {
    /// Each statement sees what was committed before it.
    case readCommitted = "READ COMMITTED"
    /// All statements see one snapshot.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after another; may fail with 40001.
    case serializable = "SERIALIZABLE"
  }

  /// What its statements see of others.
  public var isolation: Isolation
  /// Whether writes are refused.
  public var isReadOnly: Bool
  /// A limit for each statement instead of the connection's; migrations need more.
  public var statementTimeout: Duration?

  /// Makes options; the defaults are PostgreSQL's own.
  public init(
    isolation: Isolation = .readCommitted,
    isReadOnly: Bool = false,
    statementTimeout: Duration? = nil
  ) {
    self.isolation = isolation
    self.isReadOnly = isReadOnly
    self.statementTimeout = statementTimeout
  }

  func begin(usualTimeout: Duration) -> SQLText {
    let access = isReadOnly ? "READ ONLY" : "READ WRITE"
    let timeout = (statementTimeout ?? usualTimeout).milliseconds
    return SQLText(
      composed: "BEGIN ISOLATION LEVEL \(isolation.rawValue)"
        // A read-write transaction does not say so: default_transaction_read_only stays in force.
        + (isReadOnly ? " \(access)" : "")
        + "; SET LOCAL statement_timeout = \(timeout)"
        // Bodies never wait, so a transaction that idles belongs to a process that is frozen or to a host that
        // is gone; without this its locks would stay for as long.
        + "; SET LOCAL idle_in_transaction_session_timeout = \(timeout)"
    )
  }
}

/// The open transaction, lent to a body; statements run at once, on the connection's queue.
public struct Transaction: ~Copyable {
  private let session: Session

  init(_ session: Session) {
    self.session = session
  }

  /// Runs a statement and reads its rows.
  public func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
    let result = try session.perform(S.sql, statement.bindings, scope: .tentative)
    return try result.rows(S.decode)
  }

  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  public func execute(
    _ sql: SQLText,
    _ bindings: [SQLValue] = []
  ) throws(PostgresError) -> Int {
    try session.perform(sql, bindings, scope: .tentative).affectedRows
  }

  /// Runs several statements at once, such as a migration; they must not end the transaction.
  public func script(_ sql: SQLText) throws(PostgresError) {
    _ = try session.script(sql, scope: .tentative)
  }

  /// Runs `body` so that its failure undoes what it did and nothing else: the transaction goes on.
  ///
  /// May be nested. What the server remembers of a savepoint is released in either case.
  public func savepoint<R>(
    _ body: (borrowing Transaction) throws(PostgresError) -> R
  ) throws(PostgresError) -> R {
    try script("SAVEPOINT belfry")
    let value: R
    do {
      value = try body(self)
    } catch {
      // Of a session that is over nothing is left to undo; the error says so.
      if session.failure == nil {
        try script("ROLLBACK TO SAVEPOINT belfry; RELEASE SAVEPOINT belfry")
      }
      throw error
    }
    try script("RELEASE SAVEPOINT belfry")
    return value
  }
}

extension Session {
  /// Begins, runs `body`, and commits or rolls back.
  func transaction<R>(
    _ options: TransactionOptions,
    usualTimeout: Duration,
    _ body: (borrowing Transaction) throws -> R
  ) throws(TransactionError) -> R {
    try withStatementTimeout(options.statementTimeout) { () throws(TransactionError) -> R in
      do throws(PostgresError) {
        _ = try script(options.begin(usualTimeout: usualTimeout), scope: .tentative)
      } catch {
        throw TransactionError(begin: error, rollback: rollback())
      }
      let value: R
      do {
        value = try body(Transaction(self))
      } catch {
        throw TransactionError(body: error, rollback: rollback())
      }
      try commit()
      return value
    }
  }

  private func commit() throws(TransactionError) {
    do throws(PostgresError) {
      let answer = try script("COMMIT", scope: .effective)
      // The server answers so when a statement had failed and the body went on regardless.
      guard answer.commandTag == "COMMIT" else { throw PostgresError.commitBecameRollback }
    } catch {
      throw TransactionError(commit: error, rollback: rollback())
    }
  }

  /// Rolls back what is open; a session that is over has nothing left to roll back.
  func rollback() -> PostgresError? {
    guard failure == nil, !isOutsideTransaction else { return nil }
    do {
      _ = try script("ROLLBACK", scope: .tentative)
      return nil
    } catch {
      return error
    }
  }
}
