package import Media
package import Postgres
package import Schema
package import Settings
import Store

/// The exit codes that scripts and units rely on; the numbers above 63 are those of sysexits(3).
public enum CommandExit: Int32, Sendable, CaseIterable {
  /// Everything asked for was done.
  case ok = 0
  /// Something needs a human; what it is was said.
  case needsHuman = 1
  /// The command line was wrong (EX_USAGE).
  case usage = 64
  /// Database or platform not available for now; the same command may succeed later (EX_TEMPFAIL).
  case unavailable = 75
  /// Configuration, credentials or schema are wrong; trying again changes nothing (EX_CONFIG).
  case configuration = 78
}

/// A failure that a person has to read: what happened, what to do, and the exit code.
public struct CommandError: Error, Sendable, Hashable {
  /// What happened, lower case, one line, without secrets.
  public let message: String
  /// What to do.
  public let hint: String
  /// What the process ends with.
  public let exit: CommandExit

  /// Describes a failure.
  public init(_ exit: CommandExit, _ message: String, hint: String) {
    self.exit = exit
    self.message = message
    self.hint = hint
  }

  package init(_ error: SettingsError) {
    self.init(.configuration, error.message, hint: error.hint)
  }

  package init(_ error: SchemaError) {
    self.init(error.mayPass ? .unavailable : .configuration, error.message, hint: error.hint)
  }

  package init(_ error: MediaError) {
    self.init(.configuration, error.message, hint: error.hint)
  }

  package init(_ error: PostgresError) {
    if error.isRefusal {
      let hint = error.hint ?? "Correct what the message names and try again."
      self.init(.needsHuman, error.message, hint: hint)
    } else {
      self.init(
        error.isMisconfiguration ? .configuration : .unavailable,
        error.message,
        hint: error.hint
          ?? "Look at PostgreSQL's log and at the key database: belfry config shows it."
      )
    }
  }

  /// Any error that a use of the database or the schema check throws.
  package init(database error: any Error) {
    switch error {
    case let error as CommandError: self = error
    case let error as SchemaError: self.init(error)
    case let error as PostgresError: self.init(error)
    default:
      self.init(.unavailable, "\(error)", hint: "Look at PostgreSQL's log.")
    }
  }
}

extension PostgresError {
  /// Whether the database refused a value or a row, so that the same again would be refused again: data
  /// exceptions (class 22), constraints (23), what is not supported (0A), and a function's own exception (P0).
  var isRefusal: Bool {
    guard case .server(let state) = code else { return false }
    return ["22", "23", "0A", "P0"].contains(state.category)
  }

  /// Whether trying again cannot help: the connection string, the user, the password or the database is
  /// wrong, or the schema does not have what belfry needs.
  ///
  /// libpq 15 gives no SQLSTATE for a refused connection, only the server's FATAL line; those that pass
  /// by themselves are named here, in PostgreSQL's untranslated wording.
  var isMisconfiguration: Bool {
    switch code {
    case .malformedConninfo: return true
    case .connectionFailed:
      let passing = [
        "starting up", "shutting down", "recovery mode", "too many", "slots are reserved",
      ]
      return message.contains("FATAL:") && !passing.contains { message.contains($0) }
    case .server(let state):
      return switch state {
      case .undefinedTable, .undefinedColumn, .undefinedFunction, .insufficientPrivilege: true
      default: false
      }
    default: return false
    }
  }
}
