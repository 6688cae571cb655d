public import Postgres
public import Posts

/// A post that waits, as `belfry queue` shows it.
public struct QueuedPost: Hashable, Sendable {
  /// Its id.
  public let id: PostID
  /// Whose it is.
  public let persona: String
  /// When it goes out, in the persona's zone: `tomorrow 08:05`.
  public let goesOut: String
  /// How far away that is: `in 17 h`.
  public let distance: String
  /// `scheduled`, `posting`, `held`, `unconfirmed`, `persona held` or `deferred 3x`.
  public let state: String
  /// The file's name, or the photo's url.
  public let photo: String
  /// The caption's beginning, on one line.
  public let caption: String
  /// Why it was deferred or is held.
  public let reason: String?
  /// The due time, in UTC, ISO 8601.
  public let dueAt: String
  /// The due time or the next try, whichever is later, in UTC, ISO 8601.
  public let readyAt: String
  /// The status as the table has it.
  public let status: String
  /// The caption, whole.
  public let wholeCaption: String
}

/// Something that needs a human, as `belfry problems` shows it.
public struct ProblemDetail: Hashable, Sendable {
  /// `unconfirmed`, `stopped`, `failed`, `held`, `no token`, `token ends`, `deferred` or `refused`.
  public let severity: String
  /// The post, if it is about one.
  public let post: PostID?
  /// The persona; empty when it is about none.
  public let persona: String
  /// Since when, in UTC, ISO 8601.
  public let since: String?
  /// What happened.
  public let cause: String
  /// What to do, in words.
  public let advice: String?
  /// The exact command to run, in psql or a shell.
  public let command: String
}

/// One post, whole.
public struct PostDetail: Hashable, Sendable {
  /// Something that happened to a post.
  public struct Event: Hashable, Sendable {
    /// When, in the session's zone, to the millisecond.
    public let at: String
    /// What, in words.
    public let event: String
  }

  /// Its id.
  public let id: PostID
  /// Whose it is.
  public let persona: String
  /// The status as the table has it.
  public let status: String
  /// Where it stands and what happens next, in one line.
  public let explanation: String
  /// The caption.
  public let caption: String
  /// How often it was leased.
  public let attempts: Int
  /// The photo's path or url.
  public let photo: String?
  /// Instagram's media id.
  public let mediaID: String?
  /// The public address.
  public let permalink: String?
  /// The container of the present or last attempt.
  public let containerID: String?
  /// The due time, in UTC, ISO 8601.
  public let dueAt: String?
  /// When it went live, in UTC, ISO 8601.
  public let postedAt: String?
  /// Seconds between the two.
  public let lateness: Double?
  /// The strategy that chose photo and time.
  public let strategy: String?
  /// The cluster that the photo was chosen from.
  public let cluster: String?
  /// Its life, oldest first.
  public var events: [Event] = []
}

/// Reads the queue, the problems and single posts for people.
public struct ListingStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// What waits, in the order in which it goes out; of one persona or of all.
  public func queue(of persona: String?, upTo limit: Int) async throws(PostgresError)
    -> [QueuedPost]
  {
    try await database.run(ListQueue(persona: persona, limit: limit))
  }

  /// What needs a human, worst first, at most 1,000.
  public func problems() async throws(PostgresError) -> [ProblemDetail] {
    try await database.run(ListProblems())
  }

  /// One post with its life; nil when there is none.
  public func post(_ id: PostID) async throws(PostgresError) -> PostDetail? {
    try await database.atomically(isolation: .repeatableRead) { transaction throws(PostgresError) in
      guard var post = try transaction.run(ShowPost(post: id.rawValue)).first else { return nil }
      post.events = try transaction.run(PostEvents(post: id.rawValue))
      return post
    }
  }
}

struct ListQueue: Statement {
  static let sql = SQLText(embedded: PackageResources.list_queue_sql)
  let persona: String?
  let limit: Int
  var bindings: [SQLValue] { [.optional(persona), .int(Int64(limit))] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> QueuedPost {
    QueuedPost(
      id: PostID(rawValue: try row.decode("post", as: Int64.self)),
      persona: try row.decode("persona", as: String.self),
      goesOut: try row.decode("goes_out", as: String.self),
      distance: try row.decode("distance", as: String.self),
      state: try row.decode("state", as: String.self),
      photo: try row.decode("photo", as: String.self),
      caption: try row.decode("caption", as: String.self),
      reason: try row.decode("reason", as: String?.self),
      dueAt: try row.decode("due_at", as: String.self),
      readyAt: try row.decode("ready_at", as: String.self),
      status: try row.decode("status", as: String.self),
      wholeCaption: try row.decode("whole_caption", as: String.self)
    )
  }
}

struct ListProblems: Statement {
  static let sql = SQLText(embedded: PackageResources.list_problems_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> ProblemDetail {
    ProblemDetail(
      severity: try row.decode("severity", as: String.self),
      post: try row.decode("post", as: Int64?.self).map(PostID.init(rawValue:)),
      persona: try row.decode("persona", as: String.self),
      since: try row.decode("since", as: String?.self),
      cause: try row.decode("cause", as: String.self),
      advice: try row.decode("advice", as: String?.self),
      command: try row.decode("command", as: String.self)
    )
  }
}

struct ShowPost: Statement {
  static let sql = SQLText(embedded: PackageResources.show_post_sql)
  let post: Int64
  var bindings: [SQLValue] { [.int(post)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> PostDetail {
    PostDetail(
      id: PostID(rawValue: try row.decode("id", as: Int64.self)),
      persona: try row.decode("persona", as: String.self),
      status: try row.decode("status", as: String.self),
      explanation: try row.decode("explanation", as: String.self),
      caption: try row.decode("caption", as: String.self),
      attempts: try row.decode("attempts", as: Int.self),
      photo: try row.decode("photo", as: String?.self),
      mediaID: try row.decode("media_id", as: String?.self),
      permalink: try row.decode("permalink", as: String?.self),
      containerID: try row.decode("container_id", as: String?.self),
      dueAt: try row.decode("due_at", as: String?.self),
      postedAt: try row.decode("posted_at", as: String?.self),
      lateness: try row.decode("lateness", as: Double?.self),
      strategy: try row.decode("strategy_name", as: String?.self),
      cluster: try row.decode("cluster", as: String?.self)
    )
  }
}

struct PostEvents: Statement {
  static let sql = SQLText(embedded: PackageResources.post_events_sql)
  let post: Int64
  var bindings: [SQLValue] { [.int(post)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> PostDetail.Event {
    PostDetail.Event(
      at: try row.decode("at", as: String.self),
      event: try row.decode("event", as: String.self)
    )
  }
}
