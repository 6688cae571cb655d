/// Which login an account's token comes from; it decides the host that answers.
public enum SandboxLogin: String, Sendable, Codable, CaseIterable {
  /// Facebook Login: graph.facebook.com.
  case facebook
  /// Instagram Login: graph.instagram.com.
  case instagram
}

/// A professional account that the sandbox plays, with the token that opens it.
public struct SandboxAccount: Sendable, Codable, Equatable {
  /// What a Facebook-Login token stands for.
  public enum TokenKind: String, Sendable, Codable {
    /// A person's token; can be exchanged for a longer-lived one.
    case user
    /// A Page's token; never expires by itself, cannot be exchanged.
    case page
  }

  /// The account's id in publishing paths: decimal digits.
  public var id: String
  /// The handle, without `@`.
  public var username: String
  /// The display name; empty: the handle.
  public var name: String = ""
  /// A line for the feed page.
  public var biography: String = ""
  /// The surface on which the token works.
  public var login: SandboxLogin = .instagram
  /// The access token.
  public var token: String
  /// What the token stands for on Facebook Login; ignored on Instagram Login.
  public var tokenKind: TokenKind = .user
  /// The app's id, as `debug_token` reports it and the token exchange checks it.
  public var appID: String = "1000000000000001"
  /// The app's secret, for `appsecret_proof` and the token exchange; nil: not checked.
  public var appSecret: String?
  /// Whether "Require App Secret" is on (graph.facebook.com only).
  public var requireAppSecret: Bool = false
  /// Granted permissions; nil: everything that publishing needs on this login.
  public var scopes: [String]?
  /// Seconds since the token was issued, when the account is set.
  public var tokenAge: Double = 172_800
  /// Seconds until the token expires, from when the account is set; nil: never.
  public var tokenExpiresIn: Double? = 5_011_200
  /// The subcode of 190 with which every call is refused; 0: no subcode; nil: not revoked.
  public var revoked: Int?
  /// Whether creations and publishes answer 25/2207050.
  public var restricted: Bool = false
  /// Seconds for which creations and publishes answer 4/2207051, each one adding as much again.
  ///
  /// The time begins when it is set; nil: not blocked.
  public var spamBlock: Double?
  /// This account's posts per 24 hours; nil: the setting.
  public var quotaTotal: Int?

  /// An account with the defaults of every other property.
  public init(id: String, username: String, login: SandboxLogin, token: String) {
    self.id = id
    self.username = username
    self.login = login
    self.token = token
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, username, name, biography, login, token, scopes, revoked, restricted
    case tokenKind = "token_kind"
    case appID = "app_id"
    case appSecret = "app_secret"
    case requireAppSecret = "require_app_secret"
    case tokenAge = "token_age"
    case tokenExpiresIn = "token_expires_in"
    case spamBlock = "spam_block"
    case quotaTotal = "quota_total"
  }

  /// The permissions in force.
  var grantedScopes: [String] { scopes ?? Self.everyScope(for: login) }

  /// The permissions that reading, publishing and (Facebook) deleting need.
  static func everyScope(for login: SandboxLogin) -> [String] {
    switch login {
    case .facebook:
      [
        "instagram_basic", "instagram_content_publish", "instagram_manage_contents",
        "pages_read_engagement", "pages_show_list",
      ]
    case .instagram: ["instagram_business_basic", "instagram_business_content_publish"]
    }
  }
}
