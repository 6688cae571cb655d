/// One connection that is replaced when it breaks.
///
/// A call on a broken connection connects first. While connecting fails, calls fail at once with the
/// last error until a jittered pause (0.1 to 30 s) is over, so that a server coming back is not stormed.
/// A statement that never left is run once more on the fresh connection; one whose outcome is unknown
/// never is.
public actor Database {
  /// A change that is worth a line in the journal.
  public enum Change: Sendable {
    /// A session is open, the first or after a loss.
    case connected(serverVersion: Int)
    /// The session is gone, or the first attempt failed.
    case lost(PostgresError)
  }

  private enum State {
    case disconnected
    case connecting(Task<Result<PostgresConnection, PostgresError>, Never>)
    case connected(PostgresConnection)
    case closed
  }

  private let configuration: ConnectionConfiguration
  private let changeInput: AsyncStream<Change>.Continuation
  private var state = State.disconnected
  private var backoff = Backoff()
  /// The last failure to connect, and when to try again.
  private var refusal: (error: PostgresError, until: ContinuousClock.Instant)?
  private var hasReportedLoss = false
  private var connectingSince = ContinuousClock.now
  private let completions = Completions()

  /// Each change between connected and lost, once.
  ///
  /// Ends with `close()`. One reader.
  public nonisolated let changes: AsyncStream<Change>

  /// Makes a database that connects when it is first used.
  public init(_ configuration: ConnectionConfiguration) {
    self.configuration = configuration
    (changes, changeInput) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
  }

  deinit {
    changeInput.finish()
  }

  /// Connects now unless connected; does not wait for the pause after a failure.
  public func connect() async throws(PostgresError) {
    refusal = nil
    _ = try await connection()
  }

  /// Connects, trying again with growing pauses until it succeeds, is closed or is cancelled.
  public func connectEventually() async throws {
    while true {
      do {
        _ = try await connection()
        return
      } catch {
        if error.code == .closed { throw error }
        try await Task.sleep(until: refusal?.until ?? .now, clock: .continuous)
      }
    }
  }

  /// Closes for good; later calls throw `closed`.
  public func close() async {
    let last = state
    state = .closed
    changeInput.finish()
    switch last {
    case .connected(let connection): await connection.close()
    case .connecting(let attempt):
      if case .success(let new) = await attempt.value { await new.close() }
    case .disconnected, .closed: break
    }
  }

  /// Runs a statement and reads its rows; each statement is a transaction of its own.
  public func run<S: Statement>(_ statement: S) async throws(PostgresError) -> [S.Row] {
    try await withConnection { connection throws(PostgresError) in
      try await connection.run(statement)
    }
  }

  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  public func execute(
    _ sql: SQLText,
    _ bindings: [SQLValue] = []
  ) async throws(PostgresError) -> Int {
    try await withConnection { connection throws(PostgresError) in
      try await connection.execute(sql, bindings)
    }
  }

  /// Runs several statements at once; see `PostgresConnection.script(_:timeout:)`.
  public func script(_ sql: SQLText, timeout: Duration? = nil) async throws(PostgresError) {
    try await withConnection { connection throws(PostgresError) in
      try await connection.script(sql, timeout: timeout)
    }
  }

  /// Runs `body` in a transaction, at most once.
  ///
  /// See `PostgresConnection.transaction(_:_:)`.
  @discardableResult
  public func transaction<R: Sendable>(
    _ options: TransactionOptions = TransactionOptions(),
    _ body: @Sendable (borrowing Transaction) throws -> R
  ) async throws(TransactionError) -> R {
    completions.callBegins()
    defer { completions.callEnds() }
    var isRetry = false
    while true {
      let current: PostgresConnection
      do {
        current = try await connection()
      } catch {
        throw TransactionError(begin: error)
      }
      do {
        return try await current.transaction(options, body)
      } catch {
        let loss = [error.begin, error.body as? PostgresError, error.commit, error.rollback]
          .compactMap(\.self).first(where: \.isConnectionLoss)
        if let loss { noteLoss(loss, of: current) }
        // Without a BEGIN the body has not run.
        guard error.begin?.code == .connectionLost, !isRetry else { throw error }
        isRetry = true
      }
    }
  }

  // MARK: For a watchdog

  /// Grows with each connect and each statement that ended, however it ended.
  public nonisolated var completed: UInt64 { completions.count }

  /// Whether somebody waits for a statement or a transaction.
  public nonisolated var isAwaited: Bool { completions.isAwaited }

  /// Returns when this actor and the connection's queue have answered.
  ///
  /// The server is not asked: a server that is away is not our fault. So without a connection the answer
  /// comes at once; while one is being made, too, unless that takes longer than all hosts of a connection
  /// string and their name servers explain. A queue full of statements answers late; ``completed`` grows
  /// meanwhile.
  public func answer() async {
    switch state {
    case .connected(let connection): await connection.answer()
    case .connecting(let attempt):
      if ContinuousClock.now - connectingSince > .seconds(300) { _ = await attempt.value }
    case .disconnected, .closed: break
    }
  }

  // MARK: Details

  private func withConnection<R: Sendable>(
    _ body: (PostgresConnection) async throws(PostgresError) -> R
  ) async throws(PostgresError) -> R {
    completions.callBegins()
    defer { completions.callEnds() }
    var isRetry = false
    while true {
      let current = try await connection()
      do {
        return try await body(current)
      } catch {
        if error.isConnectionLoss { noteLoss(error, of: current) }
        guard error.code == .connectionLost, !error.outcomeUnknown, !isRetry else { throw error }
        isRetry = true
      }
    }
  }

  /// The open connection, or the one that is being made; callers share one attempt.
  private func connection() async throws(PostgresError) -> PostgresConnection {
    switch state {
    case .closed: throw .notConnected
    case .connected(let connection): return connection
    case .connecting(let attempt): return try await attempt.value.get()
    case .disconnected: break
    }
    if let refusal, ContinuousClock.now < refusal.until { throw refusal.error }
    let configuration = configuration
    let completions = completions
    let attempt = Task { () -> Result<PostgresConnection, PostgresError> in
      let connection = PostgresConnection(configuration, completions)
      do throws(PostgresError) {
        try await connection.connect()
      } catch {
        return self.finish(failure: error)
      }
      return self.finish(connection, serverVersion: await connection.serverVersion ?? 0)
    }
    state = .connecting(attempt)
    connectingSince = .now
    return try await attempt.value.get()
  }

  private func finish(
    _ connection: PostgresConnection,
    serverVersion: Int
  ) -> Result<PostgresConnection, PostgresError> {
    // close() came in between; it waits for this attempt and closes the connection.
    guard case .connecting = state else { return .success(connection) }
    state = .connected(connection)
    backoff.reset()
    refusal = nil
    hasReportedLoss = false
    changeInput.yield(.connected(serverVersion: serverVersion))
    return .success(connection)
  }

  private func finish(failure: PostgresError) -> Result<PostgresConnection, PostgresError> {
    guard case .connecting = state else { return .failure(failure) }
    state = .disconnected
    refusal = (failure, .now + backoff.next())
    reportLoss(failure)
    return .failure(failure)
  }

  private func noteLoss(_ error: PostgresError, of connection: PostgresConnection) {
    // Several callers may notice the same loss; a newer connection is not theirs to drop.
    guard case .connected(let current) = state, current === connection else { return }
    state = .disconnected
    reportLoss(error)
  }

  private func reportLoss(_ error: PostgresError) {
    guard !hasReportedLoss else { return }
    hasReportedLoss = true
    changeInput.yield(.lost(error))
  }
}
