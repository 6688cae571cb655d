import Postgres
public import Schema

/// The schema, for its owner.
public struct SchemaOperations: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// Waits until the database answers, as long as it is merely away.
  ///
  /// Only the connection is waited for: what goes wrong while migrating is never tried again by itself.
  ///
  /// - Parameter progress: called once, with what is waited for, when the database is away.
  /// - Throws: `CommandError` when waiting would not help.
  public func awaitDatabase(_ progress: @Sendable (CommandError) -> Void) async throws(CommandError)
  {
    var hasSaidSo = false
    var pause = Duration.milliseconds(200)
    while true {
      do throws(CommandError) {
        _ = try await states()
        return
      } catch {
        guard error.exit == .unavailable else { throw error }
        if !hasSaidSo { progress(error) }
        hasSaidSo = true
      }
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, .seconds(5))
    }
  }

  /// Applies what is pending, and gives the roles their rights.
  ///
  /// - Returns: the roles that could not be made; none as a rule.
  /// - Throws: `CommandError`.
  public func migrate(
    _ progress: @Sendable (Migrator.Progress) -> Void
  ) async throws(CommandError) -> [String] {
    try await withMigrator { try await $0.migrate(progress: progress) }
  }

  /// Every migration and where it stands.
  ///
  /// - Throws: `CommandError`.
  public func states() async throws(CommandError) -> [MigrationState] {
    try await withMigrator { try await $0.states() }
  }

  /// What differs between the live schema and the shipped one, a line each.
  ///
  /// - Throws: `CommandError`.
  public func differences() async throws(CommandError) -> [String] {
    try await context.withDatabase("migrate") { database in
      SchemaSnapshot.shipped.differences(to: try await SchemaSnapshot.live(in: database))
    }
  }

  /// The live schema in the form that is shipped.
  ///
  /// - Throws: `CommandError`.
  public func snapshot() async throws(CommandError) -> String {
    try await context.withDatabase("migrate") { database in
      try await SchemaSnapshot.live(in: database).text
    }
  }

  private func withMigrator<R: Sendable>(
    _ body: @Sendable (Migrator) async throws -> R
  ) async throws(CommandError) -> R {
    try await context.withDatabase("migrate") { database in
      try await body(Migrator(database, belfryVersion: ServiceContext.version))
    }
  }
}
