// Every text of this module that a person may read.

extension PostgresError {
  static func connectionFailed(_ report: String, to target: String) -> PostgresError {
    PostgresError(
      .connectionFailed,
      "cannot connect to \(target): \(firstLines(report))",
      hint: connectHint(report)
    )
  }

  static func malformedConninfo(_ report: String?) -> PostgresError {
    PostgresError(
      .malformedConninfo,
      "cannot read the connection string" + (report.map { ": \(firstLines($0))" } ?? ""),
      hint:
        "Write it as 'host=/run/postgresql dbname=belfry user=belfry' or as a postgresql:// URI."
    )
  }

  static let outOfMemory = PostgresError(
    .connectionFailed,
    "libpq has no memory left",
    hint: "Look at the memory limit of the service."
  )

  static func unreadablePassword(_ error: any Error) -> PostgresError {
    PostgresError(
      .connectionFailed,
      "cannot read the database password: \(error)",
      hint: "Check the credential that holds it."
    )
  }

  static let notConnected = PostgresError(
    .closed,
    "the connection is not open",
    hint: "Call connect() first; a closed or lost connection is replaced, not reopened."
  )

  static let connectedTwice = PostgresError(
    .closed,
    "the connection was used before",
    hint: "Make a new PostgresConnection for each session."
  )

  static func lost(_ report: String, _ sql: SQLText?, outcomeUnknown: Bool) -> PostgresError {
    PostgresError(
      .connectionLost,
      "the connection to PostgreSQL was lost: \(firstLines(report))",
      hint: outcomeUnknown
        ? "Ask the database what happened before doing it again."
        : "Nothing of this took effect; it may be tried again on a new connection.",
      statement: sql?.text,
      outcomeUnknown: outcomeUnknown
    )
  }

  static func timedOut(
    after timeout: Duration,
    _ sql: SQLText?,
    outcomeUnknown: Bool
  ) -> PostgresError {
    PostgresError(
      .timedOut,
      "PostgreSQL did not answer within \(timeout.formattedSeconds) s; the connection was given up",
      hint: "Check that the server is alive and not stopped, and the network between.",
      statement: sql?.text,
      outcomeUnknown: outcomeUnknown
    )
  }

  static func refusedBySide(_ report: String, _ sql: SQLText) -> PostgresError {
    PostgresError(
      .encoding(parameter: 0),
      "libpq cannot send the statement: \(firstLines(report))",
      hint: "The number of parameters must stay below 65536.",
      statement: sql.text
    )
  }

  static func zeroByte(parameter: Int, _ sql: SQLText) -> PostgresError {
    PostgresError(
      .encoding(parameter: parameter),
      parameter == 0
        ? "the statement contains U+0000"
        : "the text for $\(parameter) contains U+0000, which PostgreSQL cannot store",
      hint: "Remove the character, or store the value as bytea.",
      statement: sql.text
    )
  }

  static func copyRefused(_ sql: SQLText) -> PostgresError {
    PostgresError(
      .connectionLost,
      "the statement began a COPY, which this client does not speak; the connection was given up",
      hint: "Use INSERT or SELECT.",
      statement: sql.text,
      outcomeUnknown: true
    )
  }

  static func transactionLeftOpen(_ sql: SQLText) -> PostgresError {
    PostgresError(
      .server(.activeSQLTransaction),
      "the statement left a transaction open, which was rolled back",
      hint: "Use transaction(), which commits or rolls back.",
      statement: sql.text
    )
  }

  static let commitBecameRollback = PostgresError(
    .server(.inFailedSQLTransaction),
    "COMMIT was answered with ROLLBACK because an earlier statement of the transaction had failed",
    hint: "Let the error of a failed statement leave the transaction's body."
  )

  static func decoding(column: String, _ what: String) -> PostgresError {
    PostgresError(
      .decoding(column: column),
      "cannot read column '\(column)': \(what)",
      hint: "The schema and this program disagree; check that both have the same version."
    )
  }

  /// A remedy for codes whose cause lies in the installation, when the server offers none.
  static func hint(for state: SQLState) -> String? {
    switch state {
    case .undefinedTable, .undefinedColumn, .undefinedFunction:
      "Check that the schema is installed and has this program's version."
    case .insufficientPrivilege: "Grant the role the privilege, or connect as a role that has it."
    case .queryCanceled: "It was cancelled, or ran into statement_timeout; look for locks."
    case .lockNotAvailable: "Look into pg_locks for who holds the lock."
    case .readOnlySQLTransaction: "Add target_session_attrs=read-write to the connection string."
    case .serializationFailure, .deadlockDetected: "Run the transaction again."
    case .tooManyConnections: "Raise max_connections, or close idle sessions."
    default: nil
    }
  }

  /// libpq reports a failed connect as text only, so this reads text; nothing but the hint hangs on it,
  /// and a translated message gets the general one.
  private static func connectHint(_ report: String) -> String {
    let known: [(String, String)] = [
      ("password", "Check the password and the user, and pg_hba.conf on the server."),
      ("Peer authentication", "The system user must match the role, or pg_hba.conf must map it."),
      ("pg_hba.conf", "Add a line for this host, user and database to pg_hba.conf on the server."),
      ("role \"", "Create the role, or name another user in the connection string."),
      ("database \"", "Create the database, or correct dbname in the connection string."),
      ("Permission denied", "This process may not open the socket; check its directory's mode."),
      ("translate host name", "Check the host name and the name server."),
      (
        "timeout expired",
        "The host does not answer; check the address, the firewall and the server."
      ),
      ("starting up", "The server is starting; wait a moment."),
      ("shutting down", "The server is stopping; start it again."),
      ("too many", "The server has no connection left; raise max_connections or close sessions."),
      ("read-write", "No host is a primary now; wait for the failover, or start the primary."),
      ("SSL", "Check sslmode and the certificates on both sides."),
    ]
    return known.first { report.containsText($0.0) }?.1
      ?? "Check that PostgreSQL runs and listens there: systemctl status postgresql, pg_isready."
  }

  /// The lines of a libpq report that state facts, without its indented advice.
  private static func firstLines(_ report: String) -> String {
    let lines = report.split(separator: "\n").filter { !$0.hasPrefix("\t") }
    return lines.isEmpty ? "no reason was given" : lines.joined(separator: "; ")
  }
}

extension Duration {
  /// Seconds with up to three decimals, such as `0.25`.
  var formattedSeconds: String {
    let (seconds, attoseconds) = components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    guard milliseconds != 0 else { return String(seconds) }
    var decimals = String(String(1_000 + milliseconds).dropFirst())
    while decimals.hasSuffix("0") { decimals.removeLast() }
    return "\(seconds).\(decimals)"
  }
}

extension String {
  /// Whether `other` occurs; the standard library alone has no search for substrings.
  fileprivate func containsText(_ other: String) -> Bool {
    let here = Array(utf8)
    let wanted = Array(other.utf8)
    guard here.count >= wanted.count else { return false }
    return (0...(here.count - wanted.count)).contains { here[$0...].starts(with: wanted) }
  }
}
