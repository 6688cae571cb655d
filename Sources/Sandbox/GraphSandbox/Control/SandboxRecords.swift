/// A post that is really on an account, whatever the API tells of it.
public struct PublishedMedia: Sendable, Codable, Equatable {
  /// The media id.
  public var id: String
  /// The account's id.
  public var account: String
  /// The account's handle.
  public var username: String
  /// The container that it was published from.
  public var containerID: String
  /// `IMAGE` or `CAROUSEL_ALBUM`.
  public var mediaType: String
  /// `FEED` or `STORY`.
  public var productType: String
  /// The caption as sent.
  public var caption: String
  /// The alternative text.
  public var altText: String?
  /// Whether the post was declared as made with AI.
  public var isAIGenerated: Bool
  /// SHA-256 of the picture's bytes, hexadecimal; nil for a carousel, whose children have them.
  public var imageSHA256: String?
  /// Width of the picture in pixels.
  public var width: Int?
  /// Height of the picture in pixels.
  public var height: Int?
  /// The children's media ids, of a carousel.
  public var children: [String]
  /// When it was published, on the sandbox's clock.
  public var publishedAt: Moment
  /// The same in Graph's form.
  public var timestamp: String
  /// The address on instagram.com.
  public var permalink: String
  /// Whether it was deleted since.
  public var deleted: Bool

  enum CodingKeys: String, CodingKey {
    case id, account, username, caption, width, height, children, timestamp, permalink, deleted
    case containerID = "container_id"
    case mediaType = "media_type"
    case productType = "product_type"
    case altText = "alt_text"
    case isAIGenerated = "is_ai_generated"
    case imageSHA256 = "image_sha256"
    case publishedAt = "published_at"
  }
}

/// A container as the sandbox keeps it.
public struct ContainerRecord: Sendable, Codable, Equatable {
  /// The container id.
  public var id: String
  /// The account that created it.
  public var account: String
  /// `IMAGE`, `CAROUSEL_ITEM`, `CAROUSEL` or `STORY`.
  public var kind: String
  /// What a status read would answer now, without counting as one.
  public var statusCode: String
  /// The caption as sent.
  public var caption: String
  /// The address that the picture was fetched from.
  public var imageURL: String?
  /// When it was created.
  public var createdAt: Moment
  /// How often its status was read.
  public var polls: Int
  /// The media published from it: more than one is a duplicate.
  public var media: [String]

  enum CodingKeys: String, CodingKey {
    case id, account, kind, caption, polls, media
    case statusCode = "status_code"
    case imageURL = "image_url"
    case createdAt = "created_at"
  }
}

/// One Graph call as it arrived, and how it was answered.
public struct RecordedRequest: Sendable, Codable, Equatable {
  /// Counts from 1 since the start; a reset does not begin anew.
  public var number: Int
  /// The operation's name, as faults use it.
  public var operation: String
  /// The account concerned, when it is known.
  public var account: String?
  /// The HTTP method.
  public var method: String
  /// The path without its query.
  public var path: String
  /// Parameters by name; tokens and proofs are replaced.
  public var parameters: [String: String]
  /// When it arrived, on the sandbox's clock.
  public var time: Moment
  /// The HTTP status answered; nil while in flight and when the connection was cut.
  public var status: Int?
  /// `pending`, `answered`, `closed` or `cut short`.
  public var outcome: String
  /// Graph's error code, when one was answered.
  public var errorCode: Int?
  /// Graph's error subcode, when one was answered.
  public var errorSubcode: Int?
  /// Ids of the faults that touched it.
  public var faults: [String]

  enum CodingKeys: String, CodingKey {
    case number, operation, account, method, path, parameters, time, status, outcome, faults
    case errorCode = "error_code"
    case errorSubcode = "error_subcode"
  }
}

/// Posts that should have been one.
public struct Duplicate: Sendable, Codable, Equatable {
  /// The account's id.
  public var account: String
  /// `container` (published twice) or `caption` (two posts of one kind with the same caption).
  public var reason: String
  /// The container id, or the caption.
  public var value: String
  /// The media ids, oldest first.
  public var media: [String]
}
