public import Posts

extension InstagramClient {
  /// What every media is asked for; `children{id}` tells whether a carousel lost a child.
  private static let mediaFields =
    "id,caption,media_type,media_product_type,permalink,timestamp,username,children{id}"

  /// Reads one published media.
  ///
  /// - Throws: ``InstagramError``
  public func media(
    _ id: MediaID,
    _ account: InstagramAccount
  ) async throws(InstagramError) -> Media {
    let url = nodeURL(id.rawValue, account)
    return try await read(.readMedia, url, ["fields": Self.mediaFields], account)
  }

  /// Reads the account's feed posts and reels, newest first; at most 100 at once, no stories.
  ///
  /// A new post may be missing for some minutes.
  ///
  /// - Throws: ``InstagramError``
  public func recentMedia(
    _ account: InstagramAccount,
    limit: Int = 25,
    after: String? = nil
  ) async throws(InstagramError) -> MediaPage {
    try await list("/media", account, limit, after)
  }

  /// Reads the account's stories of the last 24 hours, newest first.
  ///
  /// - Throws: ``InstagramError``
  public func recentStories(
    _ account: InstagramAccount,
    limit: Int = 25,
    after: String? = nil
  ) async throws(InstagramError) -> MediaPage {
    try await list("/stories", account, limit, after)
  }

  /// How much of the publishing quota is used.
  ///
  /// - Throws: ``InstagramError``
  public func publishingLimit(
    _ account: InstagramAccount
  ) async throws(InstagramError) -> PublishingLimit {
    let url = try accountURL(account, "/content_publishing_limit", .publishingLimit)
    let fields = "quota_usage,config"
    let answer: Unwrapped<PublishingLimit> = try await read(
      .publishingLimit,
      url,
      ["fields": fields],
      account
    )
    return answer.value
  }

  /// Who the token speaks for.
  ///
  /// On the Instagram surface the token itself says so; compare the id with the account's.
  ///
  /// - Throws: ``InstagramError``
  public func accountInfo(
    _ account: InstagramAccount
  ) async throws(InstagramError) -> AccountInfo {
    let answer: Unwrapped<AccountInfo>
    switch account.login {
    case .instagram:
      let fields = "user_id,username"
      answer = try await read(.accountInfo, nodeURL("me", account), ["fields": fields], account)
    case .facebook:
      let url = try accountURL(account, "", .accountInfo)
      answer = try await read(.accountInfo, url, ["fields": "id,username"], account)
    }
    return answer.value
  }

  private func list(
    _ edge: String,
    _ account: InstagramAccount,
    _ limit: Int,
    _ after: String?
  ) async throws(InstagramError) -> MediaPage {
    try await read(
      .listMedia,
      accountURL(account, edge, .listMedia),
      ["fields": Self.mediaFields, "limit": String(min(max(limit, 1), 100)), "after": after],
      account
    )
  }
}
