/// What PostgreSQL, libpq or this module reported, with all that a program or a person can act on.
public struct PostgresError: Error, Sendable {
  /// What kind of failure it is.
  public enum Code: Hashable, Sendable {
    /// No session came about.
    case connectionFailed
    /// The connection string cannot be read; trying again changes nothing.
    case malformedConninfo
    /// The session ended, by the server, the network or an administrator.
    case connectionLost
    /// The server refused the statement; the session lives on.
    case server(SQLState)
    /// A value of the result is not what the program expects there.
    case decoding(column: String)
    /// The parameter with this number, counted from 1, cannot be sent; 0 is the statement itself.
    case encoding(parameter: Int)
    /// The server did not answer before the client's deadline; the session was given up.
    case timedOut
    /// The connection was not open: never connected, or closed by us.
    case closed
  }

  /// What kind of failure it is.
  public var code: Code
  /// What went wrong with what: lower case, no final period.
  ///
  /// May quote values (class 22).
  public var message: String
  /// What to do about it, as a sentence.
  public var hint: String?
  /// The server's detail line.
  ///
  /// It often quotes values, so `description` leaves it out.
  public var detail: String?
  /// The server's code; also set when the server said why it ended a session.
  public var sqlState: SQLState?
  /// `ERROR`, `FATAL` or `PANIC`, untranslated.
  public var severity: String?
  /// The constraint that refused the row.
  public var constraint: String?
  /// The table concerned.
  public var table: String?
  /// The column concerned.
  public var column: String?
  /// Where in functions and triggers it happened.
  ///
  /// It may quote values too.
  public var context: String?
  /// Which character of the statement the server points at, counted from 1.
  public var position: Int?
  /// The text of the statement, without values.
  public var statement: String?
  /// Whether the statement may or may not have taken effect: nobody knows until the database is asked.
  public var outcomeUnknown: Bool

  /// Makes an error from its parts.
  public init(
    _ code: Code,
    _ message: String,
    hint: String? = nil,
    statement: String? = nil,
    outcomeUnknown: Bool = false
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.statement = statement
    self.outcomeUnknown = outcomeUnknown
    if case .server(let state) = code { sqlState = state }
  }

  /// Whether the same call may succeed later, unchanged.
  ///
  /// Look at `outcomeUnknown` before repeating it.
  public var isTransient: Bool {
    switch code {
    case .malformedConninfo: false
    case .connectionFailed, .connectionLost, .timedOut: true
    case .server(let state): state.isTransient
    case .decoding, .encoding, .closed: false
    }
  }

  /// Whether this session cannot be used any more.
  public var isConnectionLoss: Bool {
    switch code {
    case .connectionFailed, .malformedConninfo, .connectionLost, .timedOut, .closed: true
    case .server, .decoding, .encoding: false
    }
  }
}

extension PostgresError: CustomStringConvertible {
  /// Message, code and hint.
  ///
  /// No bound value, no detail.
  public var description: String {
    var text = messageWithoutValues
    let notes = [
      sqlState.map { "SQLSTATE \($0)" },
      constraint.map { "constraint \($0)" },
      table.map { "table \($0)" },
    ].compactMap(\.self)
    if !notes.isEmpty { text += " (\(notes.joined(separator: ", ")))" }
    if outcomeUnknown { text += "; the statement may or may not have taken effect" }
    if let hint { text += "\nHINT: \(hint)" }
    return text
  }

  /// The message up to the value that a data exception (class 22) quotes.
  private var messageWithoutValues: String {
    guard sqlState?.category == "22", let quote = message.firstIndex(of: "\"") else {
      return message
    }
    var kept = message[..<quote]
    while let last = kept.last, last == " " || last == ":" { kept.removeLast() }
    return String(kept)
  }
}

/// A transaction that did not commit, or of which nobody knows; each part that failed is kept.
public struct TransactionError: Error, Sendable {
  /// Why it did not begin.
  public var begin: PostgresError?
  /// What the body threw.
  public var body: (any Error)?
  /// Why COMMIT failed.
  public var commit: PostgresError?
  /// Why ROLLBACK failed, beside the error that led to it.
  public var rollback: PostgresError?

  /// Makes an error from its parts.
  public init(
    begin: PostgresError? = nil,
    body: (any Error)? = nil,
    commit: PostgresError? = nil,
    rollback: PostgresError? = nil
  ) {
    self.begin = begin
    self.body = body
    self.commit = commit
    self.rollback = rollback
  }

  /// Whether the transaction may have committed: only a COMMIT that was sent and never answered.
  public var outcomeUnknown: Bool { commit?.outcomeUnknown ?? false }

  /// The first failure, which caused all others.
  public var cause: (any Error)? { begin ?? body ?? commit ?? rollback }

  /// The first failure, when it is the database's.
  public var postgres: PostgresError? { cause as? PostgresError }

  /// Whether the whole transaction may be run again as it is: it has not committed, and what failed
  /// may pass.
  public var isTransient: Bool { !outcomeUnknown && (postgres?.isTransient ?? false) }
}

extension TransactionError: CustomStringConvertible {
  /// The parts that failed, in the order in which they did.
  public var description: String {
    let parts: [(String, (any Error)?)] = [
      ("transaction did not begin", begin),
      ("transaction was rolled back", body),
      ("transaction did not commit", commit),
      ("rollback failed", rollback),
    ]
    let texts = parts.compactMap { label, error in error.map { "\(label): \($0)" } }
    return texts.isEmpty ? "transaction failed" : texts.joined(separator: "\n")
  }
}
