public import Posts
public import Sealing

/// Where a container stands.
public enum ContainerStatus: Sendable, Equatable {
  /// Not published within 24 hours: gone.
  case expired
  /// Could not be made; ``ContainerState/errorSubcode`` may say why.
  case error
  /// Ready to be published.
  case finished
  /// Still being fetched or processed.
  case inProgress
  /// Published. The platform does not tell as which media.
  case published
  /// A word that the documentation does not know.
  case unrecognised(String)

  init(word: String) {
    self =
      switch word {
      case "EXPIRED": .expired
      case "ERROR": .error
      case "FINISHED": .finished
      case "IN_PROGRESS": .inProgress
      case "PUBLISHED": .published
      default: .unrecognised(word)
      }
  }
}

/// What the platform says about a container.
public struct ContainerState: Sendable, Equatable {
  /// Where it stands.
  public let status: ContainerStatus
  /// The platform's sentence about it.
  public let statusText: String?

  /// Makes a state.
  public init(status: ContainerStatus, statusText: String? = nil) {
    self.status = status
    self.statusText = statusText
  }

  /// The number in "… error code N", which is a subcode of the publishing table.
  public var errorSubcode: Int? {
    guard let range = statusText?.firstRange(of: "error code "), let statusText else { return nil }
    return Int(statusText[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
  }

  /// What it means for the post that the container is of no use; nil when it may be of use.
  public var failureClass: FailureClass? {
    switch status {
    case .expired: .newContainer
    case .error:
      classify(operation: .createContainer, httpStatus: nil, code: nil, subcode: errorSubcode)
    case .finished, .inProgress, .published, .unrecognised: nil
    }
  }
}

/// A published media, as far as the platform tells.
public struct Media: Sendable, Equatable {
  /// Its id.
  public var id: MediaID
  /// Its text; the platform leaves out `@` for callers without admin rights.
  public var caption: String?
  /// `IMAGE`, `VIDEO` or `CAROUSEL_ALBUM`.
  public var mediaType: String?
  /// `FEED`, `REELS`, `STORY` or `AD`.
  public var productType: String?
  /// Its page on instagram.com.
  public var permalink: String?
  /// When it was published, in seconds since 1970.
  public var timestamp: Int64?
  /// Whose it is.
  public var username: String?
  /// How many children a carousel has.
  public var childCount: Int?

  /// Makes a media; for stand-ins of the client in tests.
  public init(
    id: MediaID,
    caption: String? = nil,
    mediaType: String? = nil,
    productType: String? = nil,
    permalink: String? = nil,
    timestamp: Int64? = nil,
    username: String? = nil,
    childCount: Int? = nil
  ) {
    self.id = id
    self.caption = caption
    self.mediaType = mediaType
    self.productType = productType
    self.permalink = permalink
    self.timestamp = timestamp
    self.username = username
    self.childCount = childCount
  }
}

/// A piece of an account's media, newest first.
public struct MediaPage: Sendable, Equatable {
  /// The media of this page.
  public var media: [Media]
  /// Where the next page begins; nil when there is none.
  public var after: String?

  /// Makes a page.
  public init(media: [Media], after: String? = nil) {
    self.media = media
    self.after = after
  }
}

/// How many posts the account has published in the platform's moving window.
public struct PublishingLimit: Sendable, Equatable {
  /// Published within the window.
  public var usage: Int
  /// Allowed within the window; documents disagree on it, so nil means unknown, not unlimited.
  public var total: Int?
  /// The window's length.
  public var duration: Duration?

  /// Makes a limit.
  public init(usage: Int, total: Int? = nil, duration: Duration? = nil) {
    self.usage = usage
    self.total = total
    self.duration = duration
  }
}

/// Who the token speaks for.
public struct AccountInfo: Sendable, Equatable {
  /// The id that publishing paths want.
  public var id: String
  /// The account's name.
  public var username: String?

  /// Makes an account's description.
  public init(id: String, username: String? = nil) {
    self.id = id
    self.username = username
  }
}

/// What Meta says about a token.
public struct TokenInfo: Sendable, Equatable {
  /// Whether it can be used.
  public var isValid: Bool
  /// The permissions that were granted.
  public var scopes: [String]
  /// When it ends, in seconds since 1970; nil when it never does or nobody says.
  public var expiresAt: Int64?
  /// When access to the person's data ends, in seconds since 1970.
  public var dataAccessExpiresAt: Int64?
  /// The app that it belongs to.
  public var appID: String?
  /// Why it cannot be used: a subcode of error 190.
  public var errorSubcode: Int?

  /// Makes a token's description.
  public init(
    isValid: Bool,
    scopes: [String] = [],
    expiresAt: Int64? = nil,
    dataAccessExpiresAt: Int64? = nil,
    appID: String? = nil,
    errorSubcode: Int? = nil
  ) {
    self.isValid = isValid
    self.scopes = scopes
    self.expiresAt = expiresAt
    self.dataAccessExpiresAt = dataAccessExpiresAt
    self.appID = appID
    self.errorSubcode = errorSubcode
  }
}

/// A token that replaces the one it was asked for with.
public struct FreshToken: Sendable {
  /// The token; it may or may not be the same string as before.
  public var accessToken: Secret<String>
  /// How long it lasts from now; nil when nobody says.
  public var expiresIn: Duration?

  /// Makes a token.
  public init(accessToken: Secret<String>, expiresIn: Duration? = nil) {
    self.accessToken = accessToken
    self.expiresIn = expiresIn
  }
}
