extension SandboxCore {
  /// Seconds for which a long-lived token is good.
  private static let longLife: Double = 5_184_000

  /// `GET /refresh_access_token` (Instagram Login): for tokens at least 24 hours old and not expired.
  mutating func refreshToken(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    guard call.surface == .instagram else {
      throw .unsupported(call.method, id: call.id, on: call.surface)
    }
    guard call.parameters["grant_type"] == "ig_refresh_token" else {
      throw .missing("grant_type", on: call.surface)
    }
    let token = try authorise(call, now: now)
    try require(.read, of: token, on: .instagram)
    // The body of this refusal is not known; only the rule is documented.
    if now.seconds(since: token.issuedAt) < 86_400 {
      throw .invalid("(#100) The access token must be at least 24 hours old to be refreshed.")
    }
    return renew(call.token ?? "", token, asNew: settings.refreshChangesToken, now: now)
  }

  /// `GET /oauth/access_token` (Facebook) and `GET /access_token` (Instagram): long-lived tokens.
  mutating func exchangeToken(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let isFacebook = call.surface == .facebook
    let grant = isFacebook ? "fb_exchange_token" : "ig_exchange_token"
    let path = isFacebook ? ["oauth", "access_token"] : ["access_token"]
    guard call.segments == path else { throw .unsupportedMethod(call.method) }
    guard call.parameters["grant_type"] == grant else {
      throw .missing("grant_type", on: call.surface)
    }
    let parameter = isFacebook ? "fb_exchange_token" : "access_token"
    guard let text = call.parameters[parameter] ?? (isFacebook ? nil : call.token) else {
      throw .missing(parameter, on: call.surface)
    }
    guard let token = state.tokens[text], token.surface == call.surface else {
      throw .unparsableToken(status: settings.invalidTokenStatus)
    }
    try checkLife(of: token, now: now, call: call)
    try checkApp(call, token)
    // Meta answers this for ever when a Page token is exchanged, and calls it transient.
    if isFacebook, token.kind == .page { throw known(2, nil, call) }
    return renew(text, token, asNew: true, now: now)
  }

  /// `GET /debug_token`: a dead token is an error inside `data`, with HTTP 200.
  func debugToken(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    guard call.surface == .facebook else {
      throw .unsupported(call.method, id: call.id, on: call.surface)
    }
    guard let asked = call.parameters["input_token"] else {
      throw .missing("input_token", on: call.surface)
    }
    if !isAppToken(call.token ?? "") { _ = try authorise(call, now: now) }
    guard let token = state.tokens[asked],
      token.surface == .facebook || settings.debugTokenReadsInstagram
    else {
      return [
        "data": [
          "is_valid": false, "scopes": [],
          "error": ["code": 190, "message": "Invalid OAuth access token."],
        ]
      ]
    }
    let profile = token.accounts.first.flatMap { state.accounts[$0]?.profile }
    var data: [String: JSON] = [
      "app_id": .string(profile?.appID ?? ""),
      "type": token.kind == .page ? "PAGE" : "USER",
      "application": "graph-sandbox",
      "expires_at": .int(token.expiresAt?.unixSeconds ?? 0),
      "data_access_expires_at": .int(token.issuedAt.advanced(bySeconds: 7_776_000).unixSeconds),
      "is_valid": true,
      "issued_at": .int(token.issuedAt.unixSeconds),
      "scopes": .array(token.scopes.map(JSON.string)),
      "user_id": .string(profile?.id ?? ""),
      "granular_scopes": .array(
        token.scopes.map { scope in
          ["scope": .string(scope), "target_ids": .array(token.accounts.map(JSON.string))]
        }
      ),
    ]
    do throws(GraphError) {
      try checkLife(of: token, now: now, call: call)
    } catch {
      data["is_valid"] = false
      data["error"] = [
        "code": .int(Int64(error.code)), "message": .string(error.message),
        "subcode": .int(Int64(error.subcode ?? 0)),
      ]
    }
    return ["data": .object(data)]
  }

  private mutating func renew(
    _ text: String,
    _ token: TokenState,
    asNew: Bool,
    now: Moment
  ) -> JSON {
    var renewed = token
    renewed.issuedAt = now
    let lives = token.expiresAt != nil || token.surface == .instagram
    renewed.expiresAt = lives ? now.advanced(bySeconds: Self.longLife) : nil
    // Whether Meta ends the old string at once is not known; here it lives until its own expiry.
    let prefix = token.surface == .instagram ? "IGAA" : "EAA"
    let name = asNew ? identifiers.token(prefix: prefix) : text
    state.tokens[name] = renewed
    return [
      "access_token": .string(name), "token_type": "bearer",
      "expires_in": .int(lives ? Int64(Self.longLife) : 0),
    ]
  }

  /// Whether the app named in an exchange is the token's; apps without a secret are not checked.
  private func checkApp(_ call: GraphCall, _ token: TokenState) throws(GraphError) {
    guard let profile = token.accounts.first.flatMap({ state.accounts[$0]?.profile }),
      let secret = profile.appSecret
    else { return }
    guard call.parameters["client_secret"] == secret else {
      throw GraphError(code: 1, message: "Error validating client secret.")
    }
    if call.surface == .facebook, call.parameters["client_id"] != profile.appID {
      throw GraphError(code: 101, message: "Error validating application. Invalid application ID.")
    }
  }

  /// An app token is `APP_ID|APP_SECRET`.
  private func isAppToken(_ text: String) -> Bool {
    state.accounts.values.contains { account in
      account.profile.appSecret.map { "\(account.profile.appID)|\($0)" == text } ?? false
    }
  }
}
