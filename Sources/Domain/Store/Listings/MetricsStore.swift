public import Postgres

/// The queue in numbers, at one moment.
public struct QueueMetrics: Hashable, Sendable {
  /// Seconds that the longest waiting post has waited which could have been claimed; 0 when none waits.
  public let dueLag: Double
  /// The personas, by name.
  public let personas: [PersonaMetrics]
}

/// One persona in numbers.
public struct PersonaMetrics: Hashable, Sendable {
  /// The persona's name.
  public let name: String
  /// Whether nothing of it is published until somebody acts.
  public let isHeld: Bool
  /// Posts that wait and have not failed.
  public let scheduled: Int
  /// Posts that wait after a failure.
  public let deferred: Int
  /// Posts under way.
  public let posting: Int
  /// Posts that somebody holds.
  public let held: Int
  /// Posts that may be live.
  public let unconfirmed: Int
  /// Posts given up.
  public let failed: Int
  /// When its last post went live, in seconds since 1970; nil before the first.
  public let lastSuccess: Double?
  /// Seconds until its token ends, negative afterwards; nil when it does not, or nobody said.
  public let tokenLeft: Double?
  /// Posts that count against its quota, when Instagram was last asked; nil when that is a day ago.
  public let quotaUsed: Int?
  /// Posts that Instagram allows within 24 hours, as it last said.
  public let quotaTotal: Int?
}

/// Reads for monitoring.
public struct MetricsStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Reads everything in one snapshot.
  public func metrics() async throws(PostgresError) -> QueueMetrics {
    try await database.atomically(isolation: .repeatableRead) { transaction throws(PostgresError) in
      guard let lag = try transaction.run(MetricsDueLag()).first else {
        throw .missingRow("metrics_due_lag")
      }
      return QueueMetrics(dueLag: lag, personas: try transaction.run(MetricsPersonas()))
    }
  }
}

struct MetricsDueLag: Statement {
  static let sql = SQLText(embedded: PackageResources.metrics_due_lag_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Double {
    try row.decode("seconds", as: Double.self)
  }
}

struct MetricsPersonas: Statement {
  static let sql = SQLText(embedded: PackageResources.metrics_personas_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> PersonaMetrics {
    PersonaMetrics(
      name: try row.decode("name", as: String.self),
      isHeld: try row.decode("is_held", as: Bool.self),
      scheduled: try row.decode("scheduled", as: Int.self),
      deferred: try row.decode("deferred", as: Int.self),
      posting: try row.decode("posting", as: Int.self),
      held: try row.decode("held", as: Int.self),
      unconfirmed: try row.decode("unconfirmed", as: Int.self),
      failed: try row.decode("failed", as: Int.self),
      lastSuccess: try row.decode("last_success", as: Double?.self),
      tokenLeft: try row.decode("token_left", as: Double?.self),
      quotaUsed: try row.decode("quota_used", as: Int?.self),
      quotaTotal: try row.decode("quota_total", as: Int?.self)
    )
  }
}
