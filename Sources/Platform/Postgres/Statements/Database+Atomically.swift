extension Database {
  /// Runs `body` in one transaction and throws what went wrong as the one error that caused it.
  ///
  /// A commit whose answer was lost throws an error with `outcomeUnknown`; all writes in this module
  /// are safe to repeat or fenced.
  package func atomically<R: Sendable>(
    isolation: TransactionOptions.Isolation = .readCommitted,
    statementTimeout: Duration? = nil,
    _ body: @Sendable (borrowing Transaction) throws(PostgresError) -> R
  ) async throws(PostgresError) -> R {
    do {
      let options = TransactionOptions(isolation: isolation, statementTimeout: statementTimeout)
      return try await transaction(options) { transaction in try body(transaction) }
    } catch {
      throw error.postgres
        ?? PostgresError(.closed, "the transaction failed: \(error)")
    }
  }
}

extension PostgresError {
  /// A statement that always answers a row answered none.
  package static func missingRow(_ table: String) -> PostgresError {
    PostgresError(.decoding(column: table), "no row came back from \(table)")
  }

  /// Whether the same write may succeed when it is repeated later: the connection or the server had a
  /// passing fault.
  package var isWorthRepeating: Bool {
    switch code {
    case .server(let state): state.isTransient || state.isConnectionLoss
    case .decoding, .encoding: false
    default: true
    }
  }
}
