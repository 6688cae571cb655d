public import Pipeline
public import Postgres
public import Posts

/// A persona as commands need it.
public struct Persona: Hashable, Sendable {
  /// The row's id.
  public let id: PersonaID
  /// The name that people type.
  public let name: String
  /// Which surface its token belongs to.
  public let login: Login
  /// The professional account's id.
  public let accountID: String?
  /// The Meta app's id.
  public let appID: String?
  /// An IANA time zone.
  public let timeZone: String
}

/// What a new post is made of.
public struct NewPost: Hashable, Codable, Sendable {
  /// Whose it is.
  public var persona: PersonaID
  /// Its picture.
  public var photo: PhotoID
  /// Its text.
  public var caption: String
  /// When, as a person writes it, local to the persona unless it names a zone; nil means now.
  public var at: String?

  /// Describes a new post.
  public init(persona: PersonaID, photo: PhotoID, caption: String, at: String?) {
    self.persona = persona
    self.photo = photo
    self.caption = caption
    self.at = at
  }
}

/// What an inspection found out about a photo's file.
public struct PhotoRecord: Hashable, Sendable {
  /// `jpeg`.
  public var format: String
  /// Pixels.
  public var width: Int
  /// Pixels.
  public var height: Int
  /// Size of the file.
  public var bytes: Int
  /// Lower-case hex.
  public var sha256: String

  /// Collects what was found out.
  public init(format: String, width: Int, height: Int, bytes: Int, sha256: String) {
    self.format = format
    self.width = width
    self.height = height
    self.bytes = bytes
    self.sha256 = sha256
  }
}

/// Personas, photos and new posts.
public struct QueueStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// The persona of this name.
  public func persona(named name: String) async throws(PostgresError) -> Persona? {
    try await database.run(FindPersona(name: name)).first
  }

  /// All names, for suggestions; at most 1,000.
  public func personaNames() async throws(PostgresError) -> [String] {
    try await database.run(PersonaNames())
  }

  /// The photos that `text` may mean: an id, a path or url as registered, or the end of a path; at
  /// most two, so that the caller can tell an ambiguity.
  public func photos(of persona: PersonaID, matching text: String) async throws(PostgresError)
    -> [PhotoID]
  {
    try await database.run(FindPhoto(persona: persona, text: text)).map(PhotoID.init(rawValue:))
  }

  /// Queues a post and tells its id and its local time.
  public func schedule(_ post: NewPost) async throws(PostgresError) -> (PostID, String) {
    try await database.atomically { transaction throws(PostgresError) in
      let id = try Self.insert(post, in: transaction)
      let due = try transaction.run(DescribePostTime(post: id.rawValue)).first ?? ""
      return (id, due)
    }
  }

  /// Inserts a post that is due now, leases it for the instance, opens its attempt and records the step that
  /// does so: one transaction.
  ///
  /// - Returns: the post with that record, as a claim returns it.
  public func createLeased(
    _ post: NewPost,
    for instance: Int64,
    pipeline: (name: String, version: Int),
    recording step: StepRecord
  ) async throws(PostgresError) -> ClaimedPost {
    let (name, version) = pipeline
    return try await database.atomically { transaction throws(PostgresError) in
      let id = try Self.insert(post, in: transaction)
      let leased = try transaction.run(LeaseCreatedPost(post: id.rawValue, instance: instance))
      _ = try transaction.execute(
        LeaseStore.SQL.openAttempts,
        [.int8Array(leased), .text(name), .int(Int64(version))]
      )
      guard let post = try transaction.run(LoadLeasedPosts(ids: leased)).first else {
        throw .missingRow("scheduling_posts")
      }
      try PostStepLog.insert(step, post.term, in: transaction)
      return ClaimedPost(post: post, records: [step])
    }
  }

  /// Records what an inspection found out.
  public func inspected(_ photo: PhotoID, _ facts: PhotoRecord) async throws(PostgresError) {
    _ = try await database.execute(
      SQLText(embedded: PackageResources.photo_inspected_sql),
      [
        .int(photo.rawValue), .text(facts.format), .int(Int64(facts.width)),
        .int(Int64(facts.height)), .int(Int64(facts.bytes)), .text(facts.sha256),
      ]
    )
  }

  private static func insert(
    _ post: NewPost,
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> PostID {
    guard let id = try transaction.run(CreatePost(post: post)).first else {
      throw .missingRow("scheduling_posts")
    }
    return PostID(rawValue: id)
  }
}

struct FindPersona: Statement {
  static let sql = SQLText(embedded: PackageResources.find_persona_sql)
  let name: String
  var bindings: [SQLValue] { [.text(name)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Persona {
    Persona(
      id: PersonaID(rawValue: try row.decode("id", as: Int64.self)),
      name: try row.decode("name", as: String.self),
      login: try row.decode("login", as: Login.self),
      accountID: try row.decode("account_id", as: String?.self),
      appID: try row.decode("app_id", as: String?.self),
      timeZone: try row.decode("time_zone", as: String.self)
    )
  }
}

struct PersonaNames: Statement {
  static let sql = SQLText(embedded: PackageResources.persona_names_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("name", as: String.self)
  }
}

struct FindPhoto: IDStatement {
  static let sql = SQLText(embedded: PackageResources.find_photo_sql)
  let persona: PersonaID
  let text: String
  var bindings: [SQLValue] { [.int(persona.rawValue), .text(text)] }
}

struct CreatePost: IDStatement {
  static let sql = SQLText(embedded: PackageResources.create_post_sql)
  let post: NewPost
  var bindings: [SQLValue] {
    [
      .int(post.persona.rawValue), .int(post.photo.rawValue), .text(post.caption),
      .optional(post.at),
    ]
  }
}

struct LeaseCreatedPost: IDStatement {
  static let sql = SQLText(embedded: PackageResources.lease_created_post_sql)
  let post: Int64
  let instance: Int64
  var bindings: [SQLValue] { [.int(post), .int(instance)] }
}

struct DescribePostTime: Statement {
  static let sql = SQLText(embedded: PackageResources.describe_post_time_sql)
  let post: Int64
  var bindings: [SQLValue] { [.int(post)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("due", as: String.self)
  }
}
