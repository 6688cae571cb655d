extension SandboxCore {
  /// Adds an account, or replaces what is known of it; its posts and counters stay.
  mutating func setAccount(_ profile: SandboxAccount, now: Moment) {
    let id = profile.id
    if let old = state.accounts[id]?.profile,
      old.token != profile.token || old.login != profile.login
    {
      for text in state.tokens.keys { state.tokens[text]?.accounts.removeAll { $0 == id } }
      state.tokens = state.tokens.filter { !$0.value.accounts.isEmpty }
    }
    let oldBlock = state.accounts[id]?.profile.spamBlock
    state.accounts[id, default: AccountState(profile: profile)].profile = profile
    if profile.spamBlock != oldBlock {
      state.accounts[id]?.blockedUntil = profile.spamBlock.map { now.advanced(bySeconds: $0) }
    }
    let sharers = state.tokens[profile.token]?.accounts.filter { $0 != id } ?? []
    let isEternal = profile.login == .facebook && profile.tokenKind == .page
    state.tokens[profile.token] = TokenState(
      surface: profile.login,
      kind: profile.tokenKind,
      accounts: sharers + [id],
      scopes: profile.grantedScopes,
      issuedAt: now.advanced(bySeconds: -profile.tokenAge),
      expiresAt: isEternal ? nil : profile.tokenExpiresIn.map { now.advanced(bySeconds: $0) },
      revoked: profile.revoked
    )
  }

  /// `GET /{account}`.
  func readAccount(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let account = try requireAccount(call, .read, now: now)
    return try Self.select(call.fields, from: object(of: account))
  }

  /// `GET /me`: on the Instagram surface the account, on the Facebook surface the person or Page.
  func readMe(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let token = try authorise(call, now: now)
    guard let account = token.accounts.first.flatMap({ state.accounts[$0] }) else {
      throw .unparsableToken(status: settings.invalidTokenStatus)
    }
    guard call.surface == .instagram else {
      let fields = call.fields.isEmpty ? FieldRequest.list("id,name") : call.fields
      return try Self.select(
        fields,
        from: [
          "id": .string(Self.scopedID(account.profile.id)),
          "name": .string(displayName(account.profile)),
          "instagram_business_account":
            token.kind == .page ? ["id": .string(account.profile.id)] : .null,
        ]
      )
    }
    try require(.read, of: token, on: call.surface)
    var known = object(of: account)
    known["id"] = .string(Self.scopedID(account.profile.id))
    known["user_id"] = .string(account.profile.id)
    known["account_type"] = "BUSINESS"
    let object = try Self.select(call.fields, from: known)
    return settings.meWrapped ? ["data": [object]] : object
  }

  private func object(of account: AccountState) -> [String: JSON] {
    let profile = account.profile
    let posts = account.media.count { state.media[$0].map { !$0.isDeleted } ?? false }
    return [
      "id": .string(profile.id),
      "ig_id": .string(profile.id),
      "username": .string(profile.username),
      "name": .string(displayName(profile)),
      "biography": .string(profile.biography),
      "media_count": .int(Int64(posts)),
      "followers_count": 0,
      "follows_count": 0,
      "profile_picture_url": .null,
      "website": .null,
    ]
  }

  private func displayName(_ profile: SandboxAccount) -> String {
    profile.name.isEmpty ? profile.username : profile.name
  }

  /// The app-scoped id, which is not the one that publishing paths use: its digits, reversed, after 9.
  private static func scopedID(_ id: String) -> String { "9" + String(id.reversed()) }
}
