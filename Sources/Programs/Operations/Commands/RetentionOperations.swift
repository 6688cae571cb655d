import Postgres
import Schema
public import Store

/// Removes old history, for `belfry prune`.
public struct RetentionOperations: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// Removes what is older than `periods`, or only counts it.
  ///
  /// - Parameter progress: hears a line now and then.
  /// - Throws: `CommandError`.
  public func prune(
    _ periods: RetentionPeriods,
    isApplied: Bool,
    progress: @escaping @Sendable (String) -> Void
  ) async throws(CommandError) -> PruneTally {
    try await context.withDatabase("prune") { database in
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      let verb = isApplied ? "removing" : "counting"
      var told = 0
      return try await PruneStore(database).run(periods, isApplied: isApplied) {
        table,
        rows,
        isDone in
        if isDone {
          progress("\(verb) \(table): \(rows)")
          told = 0
        } else if rows - told >= 50_000 {
          progress("\(verb) \(table): \(rows) so far")
          told = rows
        }
      }
    }
  }
}
