import Postgres

extension ServiceContext {
  /// Lends a connection to `body` and closes it; every error becomes one for people.
  func withDatabase<R: Sendable>(
    _ name: String,
    _ body: @Sendable (Database) async throws -> R
  ) async throws(CommandError) -> R {
    let database = database(name)
    let result: Result<R, CommandError>
    do {
      result = .success(try await body(database))
    } catch {
      result = .failure(CommandError(database: error))
    }
    await database.close()
    return try result.get()
  }
}
