/// Where to connect, as whom, and how long to wait.
public struct ConnectionConfiguration: Sendable {
  /// A libpq connection string: `host=… dbname=…` or a `postgresql://` URI, several hosts allowed.
  public var conninfo: String
  /// Fetches the password at each connect, so that a renewed credential is picked up; nil leaves it to
  /// the connection string or the server's trust.
  public var password: (@Sendable () throws -> String)?
  /// Shown in `pg_stat_activity` unless the connection string names another.
  public var applicationName: String
  /// How long to wait for each host, 2 s or more; `connect_timeout` in the connection string wins.
  public var connectTimeout: Duration
  /// How long one statement may run on the server (`statement_timeout`).
  public var statementTimeout: Duration
  /// How much longer the client waits before it gives the session up.
  public var gracePeriod: Duration
  /// How long sent data may stay unacknowledged (`tcp_user_timeout`); `conninfo` wins.
  public var tcpUserTimeout: Duration
  /// Whether statements are prepared once per session; false behind a transaction pooler.
  public var preparedStatements: Bool
  /// Receives the server's notices, on the connection's queue; nil drops them.
  public var onNotice: (@Sendable (PostgresNotice) -> Void)?

  /// Describes a connection; no password here means none beside the connection string's.
  public init(
    _ conninfo: String,
    password: (@Sendable () throws -> String)? = nil,
    applicationName: String = "belfry",
    connectTimeout: Duration = .seconds(5),
    statementTimeout: Duration = .seconds(10),
    gracePeriod: Duration = .seconds(2),
    tcpUserTimeout: Duration = .seconds(15),
    preparedStatements: Bool = true,
    onNotice: (@Sendable (PostgresNotice) -> Void)? = nil
  ) {
    self.conninfo = conninfo
    self.password = password
    self.applicationName = applicationName
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.gracePeriod = gracePeriod
    self.tcpUserTimeout = tcpUserTimeout
    self.preparedStatements = preparedStatements
    self.onNotice = onNotice
  }
}

extension ConnectionConfiguration: CustomStringConvertible, CustomReflectable {
  /// Nothing but the application's name: the connection string may hold a password.
  public var description: String { "connection of \(applicationName)" }

  /// A mirror without children, so that `dump` shows no password either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ConnectionConfiguration {
  /// The keywords for libpq, in the order in which later ones win.
  func keywords() throws(PostgresError) -> [(String, String)] {
    var keywords = [
      // What the connection string may override.
      ("connect_timeout", String(max(2, connectTimeout.milliseconds / 1_000))),
      ("fallback_application_name", applicationName),
      ("keepalives", "1"),
      ("keepalives_idle", "30"),
      ("keepalives_interval", "5"),
      ("keepalives_count", "3"),
      ("tcp_user_timeout", String(tcpUserTimeout.milliseconds)),
      // Expanded by libpq where it stands: https://www.postgresql.org/docs/15/libpq-connect.html
      ("dbname", conninfo),
      // What it may not override.
      ("client_encoding", "UTF8"),
    ]
    if let password {
      do {
        keywords.append(("password", try password()))
      } catch {
        throw .unreadablePassword(error)
      }
    }
    return keywords
  }

  /// The settings on which decoding rests, sent once after connecting.
  var sessionSettings: SQLText {
    var text = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'iso_8601'"
    if preparedStatements {
      // A pooler would leave these behind on a server connection of somebody else.
      text += "; SET bytea_output = 'hex'"
      text += "; SET statement_timeout = \(statementTimeout.milliseconds)"
    }
    return SQLText(composed: text)
  }
}

extension Duration {
  /// Whole milliseconds, never below 0.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return max(0, seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
  }
}

/// What the server says beside the results: NOTICE, WARNING and the like.
public struct PostgresNotice: Sendable {
  /// `NOTICE`, `WARNING`, `INFO`, `LOG`, or `FATAL` when the server ends an idle session.
  public var severity: String
  /// The code.
  public var sqlState: SQLState?
  /// The text.
  public var message: String
  /// The server's advice.
  public var hint: String?
}
