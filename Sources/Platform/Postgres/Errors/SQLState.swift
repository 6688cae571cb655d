/// PostgreSQL's five-character error code; unknown codes survive.
///
/// The names are those of https://www.postgresql.org/docs/15/errcodes-appendix.html
public struct SQLState: RawRepresentable, Hashable, Sendable {
  /// The five characters.
  public let rawValue: String

  /// Takes the five characters.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// 23502: NULL in a NOT NULL column.
  public static let notNullViolation = SQLState(rawValue: "23502")
  /// 23503: a referenced row is missing, or still referenced.
  public static let foreignKeyViolation = SQLState(rawValue: "23503")
  /// 23505: the key exists.
  public static let uniqueViolation = SQLState(rawValue: "23505")
  /// 23514: a CHECK constraint refused the row.
  public static let checkViolation = SQLState(rawValue: "23514")
  /// 23P01: an exclusion constraint refused the row.
  public static let exclusionViolation = SQLState(rawValue: "23P01")
  /// 22P02: a text is no value of the type.
  public static let invalidTextRepresentation = SQLState(rawValue: "22P02")
  /// 0A000: not supported; also a prepared statement whose result type changed under it.
  public static let featureNotSupported = SQLState(rawValue: "0A000")
  /// 25001: a transaction is open where none may be.
  public static let activeSQLTransaction = SQLState(rawValue: "25001")
  /// 25006: a write in a read-only transaction, or on a standby.
  public static let readOnlySQLTransaction = SQLState(rawValue: "25006")
  /// 25P02: an earlier statement of the transaction failed.
  public static let inFailedSQLTransaction = SQLState(rawValue: "25P02")
  /// 26000: a prepared statement is unknown to the server.
  public static let invalidSQLStatementName = SQLState(rawValue: "26000")
  /// 28000: the role may not log in that way.
  public static let invalidAuthorization = SQLState(rawValue: "28000")
  /// 28P01: the password is wrong.
  public static let invalidPassword = SQLState(rawValue: "28P01")
  /// 3D000: there is no such database.
  public static let invalidCatalogName = SQLState(rawValue: "3D000")
  /// 40001: a serialization failure; the transaction may be run again.
  public static let serializationFailure = SQLState(rawValue: "40001")
  /// 40P01: a deadlock; the transaction may be run again.
  public static let deadlockDetected = SQLState(rawValue: "40P01")
  /// 42501: the role lacks a privilege.
  public static let insufficientPrivilege = SQLState(rawValue: "42501")
  /// 42601: the statement is no SQL.
  public static let syntaxError = SQLState(rawValue: "42601")
  /// 42703: there is no such column.
  public static let undefinedColumn = SQLState(rawValue: "42703")
  /// 42883: there is no such function.
  public static let undefinedFunction = SQLState(rawValue: "42883")
  /// 42P01: there is no such table.
  public static let undefinedTable = SQLState(rawValue: "42P01")
  /// 53300: the server has no connection left.
  public static let tooManyConnections = SQLState(rawValue: "53300")
  /// 55P03: NOWAIT or lock_timeout gave up.
  public static let lockNotAvailable = SQLState(rawValue: "55P03")
  /// 57014: statement_timeout passed, or somebody cancelled.
  public static let queryCanceled = SQLState(rawValue: "57014")
  /// 57P01: an administrator ended the session or stopped the server.
  public static let adminShutdown = SQLState(rawValue: "57P01")
  /// 57P02: another server process crashed.
  public static let crashShutdown = SQLState(rawValue: "57P02")
  /// 57P03: the server is starting or stopping.
  public static let cannotConnectNow = SQLState(rawValue: "57P03")
  /// P0001: RAISE EXCEPTION in a function or trigger.
  public static let raiseException = SQLState(rawValue: "P0001")

  /// The first two characters, the class of the condition.
  public var category: Substring { rawValue.prefix(2) }

  /// Whether the same statement or transaction may succeed later, unchanged.
  ///
  /// Class 40 (rolled back), 53 (resources), 08 (connection), locks, and servers coming or going.
  public var isTransient: Bool {
    category == "40" || category == "53" || self == .lockNotAvailable || isConnectionLoss
  }

  /// Whether the session has ended, or never began, because of the server's state.
  public var isConnectionLoss: Bool {
    category == "08" || self == .adminShutdown || self == .crashShutdown
      || self == .cannotConnectNow
  }

  /// Lets a `catch` clause name a code: `catch SQLState.uniqueViolation`.
  public static func ~= (pattern: SQLState, error: any Error) -> Bool {
    switch error {
    case let error as PostgresError: error.sqlState == pattern
    case let error as TransactionError: error.postgres?.sqlState == pattern
    default: false
    }
  }
}

extension SQLState: CustomStringConvertible {
  /// The five characters.
  public var description: String { rawValue }
}
