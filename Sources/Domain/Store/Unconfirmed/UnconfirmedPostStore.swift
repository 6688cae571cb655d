public import Postgres
public import Posts
import Timekeeping

/// An unconfirmed post and what is known about it: publishing was requested, the outcome is not proven.
public struct UnconfirmedPost: Hashable, Sendable {
  /// The row's id.
  public let id: PostID
  /// Number of this look; it fences what the look finds out.
  public let look: Int
  /// Whose post it is.
  public let persona: PersonaID
  /// The persona's name.
  public let personaName: String
  /// Which surface its token belongs to.
  public let login: Login
  /// The professional account's id.
  public let accountID: String?
  /// The container that was, or was not, published.
  public let container: ContainerID?
  /// Seconds since the container was recorded.
  public let containerAge: Double?
  /// When publishing was requested, in seconds since 1970 by the database's clock.
  public let requestedAt: Double
  /// Seconds since then.
  public let age: Double
  /// Seconds since the container first read FINISHED without a break.
  public let finishedFor: Double?
  /// The caption as it was sent.
  public let caption: String
  /// Captions of the persona's other posts whose outcome is open.
  public let rivalCaptions: [String]
}

/// Unconfirmed posts: looks at them, and what comes of a look.
public struct UnconfirmedPostStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Takes the posts that are to be looked at now; a look that never ends is repeated after `patience`.
  public func claim(upTo limit: Int, patience: Duration) async throws(PostgresError)
    -> [UnconfirmedPost]
  {
    try await database.atomically { transaction throws(PostgresError) in
      let ids = try transaction.run(ClaimUnconfirmedPosts(limit: limit, patience: patience))
      guard !ids.isEmpty else { return [] }
      return try transaction.run(LoadUnconfirmedPosts(ids: ids))
    }
  }

  /// The post is live: records its media.
  ///
  /// False when somebody else decided in between.
  ///
  /// - Throws: `uniqueViolation` when another row has that media.
  public func adopt(
    _ unconfirmed: UnconfirmedPost,
    _ media: MediaID,
    permalink: String?,
    publishedAt: Double?
  ) async throws(PostgresError) -> Bool {
    try await database.execute(
      SQLText(embedded: PackageResources.adopt_media_sql),
      fence(unconfirmed) + [.text(media.rawValue), .optional(permalink), .optional(publishedAt)]
    ) == 1
  }

  /// The post is provably not live: back to the queue.
  public func publishAgain(
    _ unconfirmed: UnconfirmedPost,
    keepsContainer: Bool,
    cause: String,
    fix: String
  ) async throws(PostgresError) -> Bool {
    try await database.execute(
      SQLText(embedded: PackageResources.publish_again_sql),
      fence(unconfirmed) + [.bool(keepsContainer), .text(cause.storable), .text(fix.storable)]
    ) == 1
  }

  /// Not decided: the next look comes after `pause`, or never by itself when that is nil.
  public func lookAgain(
    _ unconfirmed: UnconfirmedPost,
    after pause: Duration?,
    isFinished: Bool,
    cause: String,
    fix: String
  ) async throws(PostgresError) -> Bool {
    try await database.execute(
      SQLText(embedded: PackageResources.check_again_sql),
      fence(unconfirmed) + [
        .optional(pause?.inSeconds), .bool(isFinished), .text(cause.storable), .text(fix.storable),
      ]
    ) == 1
  }

  private func fence(_ unconfirmed: UnconfirmedPost) -> [SQLValue] {
    [.int(unconfirmed.id.rawValue), .int(Int64(unconfirmed.look))]
  }
}

struct ClaimUnconfirmedPosts: IDStatement {
  static let sql = SQLText(embedded: PackageResources.claim_unconfirmed_sql)
  let limit: Int
  let patience: Duration
  var bindings: [SQLValue] { [.int(Int64(limit)), .double(patience.inSeconds)] }
}

struct LoadUnconfirmedPosts: Statement {
  static let sql = SQLText(embedded: PackageResources.load_unconfirmed_sql)
  let ids: [Int64]
  var bindings: [SQLValue] { [.int8Array(ids)] }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> UnconfirmedPost {
    UnconfirmedPost(
      id: PostID(rawValue: try row.decode("id", as: Int64.self)),
      look: try row.decode("check_number", as: Int.self),
      persona: PersonaID(rawValue: try row.decode("persona_id", as: Int64.self)),
      personaName: try row.decode("persona", as: String.self),
      login: try row.decode("login", as: Login.self),
      accountID: try row.decode("account_id", as: String?.self),
      container: try row.decode("container_id", as: String?.self).map(ContainerID.init(rawValue:)),
      containerAge: try row.decode("container_age", as: Double?.self),
      requestedAt: try row.decode("requested_at", as: Double.self),
      age: try row.decode("age", as: Double.self),
      finishedFor: try row.decode("finished_for", as: Double?.self),
      caption: try row.decode("caption", as: String.self),
      rivalCaptions: try row.decode("ambiguous_captions", as: [String].self)
    )
  }
}

extension PostStatus: SQLDecodable {}
