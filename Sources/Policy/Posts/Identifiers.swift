/// A row of `scheduling_posts`.
public struct PostID: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
  /// The value of `scheduling_posts.id`.
  public let rawValue: Int64
  /// Wraps a value of `scheduling_posts.id`.
  public init(rawValue: Int64) { self.rawValue = rawValue }
  /// The form that people read and type: `#412`.
  public var description: String { "#\(rawValue)" }
}

/// A row of `personas`.
public struct PersonaID: RawRepresentable, Hashable, Codable, Sendable {
  /// The value of `personas.id`.
  public let rawValue: Int64
  /// Wraps a value of `personas.id`.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A row of `photos`.
public struct PhotoID: RawRepresentable, Hashable, Codable, Sendable {
  /// The value of `photos.id`.
  public let rawValue: Int64
  /// Wraps a value of `photos.id`.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The id of a media container: what `POST /{ig-user-id}/media` answers.
///
/// A decimal string that can exceed 2^53; never a number. It is a type of its own because storing it
/// where the media id belongs is a mistake that other tools made.
public struct ContainerID: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
  /// The id as the platform spelt it.
  public let rawValue: String
  /// Wraps an id as the platform spelt it.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The id as the platform spelt it.
  public var description: String { rawValue }
}

/// The id of a published media: what `POST /{ig-user-id}/media_publish` answers.
public struct MediaID: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
  /// The id as the platform spelt it.
  public let rawValue: String
  /// Wraps an id as the platform spelt it.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The id as the platform spelt it.
  public var description: String { rawValue }
}

/// Which of Meta's two surfaces an account's token belongs to (`personas.login`).
public enum Login: String, Codable, Sendable, CaseIterable {
  /// Facebook Login for Business: `graph.facebook.com`.
  case facebook
  /// Instagram Login: `graph.instagram.com`.
  case instagram
}
