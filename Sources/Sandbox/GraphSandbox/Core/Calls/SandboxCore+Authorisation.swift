import Crypto
import FoundationEssentials

extension SandboxCore {
  /// The permissions that operations ask for; their names differ between the surfaces.
  enum Permission {
    case read, publish, delete

    func scope(on surface: SandboxLogin) -> String {
      switch (self, surface) {
      case (.read, .facebook): "instagram_basic"
      case (.read, .instagram): "instagram_business_basic"
      case (.publish, .facebook): "instagram_content_publish"
      case (.publish, .instagram): "instagram_business_content_publish"
      case (.delete, _): "instagram_manage_contents"
      }
    }
  }

  /// The token of a call, if it is good here and now.
  func authorise(_ call: GraphCall, now: Moment) throws(GraphError) -> TokenState {
    guard let text = call.token, !text.isEmpty else {
      throw GraphError(
        code: 104,
        message: "An access token is required to request this resource."
      )
    }
    let status = settings.invalidTokenStatus
    guard let token = state.tokens[text], token.surface == call.surface else {
      throw .unparsableToken(status: status)
    }
    try checkLife(of: token, now: now, call: call)
    try checkProof(call, of: text, token)
    return token
  }

  /// Refuses a token that was revoked or is over.
  func checkLife(
    of token: TokenState,
    now: Moment,
    call: GraphCall
  ) throws(GraphError) {
    let status = settings.invalidTokenStatus
    if let subcode = token.revoked {
      var error = GraphError.known(
        190,
        subcode == 0 ? nil : subcode,
        method: call.method,
        id: call.id,
        on: call.surface
      )
      error.status = status
      throw error
    }
    if let expiry = token.expiresAt, expiry <= now {
      throw .expiredToken(on: expiry, now: now, status: status)
    }
  }

  /// The account in the path, if the token opens it and may do what is asked.
  func requireAccount(
    _ call: GraphCall,
    _ permission: Permission,
    now: Moment
  ) throws(GraphError) -> AccountState {
    let token = try authorise(call, now: now)
    let id = call.id == "me" ? (token.accounts.first ?? "") : call.id
    guard token.accounts.contains(id), let account = state.accounts[id] else {
      throw .unsupported(call.method, id: call.id, on: call.surface)
    }
    try require(permission, of: token, on: call.surface)
    return account
  }

  /// Refuses a token that lacks the permission.
  func require(
    _ permission: Permission,
    of token: TokenState,
    on surface: SandboxLogin
  ) throws(GraphError) {
    for needed in [Permission.read.scope(on: surface), permission.scope(on: surface)]
    where !token.scopes.contains(needed) {
      throw .missingScope(needed)
    }
  }

  /// `appsecret_proof`: HMAC-SHA256 of the token under the app secret, in hexadecimal.
  static func proof(of token: String, secret: String) -> String {
    let key = SymmetricKey(data: Array(secret.utf8))
    let code = HMAC<SHA256>.authenticationCode(for: Array(token.utf8), using: key)
    return hexadecimal(code)
  }

  private func checkProof(
    _ call: GraphCall,
    of text: String,
    _ token: TokenState
  ) throws(GraphError) {
    guard call.surface == .facebook else { return }
    let profiles = token.accounts.compactMap { state.accounts[$0]?.profile }
    guard let secret = profiles.compactMap(\.appSecret).first else { return }
    if let sent = call.parameters["appsecret_proof"] {
      guard sent == Self.proof(of: text, secret: secret) else {
        throw .invalid("Invalid appsecret_proof provided in the API argument")
      }
    } else if profiles.contains(where: \.requireAppSecret) {
      throw .invalid("API calls from the server require an appsecret_proof argument")
    }
  }
}

/// Bytes as lower-case hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
