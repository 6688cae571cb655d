/// One open session: sends commands, waits with a deadline, and knows whether they can have had effect.
///
/// Not `Sendable`: it belongs to one `PostgresConnection` and is used on that actor's queue only.
final class Session {
  /// What the loss of a command means.
  enum Scope {
    /// It takes effect by itself, or is the COMMIT: lost means unknown.
    case effective
    /// Nothing of it lasts without a COMMIT that has not been sent: lost means undone.
    case tentative
  }

  // Declared first, so that it is released after the handle which points to it.
  private let sink: NoticeSink
  private let handle: ConnectionHandle
  private let usesPreparedStatements: Bool
  private let gracePeriod: Duration
  /// How long a statement may run, without the client's grace period.
  private var statementTimeout: Duration
  private var preparedNames: [SQLText: String] = [:]
  private var preparedCount = 0
  private let completions: Completions
  /// Why this session is over.
  private(set) var failure: PostgresError?

  /// Connects and makes the settings on which decoding rests.
  init(_ configuration: ConnectionConfiguration, _ completions: Completions) throws(PostgresError) {
    self.completions = completions
    defer { completions.note() }
    let target = try ConnectionString.target(of: configuration.conninfo)
    sink = NoticeSink(forward: configuration.onNotice)
    usesPreparedStatements = configuration.preparedStatements
    gracePeriod = configuration.gracePeriod
    statementTimeout = configuration.statementTimeout
    handle = try ConnectionHandle(keywords: try configuration.keywords(), target: target)
    handle.deliverNotices(to: sink)
    _ = try script(configuration.sessionSettings, scope: .tentative)
  }

  var socket: Int32 { handle.socket }
  var backendProcessID: Int32 { handle.backendProcessID }
  var serverVersion: Int { handle.serverVersion }
  var isOutsideTransaction: Bool { handle.isOutsideTransaction }

  /// Runs one statement with bindings.
  func perform(
    _ sql: SQLText,
    _ values: [SQLValue],
    scope: Scope
  ) throws(PostgresError) -> ResultHandle {
    try checkUsable()
    let parameters = try EncodedParameters(values, statement: sql)
    try checkText(sql)
    guard usesPreparedStatements else {
      return try exchange(sql, scope) { $0.send(sql, parameters) }
    }
    let name = try preparedName(sql)
    do {
      return try exchange(sql, scope) { $0.sendPrepared(name, parameters) }
    } catch {
      // Its result type changed, or somebody deallocated it: prepare anew the next time.
      if error.sqlState == .featureNotSupported || error.sqlState == .invalidSQLStatementName {
        preparedNames[sql] = nil
      }
      throw error
    }
  }

  /// Runs one or more statements without bindings; the last result counts.
  func script(_ sql: SQLText, scope: Scope) throws(PostgresError) -> ResultHandle {
    try checkUsable()
    try checkText(sql)
    return try exchange(sql, scope) { $0.sendScript(sql) }
  }

  /// Runs `body` with another limit for each of its statements.
  func withStatementTimeout<R, E: Error>(
    _ timeout: Duration?,
    _ body: () throws(E) -> R
  ) throws(E) -> R {
    let usual = statementTimeout
    statementTimeout = timeout ?? usual
    defer { statementTimeout = usual }
    return try body()
  }

  /// Quotes an identifier.
  func quoted(identifier: String) -> String? { handle.quoted(identifier: identifier) }

  /// Takes the notifications that have arrived so far.
  func takeNotifications() -> [Notification] {
    var notifications: [Notification] = []
    while let notification = handle.nextNotification() { notifications.append(notification) }
    return notifications
  }

  /// Reads what has arrived while nothing runs, and throws if the server has gone.
  func checkUsable() throws(PostgresError) {
    if let failure { throw failure }
    var isAlive = !handle.isBroken
    while isAlive, handle.wait(forWriting: false, milliseconds: 0) {
      isAlive = handle.consumeInput()
      _ = handle.isBusy  // parses, so that a farewell reaches the sink
    }
    guard isAlive, sink.farewell == nil else {
      throw giveUp(lossReport(nil, outcomeUnknown: false))
    }
  }

  // MARK: One command

  private enum Progress {
    case ready, lost, late
  }

  private func exchange(
    _ sql: SQLText,
    _ scope: Scope,
    _ send: (borrowing ConnectionHandle) -> Bool
  ) throws(PostgresError) -> ResultHandle {
    defer { completions.note() }
    let timeout = statementTimeout + gracePeriod
    let deadline = ContinuousClock.now + timeout
    guard send(handle) else {
      guard handle.isBroken else { throw .refusedBySide(handle.errorMessage, sql) }
      throw giveUp(lossReport(sql, outcomeUnknown: false))
    }
    switch flush(before: deadline) {
    // A broken connection still holds what the server said last; collect() reads it.
    case .ready, .lost: break
    case .late: throw giveUp(.timedOut(after: timeout, sql, outcomeUnknown: scope == .effective))
    }
    return try collect(sql, scope, timeout, deadline)
  }

  /// Reads every result of a command; throws the first failure or returns the last result.
  private func collect(
    _ sql: SQLText,
    _ scope: Scope,
    _ timeout: Duration,
    _ deadline: ContinuousClock.Instant
  ) throws(PostgresError) -> ResultHandle {
    let outcomeUnknown = scope == .effective
    var failure: PostgresError?
    var last: ResultHandle?
    while true {
      if awaitResult(before: deadline) == .late {
        throw giveUp(.timedOut(after: timeout, sql, outcomeUnknown: outcomeUnknown))
      }
      guard let result = handle.nextResult() else { break }
      let outcome = result.outcome
      if outcome == .failure, failure == nil { failure = result.error(statement: sql) }
      // libpq answers COPY for ever; only ending the session gets out of it.
      if outcome == .copy { throw giveUp(.copyRefused(sql)) }
      last = consume result
    }
    if handle.isBroken || failure?.severity == "FATAL" || failure?.severity == "PANIC" {
      throw giveUp(lossReport(sql, outcomeUnknown: outcomeUnknown, reason: failure))
    }
    if let failure { throw failure }
    guard let last else { throw giveUp(lossReport(sql, outcomeUnknown: outcomeUnknown)) }
    return last
  }

  private func flush(before deadline: ContinuousClock.Instant) -> Progress {
    while true {
      guard let isDone = handle.flush() else { return .lost }
      if isDone { return .ready }
      guard wait(forWriting: true, before: deadline) else { return .late }
      // The server may be waiting for us to read before it reads on.
      guard handle.consumeInput() else { return .lost }
    }
  }

  private func awaitResult(before deadline: ContinuousClock.Instant) -> Progress {
    while handle.isBusy {
      guard wait(forWriting: false, before: deadline) else { return .late }
      guard handle.consumeInput() else { return .lost }
    }
    return .ready
  }

  private func wait(forWriting: Bool, before deadline: ContinuousClock.Instant) -> Bool {
    let left = deadline - ContinuousClock.now
    guard left > .zero else { return false }
    return handle.wait(
      forWriting: forWriting,
      milliseconds: Int32(clamping: left.milliseconds + 1)
    )
  }

  // MARK: Details

  private func preparedName(_ sql: SQLText) throws(PostgresError) -> String {
    if let name = preparedNames[sql] { return name }
    preparedCount += 1
    let name = "belfry_\(preparedCount)"
    _ = try exchange(sql, .tentative) { $0.sendPrepare(sql, name: name) }
    preparedNames[sql] = name
    return name
  }

  private func checkText(_ sql: SQLText) throws(PostgresError) {
    guard !sql.text.utf8.contains(0) else { throw .zeroByte(parameter: 0, sql) }
  }

  private func lossReport(
    _ sql: SQLText?,
    outcomeUnknown: Bool,
    reason: PostgresError? = nil
  ) -> PostgresError {
    let farewell = sink.farewell
    let report = reason?.message ?? farewell?.message ?? handle.errorMessage
    var error = PostgresError.lost(report, sql, outcomeUnknown: outcomeUnknown)
    error.sqlState = reason?.sqlState ?? farewell?.sqlState
    error.severity = reason?.severity ?? farewell?.severity
    error.detail = reason?.detail
    return error
  }

  private func giveUp(_ error: PostgresError) -> PostgresError {
    var later = error
    // Who asks again has sent nothing.
    later.outcomeUnknown = false
    later.statement = nil
    failure = later
    return error
  }
}
