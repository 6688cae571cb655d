public import Posts
public import Sealing

/// Where and how to reach Meta's Graph API.
public struct InstagramConfiguration: Sendable {
  /// The version in every path, such as `v26.0`.
  public var version: String
  /// The base of the Facebook Login surface.
  public var facebookGraphURL: String
  /// The base of the Instagram Login surface.
  public var instagramGraphURL: String
  /// The longest that one call may take.
  public var timeout: Duration

  /// Makes a configuration; the defaults are Meta's own hosts.
  public init(
    version: String = "v26.0",
    facebookGraphURL: String = "https://graph.facebook.com",
    instagramGraphURL: String = "https://graph.instagram.com",
    timeout: Duration = .seconds(30)
  ) {
    self.version = version
    self.facebookGraphURL = facebookGraphURL
    self.instagramGraphURL = instagramGraphURL
    self.timeout = timeout
  }
}

/// An Instagram professional account, and what it takes to act for it.
public struct InstagramAccount: Sendable {
  /// The account's numeric id, as publishing paths want it.
  public var accountID: String
  /// The surface that the token belongs to.
  public var login: Login
  /// The access token.
  public var accessToken: Secret<String>
  /// The app's secret; when known, calls on the Facebook surface carry a proof of it.
  public var appSecret: Secret<String>?

  /// Makes an account.
  public init(
    accountID: String,
    login: Login,
    accessToken: Secret<String>,
    appSecret: Secret<String>? = nil
  ) {
    self.accountID = accountID
    self.login = login
    self.accessToken = accessToken
    self.appSecret = appSecret
  }
}

/// The app at Meta that tokens belong to.
public struct AppCredentials: Sendable {
  /// The app's numeric id.
  public var appID: String
  /// The app's secret.
  public var appSecret: Secret<String>

  /// Makes credentials.
  public init(appID: String, appSecret: Secret<String>) {
    self.appID = appID
    self.appSecret = appSecret
  }
}
