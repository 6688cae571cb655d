/// One session with a server, on a queue of its own. See the top of `Postgres.swift`.
public actor PostgresConnection {
  private enum State {
    case idle
    case open(Session)
    case closed(PostgresError?)
  }

  private let configuration: ConnectionConfiguration
  private let completions: Completions
  private let executor = QueueExecutor(label: "belfry.postgres")
  private let notificationInput: AsyncStream<Notification>.Continuation
  private var state = State.idle
  private var source: NotificationSource?

  /// What the channels of `listen(on:)` bring; ends when the connection is closed or lost.
  ///
  /// One reader at a time. When nobody reads, the newest 1024 are kept.
  public nonisolated let notifications: AsyncStream<Notification>

  /// The connection's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Makes a connection that is not open yet.
  public init(_ configuration: ConnectionConfiguration) {
    self.init(configuration, Completions())
  }

  init(_ configuration: ConnectionConfiguration, _ completions: Completions) {
    self.configuration = configuration
    self.completions = completions
    (notifications, notificationInput) = AsyncStream.makeStream(
      bufferingPolicy: .bufferingNewest(1024)
    )
  }

  deinit {
    notificationInput.finish()
  }

  /// Connects; throws `connectionFailed`, or `closed` when this connection was used before.
  public func connect() throws(PostgresError) {
    guard case .idle = state else { throw .connectedTwice }
    do {
      state = .open(try Session(configuration, completions))
    } catch {
      end(with: error)
      throw error
    }
  }

  /// Closes the session; what runs at that moment completes first.
  public func close() {
    end(with: nil)
  }

  /// Returns when it is this call's turn on the connection's queue; asks the server nothing.
  func answer() {}

  /// Whether the session is open and the server has not gone, as far as can be seen without asking it.
  public var isHealthy: Bool {
    do {
      try usable().checkUsable()
      return true
    } catch {
      endIfOver()
      return false
    }
  }

  /// The server process of this session, nil while there is none.
  public var backendProcessID: Int32? {
    if case .open(let session) = state { session.backendProcessID } else { nil }
  }

  /// The server's version, such as 150020, nil while there is no session.
  public var serverVersion: Int? {
    if case .open(let session) = state { session.serverVersion } else { nil }
  }

  /// Runs a statement and reads its rows; each statement is a transaction of its own.
  public func run<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
    try perform(S.sql) { session throws(PostgresError) in
      try session.perform(S.sql, statement.bindings, scope: .effective).rows(S.decode)
    }
  }

  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  public func execute(
    _ sql: SQLText,
    _ bindings: [SQLValue] = []
  ) throws(PostgresError) -> Int {
    try perform(sql) { session throws(PostgresError) in
      try session.perform(sql, bindings, scope: .effective).affectedRows
    }
  }

  /// Runs several statements at once, without bindings.
  ///
  /// All or none take effect unless the text says BEGIN and COMMIT itself. `timeout` replaces the limit of each statement, and that of the whole.
  public func script(_ sql: SQLText, timeout: Duration? = nil) throws(PostgresError) {
    try perform(sql) { session throws(PostgresError) in
      guard let timeout else {
        _ = try session.script(sql, scope: .effective)
        return
      }
      _ = try session.script(Self.setStatementTimeout(timeout), scope: .tentative)
      // After a failed script the server must not keep the long limit.
      var failure: PostgresError?
      do throws(PostgresError) {
        try session.withStatementTimeout(timeout) { () throws(PostgresError) in
          _ = try session.script(sql, scope: .effective)
        }
      } catch {
        failure = error
        _ = session.rollback()
      }
      if session.failure == nil {
        let usual = Self.setStatementTimeout(configuration.statementTimeout)
        _ = try session.script(
          configuration.preparedStatements ? usual : "RESET statement_timeout",
          scope: .tentative
        )
      }
      if let failure { throw failure }
    }
  }

  /// Runs `body` in a transaction: commits when it returns, rolls back when it throws.
  ///
  /// The body runs on the connection's queue, once, and never again by itself.
  @discardableResult
  public func transaction<R: Sendable>(
    _ options: TransactionOptions = TransactionOptions(),
    _ body: @Sendable (borrowing Transaction) throws -> R
  ) throws(TransactionError) -> R {
    let session: Session
    do {
      session = try usable()
    } catch {
      throw TransactionError(begin: error)
    }
    defer { afterCommand(session) }
    return try session.transaction(
      options,
      usualTimeout: configuration.statementTimeout,
      body
    )
  }

  /// Subscribes to a channel, whose name is case-sensitive; what arrives goes to `notifications`.
  public func listen(on channel: String) throws(PostgresError) {
    let session = try usable()
    guard let quoted = session.quoted(identifier: channel) else {
      throw PostgresError(.encoding(parameter: 0), "the channel name is not valid UTF-8")
    }
    let sql = SQLText(composed: "LISTEN \(quoted)")
    try perform(sql) { session throws(PostgresError) in
      _ = try session.script(sql, scope: .tentative)
    }
    try watchSocket(of: session)
  }

  // MARK: Details

  private static func setStatementTimeout(_ timeout: Duration) -> SQLText {
    SQLText(composed: "SET statement_timeout = \(timeout.milliseconds)")
  }

  private func usable() throws(PostgresError) -> Session {
    switch state {
    case .idle, .closed(nil): throw .notConnected
    case .closed(let failure?): throw failure
    case .open(let session): return session
    }
  }

  /// Runs a command outside of a transaction, and leaves none open behind it.
  private func perform<R>(
    _ sql: SQLText,
    _ body: (Session) throws(PostgresError) -> R
  ) throws(PostgresError) -> R {
    let session = try usable()
    defer { afterCommand(session) }
    let value: R
    do {
      value = try body(session)
    } catch {
      _ = session.rollback()
      throw error
    }
    guard session.isOutsideTransaction else {
      if let failure = session.rollback() { throw failure }
      throw .transactionLeftOpen(sql)
    }
    return value
  }

  private func afterCommand(_ session: Session) {
    for notification in session.takeNotifications() { notificationInput.yield(notification) }
    endIfOver()
  }

  private func endIfOver() {
    if case .open(let session) = state, let failure = session.failure { end(with: failure) }
  }

  private func end(with failure: PostgresError?) {
    if case .closed = state { return }
    source = nil
    state = .closed(failure)
    notificationInput.finish()
  }

  private func watchSocket(of session: Session) throws(PostgresError) {
    guard source == nil else { return }
    source = NotificationSource(socket: session.socket, queue: executor.queue) {
      @Sendable [weak self] in
      self?.assumeIsolated { $0.socketIsReadable() }
    }
    guard source != nil else {
      throw PostgresError(
        .connectionFailed,
        "cannot watch the connection for notifications: no file descriptor is left",
        hint: "Raise LimitNOFILE= of the service."
      )
    }
  }

  private func socketIsReadable() {
    guard case .open(let session) = state else { return }
    do {
      try session.checkUsable()
    } catch {
      // The end of `notifications` tells; whoever runs a statement next gets the error.
    }
    afterCommand(session)
  }
}
