public import Postgres
public import Posts

/// What an operator does with a post, a persona, or everything.
///
/// The rules are the database's functions of the same names, so that psql and the command line agree.
public enum Action: Sendable, Hashable {
  /// What is acted on.
  public enum Target: Sendable, Hashable {
    /// One post.
    case post(PostID)
    /// All posts of a persona, by its name.
    case persona(String)
    /// Every persona.
    case everything
  }

  /// Keep back, with a reason that others will read.
  case hold(Target, reason: String?)
  /// End a hold.
  case release(Target)
  /// Try again what failed or was deferred; a time is for one post only.
  case retry(Target, at: String?)
  /// Withdraw what did not go out.
  case cancel(Target)
  /// Give a post another time, as a person writes it.
  case move(PostID, to: String)
  /// Say that an unconfirmed post is live, under this media id, or nil: that it is not.
  case resolve(PostID, publishedAs: MediaID?)
}

/// Acts, through the database's own verbs.
public struct ActionStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Acts and answers what came of it, in one line; the same action twice is the same as once.
  ///
  /// - Parameters:
  ///   - action: what to do.
  ///   - actor: who is named as the one who held something; nil for the database role.
  /// - Throws: the database's refusal, with its hint.
  public func perform(_ action: Action, as actor: String?) async throws(PostgresError) -> String {
    try await database.atomically { transaction throws(PostgresError) in
      if let actor { _ = try transaction.run(NameActor(name: actor)) }
      guard let answer = try transaction.run(Act(action: action)).first else {
        throw .missingRow("act")
      }
      return answer
    }
  }
}

struct NameActor: Statement {
  static let sql = SQLText(embedded: PackageResources.name_actor_sql)
  typealias Row = Void
  let name: String
  var bindings: [SQLValue] { [.text(name)] }
}

struct Act: Statement {
  static let sql = SQLText(embedded: PackageResources.act_sql)
  let action: Action

  var bindings: [SQLValue] {
    switch action {
    case .hold(let target, let reason): values("hold", target, .optional(reason))
    case .release(let target): values("release", target)
    case .retry(let target, let time): values("retry", target, .optional(time))
    case .cancel(let target): values("cancel", target)
    case .move(let post, let time): values("move", .post(post), .text(time))
    case .resolve(let post, let media?):
      values("resolve", .post(post), "published", .text(media.rawValue))
    case .resolve(let post, nil): values("resolve", .post(post), "not-published")
    }
  }

  private func values(
    _ verb: SQLValue,
    _ target: Action.Target,
    _ first: SQLValue = .null,
    _ second: SQLValue = .null
  ) -> [SQLValue] {
    switch target {
    case .post(let post): [verb, .int(post.rawValue), .null, first, second]
    case .persona(let name): [verb, .null, .text(name), first, second]
    case .everything: [verb, .null, .null, first, second]
    }
  }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("answer", as: String.self)
  }
}
