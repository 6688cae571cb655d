/// How the sandbox behaves where Meta's behaviour is unknown, variable or slow.
///
/// Every key can be changed at any time through `POST /_sandbox/settings`.
public struct SandboxSettings: Sendable, Codable, Equatable {
  /// What a second publish of one container does; which of them Meta does is not known.
  public enum SecondPublish: String, Sendable, Codable {
    /// A second post appears: the worst case, and therefore the default.
    case secondPost = "second_post"
    /// The id of the first post is answered again.
    case sameID = "same_id"
    /// Refused with 24/2207008, as if the container were gone.
    case error
  }

  /// When the usage headers are sent.
  public enum UsageHeaders: String, Sendable, Codable {
    /// On every second call.
    case some
    /// On every call.
    case always
    /// On no call.
    case never
  }

  /// Seconds until a new post shows in `/media` and `/stories`.
  public var listingDelay: Double = 0
  /// Whether captions are read back without `@`.
  public var stripAtInCaptions: Bool = false
  /// Whether `error_user_title` and `error_user_msg` come in another language.
  public var localised: Bool = false
  /// Whether errors carry their optional fields.
  public var optionalErrorFields: Bool = true
  /// What a second publish of one container does.
  public var secondPublish: SecondPublish = .secondPost
  /// The number of the status read that answers FINISHED; 0: finished when created.
  public var pollsUntilFinished: Int = 1
  /// Seconds after which a container is FINISHED however often it was read; nil: only reads count.
  public var secondsUntilFinished: Double? = 5
  /// Posts per account and rolling 24 hours.
  public var quotaTotal: Int = 100
  /// Containers per account and rolling 24 hours.
  public var creationLimit: Int = 400
  /// Whether the protocol features that v26.0 removed are refused.
  public var strict: Bool = true
  /// When `x-app-usage` and `x-business-use-case-usage` are sent.
  public var usageHeaders: UsageHeaders = .some
  /// The percentage that the usage headers state.
  public var usagePercent: Int = 4
  /// The minutes that the usage headers state when a limit is hit.
  public var usageRegainMinutes: Int = 19
  /// The HTTP status of 190: 400 or 401.
  public var invalidTokenStatus: Int = 400
  /// Whether `/me` on the Instagram surface is wrapped in `{"data":[…]}`.
  public var meWrapped: Bool = false
  /// Whether a refreshed token is a new string.
  public var refreshChangesToken: Bool = true
  /// Whether `debug_token` can read Instagram-Login tokens.
  public var debugTokenReadsInstagram: Bool = false
  /// Whether every published carousel silently loses its last child.
  public var carouselLosesChild: Bool = false
  /// Collaborators whose presence refuses the whole container.
  public var inaccessibleCollaborators: [String] = []
  /// Seconds after which fetching a picture is given up.
  public var fetchTimeout: Double = 10
  /// Whether a picture may be fetched from this machine and private networks.
  public var fetchFromPrivateHosts: Bool = true
  /// Whether the picture host's robots.txt is honoured, as Meta's fetcher does.
  public var honourRobots: Bool = false
  /// URL prefixes replaced before fetching, so that an `https` address can lead to a local server.
  public var fetchRewrites: [String: String] = [:]

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case localised, strict
    case listingDelay = "listing_delay"
    case stripAtInCaptions = "strip_at_in_captions"
    case optionalErrorFields = "optional_error_fields"
    case secondPublish = "second_publish"
    case pollsUntilFinished = "polls_until_finished"
    case secondsUntilFinished = "seconds_until_finished"
    case quotaTotal = "quota_total"
    case creationLimit = "creation_limit"
    case usageHeaders = "usage_headers"
    case usagePercent = "usage_percent"
    case usageRegainMinutes = "usage_regain_minutes"
    case invalidTokenStatus = "invalid_token_status"
    case meWrapped = "me_wrapped"
    case refreshChangesToken = "refresh_changes_token"
    case debugTokenReadsInstagram = "debug_token_reads_instagram"
    case carouselLosesChild = "carousel_loses_child"
    case inaccessibleCollaborators = "inaccessible_collaborators"
    case fetchTimeout = "fetch_timeout"
    case fetchFromPrivateHosts = "fetch_from_private_hosts"
    case honourRobots = "honour_robots"
    case fetchRewrites = "fetch_rewrites"
  }
}
