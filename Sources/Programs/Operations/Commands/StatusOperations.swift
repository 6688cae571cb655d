import Schema
public import Store

/// Looks at the whole.
public struct StatusOperations: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// What `belfry status` shows.
  ///
  /// - Throws: `CommandError`.
  public func overview() async throws(CommandError) -> Overview {
    try await context.withDatabase("status") { database in
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      return try await StatusStore(database).overview()
    }
  }
}
