/// Everything the sandbox remembers between two calls: a plain value, saved and compared as such.
struct SandboxState: Sendable {
  var accounts: [String: AccountState] = [:]
  var tokens: [String: TokenState] = [:]
  var containers: [String: Container] = [:]
  var media: [String: Media] = [:]
  /// Media ids in the order of publication.
  var mediaOrder: [String] = []
  /// Container ids in the order of creation.
  var containerOrder: [String] = []
  /// Pictures by SHA-256, so that a thousand posts of one photo keep it once.
  var pictures: [String: [UInt8]] = [:]
  var clock = SandboxClock()
}

/// The wall clock, moved or stopped.
struct SandboxClock: Sendable, Equatable {
  private var offset: Double = 0
  private var frozenAt: Moment?

  /// The sandbox's time at a time of the wall clock.
  func now(at wall: Moment) -> Moment { frozenAt ?? wall.advanced(bySeconds: offset) }

  /// Moves the clock by `seconds`; backwards is refused by the control API.
  mutating func advance(by seconds: Double) {
    offset += seconds
    frozenAt = frozenAt?.advanced(bySeconds: seconds)
  }

  /// Stops the clock.
  mutating func freeze(at wall: Moment) { frozenAt = now(at: wall) }

  /// Lets a stopped clock go on from where it stands.
  mutating func thaw(at wall: Moment) {
    guard let frozenAt else { return }
    offset = frozenAt.seconds(since: wall)
    self.frozenAt = nil
  }

  /// Whether the clock stands.
  var isFrozen: Bool { frozenAt != nil }
}

/// An account and what its limits count.
struct AccountState: Sendable {
  var profile: SandboxAccount
  /// Times of container creations within the last 24 hours.
  var creations: [Moment] = []
  /// Times of publishes within the last 24 hours.
  var publishes: [Moment] = []
  /// Until when the spam detector refuses it; nil: it does not.
  var blockedUntil: Moment?
  /// Its media ids, oldest first, carousel children not among them.
  var media: [String] = []
}

/// A token and what it opens.
struct TokenState: Sendable {
  var surface: SandboxLogin
  var kind: SandboxAccount.TokenKind
  var accounts: [String]
  var scopes: [String]
  var issuedAt: Moment
  /// nil: never.
  var expiresAt: Moment?
  /// The subcode of 190 it is refused with; 0: none.
  var revoked: Int?
}

/// A checked picture; its bytes are in ``SandboxState/pictures``.
struct Picture: Sendable, Equatable {
  var sha256: String
  var width: Int
  var height: Int
}

/// A media container.
struct Container: Sendable {
  enum Kind: String, Sendable {
    case image = "IMAGE"
    case item = "CAROUSEL_ITEM"
    case carousel = "CAROUSEL"
    case story = "STORY"
  }

  /// Meta's five status codes; an image container never reaches ERROR, its faults answer the POST.
  enum Status: String, Sendable {
    case inProgress = "IN_PROGRESS"
    case finished = "FINISHED"
    case error = "ERROR"
    case expired = "EXPIRED"
    case published = "PUBLISHED"

    /// The sentences seen in real answers; the one for EXPIRED is not established.
    var sentence: String {
      switch self {
      case .inProgress: "In Progress: Media is still being processed."
      case .finished: "Finished: Media has been uploaded and it is ready to be published."
      case .error: "Error: Media upload has failed with error code 2207032"
      case .expired: "Expired: Media has expired."
      case .published: "Published: Media has been successfully published."
      }
    }
  }

  /// Seconds that an unpublished container lives.
  static let lifetime: Double = 86_400

  let id: String
  let account: String
  let kind: Kind
  let createdAt: Moment
  var caption: String = ""
  var altText: String?
  var isAIGenerated: Bool = false
  var imageURL: String?
  var picture: Picture?
  var children: [String] = []
  var polls: Int = 0
  var media: [String] = []
}

/// A published media.
struct Media: Sendable {
  let id: String
  let account: String
  let container: String
  let kind: Container.Kind
  let publishedAt: Moment
  var caption: String
  var altText: String?
  var isAIGenerated: Bool
  var picture: Picture?
  var children: [String] = []
  /// The carousel it belongs to.
  var parent: String?
  var isDeleted: Bool = false

  var shortcode: String { IdentifierSource.shortcode(of: id) }
  var permalink: String { "https://www.instagram.com/p/\(shortcode)/" }
  var mediaType: String { kind == .carousel ? "CAROUSEL_ALBUM" : "IMAGE" }
  var productType: String { kind == .story ? "STORY" : "FEED" }
}
