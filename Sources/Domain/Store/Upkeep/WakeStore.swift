public import Postgres

/// Why an instance looked for due posts; the values of `wakes.reason`.
public enum WakeReason: String, Sendable, CaseIterable {
  /// The service has just started.
  case start
  /// The wall-clock slot.
  case schedule
  /// A post's due second.
  case due
  /// PostgreSQL said that the queue changed.
  case notified
  /// SIGUSR1.
  case requested
  /// `belfry post-scheduled`.
  case pass
}

/// What came of a wake.
public struct WakeTally: Hashable, Sendable {
  /// Posts leased or taken over.
  public var claimed = 0
  /// Published and recorded.
  public var posted = 0
  /// Put back for later.
  public var deferred = 0
  /// Of those, posts whose persona was put on hold: nothing goes on there by itself.
  public var held = 0
  /// Given up.
  public var failed = 0
  /// Left with an unknown outcome.
  public var unconfirmed = 0

  /// All zero.
  public init() {}
}

/// Rows of `wakes`.
public struct WakeStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Records the beginning of a wake.
  ///
  /// - Parameter slot: for scheduled wakes, the wall-clock time it was meant for, in seconds since 1970.
  public func open(
    for instance: Int64,
    reason: WakeReason,
    slot: Double?
  ) async throws(PostgresError) -> Int64 {
    let statement = OpenWake(instance: instance, reason: reason, slot: slot)
    guard let id = try await database.run(statement).first else { throw .missingRow("wakes") }
    return id
  }

  /// Records what came of it.
  public func close(_ id: Int64, _ tally: WakeTally) async throws(PostgresError) {
    let counts = [tally.claimed, tally.posted, tally.deferred, tally.failed, tally.unconfirmed]
    _ = try await database.execute(
      SQLText(embedded: PackageResources.close_wake_sql),
      [.int(id)] + counts.map { .int(Int64($0)) }
    )
  }
}

struct OpenWake: IDStatement {
  static let sql = SQLText(embedded: PackageResources.open_wake_sql)
  let instance: Int64
  let reason: WakeReason
  let slot: Double?
  var bindings: [SQLValue] { [.int(instance), .text(reason.rawValue), .optional(slot)] }
}
