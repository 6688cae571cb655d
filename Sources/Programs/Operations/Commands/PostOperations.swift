import Journal
import Logging
import Postgres
public import Posts
import Publishing
import Schema
public import Store

/// What operators do and look at: verbs on posts and personas, the queue, the problems, one post's life.
public struct PostOperations: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// Acts, and answers in one line; the same action twice is the same as once.
  ///
  /// - Parameters:
  ///   - action: what to do.
  ///   - actor: the person at the keyboard, who is named as the one who held something.
  /// - Throws: `CommandError` with the database's refusal and hint.
  public func perform(_ action: Action, as actor: String?) async throws(CommandError) -> String {
    let answer = try await withCurrentSchema(action.verb) { database in
      try await ActionStore(database).perform(action, as: actor)
    }
    context.logger.log(
      .acted,
      "\(actor ?? "somebody") said \(action.verb): \(answer)",
      action.subject.merging(["action": "\(action.verb)"]) { _, new in new }
    )
    return answer
  }

  /// What waits, in the order in which it goes out.
  ///
  /// - Throws: `CommandError`; also when there is no such persona.
  public func queue(of persona: String?, upTo limit: Int) async throws(CommandError) -> [QueuedPost]
  {
    try await withCurrentSchema("queue") { database in
      if let persona { _ = try await requirePersona(persona, in: QueueStore(database)) }
      return try await ListingStore(database).queue(of: persona, upTo: limit)
    }
  }

  /// What needs a human, worst first.
  ///
  /// - Throws: `CommandError`.
  public func problems() async throws(CommandError) -> [ProblemDetail] {
    try await withCurrentSchema("problems") { try await ListingStore($0).problems() }
  }

  /// One post with its life.
  ///
  /// - Throws: `CommandError`; also when there is no such post.
  public func post(_ id: PostID) async throws(CommandError) -> PostDetail {
    try await withCurrentSchema("show") { database in
      guard let post = try await ListingStore(database).post(id) else {
        throw CommandError(.needsHuman, "there is no post \(id)", hint: "Look: belfry queue.")
      }
      return post
    }
  }

  private func withCurrentSchema<R: Sendable>(
    _ name: String,
    _ body: @Sendable (Database) async throws -> R
  ) async throws(CommandError) -> R {
    try await context.withDatabase(name) { database in
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      return try await body(database)
    }
  }
}

extension Action {
  /// The post or the persona that it is about, as fields of the journal.
  fileprivate var subject: Logger.Metadata {
    switch self {
    case .hold(let target, _), .release(let target), .retry(let target, _), .cancel(let target):
      switch target {
      case .post(let post): ["post": "\(post.rawValue)"]
      case .persona(let name): ["persona": "\(name)"]
      case .everything: [:]
      }
    case .move(let post, _), .resolve(let post, _): ["post": "\(post.rawValue)"]
    }
  }

  fileprivate var verb: String {
    switch self {
    case .hold: "hold"
    case .release: "release"
    case .retry: "retry"
    case .cancel: "cancel"
    case .move: "move"
    case .resolve: "resolve"
    }
  }
}
