public import Postgres

/// One persona as `belfry status` shows it.
public struct PersonaStatus: Hashable, Sendable {
  /// The persona's name.
  public let name: String
  /// Its handle, without @.
  public let username: String?
  /// Who holds it, if it is held.
  public let heldBy: String?
  /// Why it is held.
  public let heldReason: String?
  /// Since when, in its own time zone.
  public let heldSince: String?
  /// The next post's id.
  public let nextID: Int64?
  /// When it is ready, for people, in the persona's zone: `today 17:40`.
  public let nextLocal: String?
  /// When it is ready, in UTC, ISO 8601.
  public let nextAt: String?
  /// Seconds until then; negative when overdue.
  public let nextIn: Double?
  /// Posts that wait.
  public let queued: Int
  /// Posts that wait after a failure.
  public let deferred: Int
  /// Posts published in the last seven days.
  public let posted: Int
  /// Posts that may be live.
  public let unconfirmed: Int
  /// Whether an access token is stored.
  public let hasToken: Bool
  /// Whole days until the token ends; nil when it does not, or nobody said.
  public let tokenDays: Int?
}

/// Something that needs a human.
public struct Problem: Hashable, Sendable {
  /// A post (`#398`) or a persona.
  public let subject: String
  /// Whose it is.
  public let persona: String
  /// `unconfirmed`, `failed`, `held`, `no token`, `token ends`, `deferred` or `refused`.
  public let severity: String
  /// What happened.
  public let cause: String
  /// What to do, in words.
  public let advice: String?
  /// The exact command to run, in psql or a shell.
  public let command: String
}

/// The service as the database sees it.
public struct ServiceStatus: Hashable, Sendable {
  /// Daemons with a living heartbeat.
  public let daemons: Int
  /// Seconds since the oldest of them started.
  public let up: Int?
  /// Whether anybody publishes: a daemon, or `post-scheduled` as cron calls it; the view `publishers` decides.
  public let isServed: Bool
  /// The last wake, in UTC, ISO 8601.
  public let lastWake: String?
  /// The database's clock, in UTC, ISO 8601.
  public let now: String
  /// Posts being published at this moment.
  public let inFlight: Int
  /// Posts that should have been taken two minutes ago or earlier.
  public let overdue: Int
}

/// Everything that `belfry status` and the STATUS line are made of.
public struct Overview: Hashable, Sendable {
  /// The service.
  public let service: ServiceStatus
  /// The personas, by name.
  public let personas: [PersonaStatus]
  /// What needs a human, worst first, at most 200.
  public let problems: [Problem]
}

/// Reads for people.
public struct StatusStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Reads everything in one snapshot.
  public func overview() async throws(PostgresError) -> Overview {
    try await database.atomically(isolation: .repeatableRead) { transaction throws(PostgresError) in
      guard let service = try transaction.run(StatusService()).first else {
        throw .missingRow("status_service")
      }
      return Overview(
        service: service,
        personas: try transaction.run(StatusPersonas()),
        problems: try transaction.run(StatusProblems())
      )
    }
  }
}

struct StatusService: Statement {
  static let sql = SQLText(embedded: PackageResources.status_service_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> ServiceStatus {
    ServiceStatus(
      daemons: try row.decode("daemons", as: Int.self),
      up: try row.decode("up", as: Int?.self),
      isServed: try row.decode("is_served", as: Bool.self),
      lastWake: try row.decode("last_wake", as: String?.self),
      now: try row.decode("now", as: String.self),
      inFlight: try row.decode("in_flight", as: Int.self),
      overdue: try row.decode("overdue", as: Int.self)
    )
  }
}

struct StatusPersonas: Statement {
  static let sql = SQLText(embedded: PackageResources.status_personas_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> PersonaStatus {
    PersonaStatus(
      name: try row.decode("name", as: String.self),
      username: try row.decode("username", as: String?.self),
      heldBy: try row.decode("held_by", as: String?.self),
      heldReason: try row.decode("held_reason", as: String?.self),
      heldSince: try row.decode("held_since", as: String?.self),
      nextID: try row.decode("next_id", as: Int64?.self),
      nextLocal: try row.decode("next_local", as: String?.self),
      nextAt: try row.decode("next_at", as: String?.self),
      nextIn: try row.decode("next_in", as: Double?.self),
      queued: try row.decode("queued", as: Int.self),
      deferred: try row.decode("deferred", as: Int.self),
      posted: try row.decode("posted", as: Int.self),
      unconfirmed: try row.decode("unconfirmed", as: Int.self),
      hasToken: try row.decode("has_token", as: Bool.self),
      tokenDays: try row.decode("token_days", as: Int?.self)
    )
  }
}

struct StatusProblems: Statement {
  static let sql = SQLText(embedded: PackageResources.status_problems_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Problem {
    Problem(
      subject: try row.decode("subject", as: String.self),
      persona: try row.decode("persona", as: String.self),
      severity: try row.decode("severity", as: String.self),
      cause: try row.decode("cause", as: String.self),
      advice: try row.decode("advice", as: String?.self),
      command: try row.decode("command", as: String.self)
    )
  }
}
