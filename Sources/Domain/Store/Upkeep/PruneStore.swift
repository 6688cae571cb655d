public import Postgres
public import Timekeeping

// Removing history that nobody will ask for. Each batch is a transaction of its own of some thousand rows,
// so that no lock and no snapshot lasts, and a run that is interrupted has lost nothing: the next one goes
// on. What is walked is a primary key, from its beginning; nothing reads a large table as a whole.
//
// Never touched: posts, photos, personas, what is queued, in flight or unconfirmed, undos that are still to
// be repeated, and the last attempt of each post.

/// How long history is kept; nil keeps for ever.
public struct RetentionPeriods: Hashable, Sendable {
  /// Steps, and all attempts but the last, of posts that are over.
  public var steps: Days?
  /// Wakes, and instances that nothing names any more.
  public var wakes: Days?
  /// The audit.
  public var audit: Days?

  /// Sets the periods.
  public init(steps: Days?, wakes: Days?, audit: Days?) {
    self.steps = steps
    self.wakes = wakes
    self.audit = audit
  }
}

/// How many rows were, or would be, removed.
public struct PruneTally: Hashable, Sendable {
  /// Rows of `post_steps`.
  public var steps = 0
  /// Rows of `post_attempts`.
  public var attempts = 0
  /// Rows of `wake_log`.
  public var wakes = 0
  /// Rows of `instances`.
  public var instances = 0
  /// Rows of `audit_log`.
  public var audit = 0

  /// Nothing.
  public init() {}
}

/// Removes old history.
public struct PruneStore: Sendable {
  let database: Database
  let batch: Int

  /// Uses `database`; a transaction looks at `batch` rows or somewhat more.
  public init(_ database: Database, batch: Int = 5_000) {
    self.database = database
    self.batch = batch
  }

  /// Removes what is older than `periods`, or only counts it.
  ///
  /// - Parameter progress: hears after each batch how many rows of a table there were so far.
  public func run(
    _ periods: RetentionPeriods,
    isApplied: Bool,
    progress: (_ table: String, _ rows: Int, _ isDone: Bool) -> Void
  ) async throws(PostgresError) -> PruneTally {
    guard let limits = try await database.run(PruneLimits(periods: periods)).first else {
      throw .missingRow("limits")
    }
    var tally = PruneTally()
    if let limit = limits.steps {
      let sum = try await walk(PruneSteps.self, "post_steps", before: limit, isApplied, progress)
      (tally.steps, tally.attempts) = (sum.found, sum.attempts)
    }
    if let limit = limits.wakes {
      tally.wakes = try await walk(PruneWakes.self, "wakes", before: limit, isApplied, progress)
        .found
      tally.instances = try await walk(
        PruneInstances.self,
        "instances",
        before: limit,
        isApplied,
        progress
      ).found
    }
    if let limit = limits.audit {
      tally.audit = try await walk(PruneAudit.self, "audit", before: limit, isApplied, progress)
        .found
    }
    return tally
  }

  private func walk<S: PruneBatch>(
    _ type: S.Type,
    _ table: String,
    before limit: PostgresTimestamp,
    _ isApplied: Bool,
    _ progress: (String, Int, Bool) -> Void
  ) async throws(PostgresError) -> (found: Int, attempts: Int) {
    var sum = (found: 0, attempts: 0)
    var after: Int64 = 0
    while true {
      let statement = S(
        after: after,
        limit: max(1, batch / S.effort),
        before: limit,
        isApplied: isApplied
      )
      let result = try await database.atomically { transaction throws(PostgresError) in
        if isApplied { _ = try transaction.run(LockPrune()) }
        _ = try transaction.run(PlanPrune())
        return try transaction.run(statement).first
      }
      sum.found += result?.found ?? 0
      sum.attempts += result?.attempts ?? 0
      // In tables that grow with time, a batch without anything old is the end.
      guard let result, let reached = result.reached, result.found > 0 || !S.growsWithTime else {
        progress(table, sum.found, true)
        return sum
      }
      progress(table, sum.found, false)
      after = reached
    }
  }
}

/// A batch of a table: what it reached, and what in it is too old.
protocol PruneBatch: Statement where Row == PrunedBatch {
  /// Whether its rows are numbered in the order of their times.
  static var growsWithTime: Bool { get }
  /// How many times as long as another row one of these takes.
  static var effort: Int { get }
  var after: Int64 { get }
  var limit: Int { get }
  var before: PostgresTimestamp { get }
  var isApplied: Bool { get }
  init(after: Int64, limit: Int, before: PostgresTimestamp, isApplied: Bool)
}

struct PrunedBatch: Sendable {
  let reached: Int64?
  let found: Int
  let attempts: Int
}

extension PruneBatch {
  static var effort: Int { 1 }

  var bindings: [SQLValue] {
    [.int(after), .int(Int64(limit)), .timestamp(before), .bool(isApplied)]
  }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> PrunedBatch {
    PrunedBatch(
      reached: try row.decode("reached", as: Int64?.self),
      found: try row.decode("found", as: Int.self),
      attempts: try row.decode("attempts", as: Int.self)
    )
  }
}

struct PruneSteps: PruneBatch {
  static let sql = SQLText(embedded: PackageResources.prune_steps_sql)
  static let growsWithTime = false
  let after: Int64
  let limit: Int
  let before: PostgresTimestamp
  let isApplied: Bool
}

struct PruneWakes: PruneBatch {
  static let sql = SQLText(embedded: PackageResources.prune_wakes_sql)
  static let growsWithTime = true
  let after: Int64
  let limit: Int
  let before: PostgresTimestamp
  let isApplied: Bool
}

struct PruneInstances: PruneBatch {
  static let sql = SQLText(embedded: PackageResources.prune_instances_sql)
  static let growsWithTime = false
  /// Three foreign keys are asked about each.
  static let effort = 10
  let after: Int64
  let limit: Int
  let before: PostgresTimestamp
  let isApplied: Bool
}

struct PruneAudit: PruneBatch {
  static let sql = SQLText(embedded: PackageResources.prune_audit_sql)
  static let growsWithTime = true
  let after: Int64
  let limit: Int
  let before: PostgresTimestamp
  let isApplied: Bool
}

struct LockPrune: Statement {
  static let sql = SQLText(embedded: PackageResources.prune_lock_sql)
  typealias Row = Void
}

struct PlanPrune: Statement {
  static let sql = SQLText(embedded: PackageResources.prune_plan_sql)
  typealias Row = Void
}

struct PruneLimits: Statement {
  struct Limits: Sendable {
    let steps: PostgresTimestamp?
    let wakes: PostgresTimestamp?
    let audit: PostgresTimestamp?
  }

  static let sql = SQLText(embedded: PackageResources.prune_limits_sql)
  let periods: RetentionPeriods
  var bindings: [SQLValue] {
    [
      .optional(periods.steps?.count), .optional(periods.wakes?.count),
      .optional(periods.audit?.count),
    ]
  }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Limits {
    Limits(
      steps: try row.decode("steps", as: PostgresTimestamp?.self),
      wakes: try row.decode("wakes", as: PostgresTimestamp?.self),
      audit: try row.decode("audit", as: PostgresTimestamp?.self)
    )
  }
}
