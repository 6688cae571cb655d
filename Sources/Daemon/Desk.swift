import Postgres
import Publishing
import Settings
public import Posts
public import Store

// What the commands do that only look or queue: each opens one connection, does its work and closes it.

/// Looks at the whole.
public struct Desk: Sendable {
  let installation: Installation

  /// Works with this installation.
  public init(_ installation: Installation) { self.installation = installation }

  /// What `belfry status` shows.
  ///
  /// - Throws: `ProgramError`.
  public func overview() async throws(ProgramError) -> Overview {
    try await installation.withDatabase("status") { database in
      try await Migrator(database, belfryVersion: Installation.version).requireCurrent()
      return try await StatusStore(database).overview()
    }
  }
}

/// Queues posts.
public struct QueueDesk: Sendable {
  let installation: Installation

  /// Works with this installation.
  public init(_ installation: Installation) { self.installation = installation }

  /// Finds persona and photo by what a person typed.
  ///
  /// - Throws: `ProgramError` that names what is near.
  public func prepare(
    persona name: String,
    photo text: String,
    caption: String,
    at: String?
  ) async throws(ProgramError) -> NewPost {
    try await installation.withDatabase("schedule-post") { database in
      try await Migrator(database, belfryVersion: Installation.version).requireCurrent()
      let queue = QueueStore(database)
      let persona = try await requirePersona(name, in: queue)
      let photos = try await queue.photos(of: persona.id, matching: text)
      guard let photo = photos.first else {
        throw ProgramError(
          .needsHuman,
          "\(name) has no photo '\(text)'",
          hint:
            "Register it: INSERT INTO photos (persona_id, path) VALUES (\(persona.id.rawValue), 'PATH');"
        )
      }
      guard photos.count == 1 else {
        throw ProgramError(
          .needsHuman,
          "'\(text)' fits several photos of \(name)",
          hint:
            "Give the id: SELECT id, path FROM photos WHERE persona_id = \(persona.id.rawValue);"
        )
      }
      return NewPost(
        persona: persona.id,
        photo: photo,
        caption: caption,
        at: at
      )
    }
  }

  /// Queues a post; answers its id and its time in the persona's zone.
  ///
  /// - Throws: `ProgramError` with the database's own refusal and hint.
  public func schedule(_ post: NewPost) async throws(ProgramError) -> (PostID, String) {
    try await installation.withDatabase("schedule-post") { database in
      try await QueueStore(database).schedule(post)
    }
  }
}

/// The persona of this name, or an error that says which names there are.
func requirePersona(_ name: String, in queue: QueueStore) async throws -> Persona {
  if let persona = try await queue.persona(named: name) { return persona }
  let names = try await queue.personaNames()
  let hint: String
  if let near = nearest(to: name, among: names) {
    hint = "Did you mean '\(near)'?"
  } else if names.isEmpty {
    hint = "Create one: INSERT INTO personas (name, instagram_account_id) VALUES ('\(name)', 'ID');"
  } else {
    hint = "There are: \(names.prefix(20).joined(separator: ", "))."
  }
  throw ProgramError(.needsHuman, "there is no persona '\(name)'", hint: hint)
}

/// The schema, for its owner.
public struct SchemaDesk: Sendable {
  let installation: Installation

  /// Works with this installation.
  public init(_ installation: Installation) { self.installation = installation }

  /// Waits until the database answers, as long as it is merely away.
  ///
  /// Only the connection is waited for: what goes wrong while migrating is never tried again by itself.
  ///
  /// - Parameter progress: called once, with what is waited for, when the database is away.
  /// - Throws: `ProgramError` when waiting would not help.
  public func awaitDatabase(_ progress: @Sendable (ProgramError) -> Void) async throws(ProgramError)
  {
    var hasSaidSo = false
    var pause = Duration.milliseconds(200)
    while true {
      do throws(ProgramError) {
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
  /// - Throws: `ProgramError`.
  public func migrate(
    _ progress: @Sendable (Migrator.Progress) -> Void
  ) async throws(ProgramError) -> [String] {
    try await withMigrator { try await $0.migrate(progress: progress) }
  }

  /// Every migration and where it stands.
  ///
  /// - Throws: `ProgramError`.
  public func states() async throws(ProgramError) -> [MigrationState] {
    try await withMigrator { try await $0.states() }
  }

  /// What differs between the live schema and the shipped one, a line each.
  ///
  /// - Throws: `ProgramError`.
  public func differences() async throws(ProgramError) -> [String] {
    try await installation.withDatabase("migrate") { database in
      SchemaSnapshot.shipped.differences(to: try await SchemaSnapshot.live(in: database))
    }
  }

  /// The live schema in the form that is shipped.
  ///
  /// - Throws: `ProgramError`.
  public func snapshot() async throws(ProgramError) -> String {
    try await installation.withDatabase("migrate") { database in
      try await SchemaSnapshot.live(in: database).text
    }
  }

  private func withMigrator<R: Sendable>(
    _ body: @Sendable (Migrator) async throws -> R
  ) async throws(ProgramError) -> R {
    try await installation.withDatabase("migrate") { database in
      try await body(Migrator(database, belfryVersion: Installation.version))
    }
  }
}

extension Installation {
  /// Lends a connection to `body` and closes it; every error becomes one for people.
  func withDatabase<R: Sendable>(
    _ name: String,
    _ body: @Sendable (Database) async throws -> R
  ) async throws(ProgramError) -> R {
    let database = database(name)
    let result: Result<R, ProgramError>
    do {
      result = .success(try await body(database))
    } catch {
      result = .failure(ProgramError(database: error))
    }
    await database.close()
    return try result.get()
  }
}
