public import Posts
import Schema
import Settings
public import Store

/// Queues posts.
public struct QueueOperations: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// Finds persona and photo by what a person typed.
  ///
  /// - Throws: `CommandError` that names what is near.
  public func prepare(
    persona name: String,
    photo text: String,
    caption: String,
    at: String?
  ) async throws(CommandError) -> NewPost {
    try await context.withDatabase("schedule-post") { database in
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      let queue = QueueStore(database)
      let persona = try await requirePersona(name, in: queue)
      let photos = try await queue.photos(of: persona.id, matching: text)
      guard let photo = photos.first else {
        throw CommandError(
          .needsHuman,
          "\(name) has no photo '\(text)'",
          hint:
            "Register it: INSERT INTO photos (persona_id, path) VALUES (\(persona.id.rawValue), 'PATH');"
        )
      }
      guard photos.count == 1 else {
        throw CommandError(
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
  /// - Throws: `CommandError` with the database's own refusal and hint.
  public func schedule(_ post: NewPost) async throws(CommandError) -> (PostID, String) {
    try await context.withDatabase("schedule-post") { database in
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
  throw CommandError(.needsHuman, "there is no persona '\(name)'", hint: hint)
}
