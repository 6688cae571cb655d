import Postgres
public import Store

/// Removes old history, for `belfry prune`.
public struct PruneDesk: Sendable {
  let installation: Installation

  /// Works with this installation.
  public init(_ installation: Installation) { self.installation = installation }

  /// Removes what is older than `periods`, or only counts it.
  ///
  /// - Parameter progress: hears a line now and then.
  /// - Throws: `ProgramError`.
  public func prune(
    _ periods: RetentionPeriods,
    isApplied: Bool,
    progress: @escaping @Sendable (String) -> Void
  ) async throws(ProgramError) -> PruneTally {
    try await installation.withDatabase("prune") { database in
      try await Migrator(database, belfryVersion: Installation.version).requireCurrent()
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
