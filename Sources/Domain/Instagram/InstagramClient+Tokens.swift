import Posts
import Sealing

// The token endpoints are documented with the token in the query only. The transport never shows a
// query, and messages are cleaned of every secret of the call.

extension InstagramClient {
  /// What Meta knows about the account's token; documented for the Facebook surface's tokens.
  ///
  /// Asks in the app's name when `app` is given, else in the token's own.
  ///
  /// - Throws: ``InstagramError`` when the question itself failed. A dead token is an answer.
  public func debugToken(
    _ account: InstagramAccount,
    app: AppCredentials? = nil
  ) async throws(InstagramError) -> TokenInfo {
    let url = "\(surfaceURL(.facebook))/\(configuration.version)/debug_token"
    var call = GraphCall(operation: .debugToken, url: url)
    account.accessToken.expose { call.query["input_token"] = $0 }
    if let app {
      call.bearer = app.appSecret.expose { Secret("\(app.appID)|\($0)") }
      call.secrets = [app.appSecret, account.accessToken]
    } else {
      call.sign(as: account)
    }
    let answer: Unwrapped<TokenInfo> = try await caller.perform(call, for: account.accountID)
    return answer.value
  }

  /// Prolongs a long-lived token of the Instagram surface to 60 days from now.
  ///
  /// The token must be at least 24 hours old and not expired. Store what comes back: the string may have
  /// changed.
  ///
  /// - Throws: ``InstagramError``
  public func refreshToken(
    _ account: InstagramAccount
  ) async throws(InstagramError) -> FreshToken {
    let url = "\(surfaceURL(.instagram))/refresh_access_token"
    var call = GraphCall(operation: .refreshToken, url: url, secrets: [account.accessToken])
    call.query["grant_type"] = "ig_refresh_token"
    account.accessToken.expose { call.query["access_token"] = $0 }
    return try await token(call, account)
  }

  /// Exchanges a token for a long-lived one: 60 days on either surface.
  ///
  /// A Page token cannot be exchanged, and need not be: it has no end.
  ///
  /// - Throws: ``InstagramError``
  public func exchangeToken(
    _ account: InstagramAccount,
    app: AppCredentials
  ) async throws(InstagramError) -> FreshToken {
    let path =
      account.login == .facebook ? "/\(configuration.version)/oauth/access_token" : "/access_token"
    var call = GraphCall(
      operation: .exchangeToken,
      url: surfaceURL(account.login) + path,
      secrets: [account.accessToken, app.appSecret]
    )
    switch account.login {
    case .facebook:
      call.query["grant_type"] = "fb_exchange_token"
      call.query["client_id"] = app.appID
      account.accessToken.expose { call.query["fb_exchange_token"] = $0 }
    case .instagram:
      call.query["grant_type"] = "ig_exchange_token"
      account.accessToken.expose { call.query["access_token"] = $0 }
    }
    app.appSecret.expose { call.query["client_secret"] = $0 }
    return try await token(call, account)
  }

  private func token(
    _ call: GraphCall,
    _ account: InstagramAccount
  ) async throws(InstagramError) -> FreshToken {
    let answer: Unwrapped<FreshToken> = try await caller.perform(call, for: account.accountID)
    return answer.value
  }
}
