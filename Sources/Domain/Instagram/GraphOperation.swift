/// What was asked of the platform; the same error means different things for different calls.
public enum GraphOperation: String, Sendable, CaseIterable {
  /// `POST /{ig-user-id}/media`: safe to repeat, an orphan is invisible and expires.
  case createContainer = "media"
  /// `POST /{ig-user-id}/media_publish`: never safe to repeat.
  case publish = "media_publish"
  /// `GET /{ig-container-id}`.
  case containerStatus = "container status"
  /// `GET /{ig-media-id}`.
  case readMedia = "media read"
  /// `GET /{ig-user-id}/media` and `/stories`.
  case listMedia = "media list"
  /// `GET /{ig-user-id}/content_publishing_limit`.
  case publishingLimit = "content_publishing_limit"
  /// `GET /me` or `GET /{ig-user-id}`.
  case accountInfo = "account read"
  /// `GET /debug_token`.
  case debugToken = "debug_token"
  /// `GET /refresh_access_token`.
  case refreshToken = "refresh_access_token"
  /// `GET /access_token` or `GET /oauth/access_token`.
  case exchangeToken = "access_token"

  /// Whether the call changes nothing.
  public var isRead: Bool {
    switch self {
    case .createContainer, .publish: false
    default: true
    }
  }
}
