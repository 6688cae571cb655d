public import Leases
public import Postgres
public import Posts

/// A post in `posting`, with everything that publishing it needs, and the lease that allows it.
public struct LeasedPost: Hashable, Codable, Sendable {
  /// The claim.
  public let term: LeaseTerm
  /// The row's id.
  public let id: PostID
  /// The pipeline that the attempt records.
  public let pipeline: String
  /// Whose post it is.
  public let persona: PersonaID
  /// The persona's name, for people.
  public let personaName: String
  /// Which surface the persona's token belongs to.
  public let login: Login
  /// The professional account's id, if it is known.
  public let accountID: String?
  /// The photo's row.
  public let photo: PhotoID
  /// The photo's file, if it has one.
  public let photoPath: String?
  /// The photo's public address, if it has one.
  public let photoURL: String?
  /// Whether the photo's size and checksum are known.
  public let photoInspected: Bool
  /// Description for people who cannot see the picture.
  public let altText: String?
  /// The text as it is sent, hashtags included.
  public let caption: String
  /// Whether to ask for the AI label.
  public let isAIGenerated: Bool
  /// The container of this attempt, if one was recorded.
  public let container: ContainerID?
  /// Seconds since the container was recorded.
  public let containerAge: Double?
  /// When publishing was requested, if it was; seconds since 1970.
  public let publishRequestedAt: Double?
  /// The media id, if the platform's answer was recorded.
  public let media: MediaID?
  /// When it was due; seconds since 1970.
  public let dueAt: Double
  /// Seconds from the due time to the load of this value.
  public let lateness: Double
}

struct LoadLeasedPosts: Statement {
  static let sql = SQLText(embedded: PackageResources.load_leased_posts_sql)
  let ids: [Int64]
  var bindings: [SQLValue] { [.int8Array(ids)] }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> LeasedPost {
    let id = try row.decode("id", as: Int64.self)
    let term = LeaseTerm(
      post: id,
      attempt: try row.decode("attempt", as: Int.self),
      token: try row.decode("token", as: Int64.self)
    )
    return LeasedPost(
      term: term,
      id: PostID(rawValue: id),
      pipeline: try row.decode("pipeline", as: String.self),
      persona: PersonaID(rawValue: try row.decode("persona_id", as: Int64.self)),
      personaName: try row.decode("persona", as: String.self),
      login: try row.decode("login", as: Login.self),
      accountID: try row.decode("account_id", as: String?.self),
      photo: PhotoID(rawValue: try row.decode("photo_id", as: Int64.self)),
      photoPath: try row.decode("path", as: String?.self),
      photoURL: try row.decode("url", as: String?.self),
      photoInspected: try row.decode("inspected", as: Bool.self),
      altText: try row.decode("alt_text", as: String?.self),
      caption: try row.decode("caption", as: String.self),
      isAIGenerated: try row.decode("is_ai_generated", as: Bool.self),
      container: try row.decode("container_id", as: String?.self).map(ContainerID.init(rawValue:)),
      containerAge: try row.decode("container_age", as: Double?.self),
      publishRequestedAt: try row.decode("publish_requested_at", as: Double?.self),
      media: try row.decode("provider_post_id", as: String?.self).map(MediaID.init(rawValue:)),
      dueAt: try row.decode("due_at", as: Double.self),
      lateness: try row.decode("lateness", as: Double.self)
    )
  }
}

/// A statement whose rows are one `bigint` column named `id`.
protocol IDStatement: Statement where Row == Int64 {}

extension IDStatement {
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int64 {
    try row.decode("id", as: Int64.self)
  }
}

extension Login: SQLDecodable {}
