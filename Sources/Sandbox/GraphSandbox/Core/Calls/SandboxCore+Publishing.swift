extension SandboxCore {
  /// `POST /{account}/media_publish`: makes a container's post, and answers its id and nothing else.
  mutating func publish(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let account = try requireAccount(call, .publish, now: now)
    try checkStanding(of: account.profile, call, now: now)
    guard let id = call.parameters["creation_id"], !id.isEmpty else {
      throw .missing("creation_id", on: call.surface)
    }
    guard let container = state.containers[id], container.account == account.profile.id else {
      throw .noContainer(id)
    }
    if container.kind == .item {
      throw .invalid("(#100) A carousel item cannot be published by itself.")
    }
    switch status(of: id, now: now) {
    case .expired: throw .noContainer(id)
    case .inProgress, .error: throw known(9007, 2_207_027, call)
    case .published:
      switch settings.secondPublish {
      case .error: throw .noContainer(id)
      case .sameID: return ["id": .string(container.media[0])]
      case .secondPost: break
      }
    case .finished: break
    }
    if publishes(of: account, within: 86_400, now: now) >= quota(of: account) {
      throw known(9, 2_207_042, call)
    }
    return ["id": .string(makeMedia(from: container, now: now))]
  }

  /// `GET /{account}/content_publishing_limit`.
  func readLimit(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let account = try requireAccount(call, .read, now: now)
    var window: Double = 86_400
    if let since = call.parameters["since"] {
      let lastDay = now.unixSeconds - 86_400...now.unixSeconds
      guard let start = Int64(since), lastDay.contains(start) else {
        throw .invalid("(#100) Param since must be a time within the last 24 hours.")
      }
      window = Double(now.unixSeconds - start)
    }
    let usage = publishes(of: account, within: window, now: now)
    let object: [String: JSON] = [
      "quota_usage": .int(Int64(usage)),
      "config": ["quota_total": .int(Int64(quota(of: account))), "quota_duration": 86_400],
    ]
    let fields = call.fields.isEmpty ? [FieldRequest(name: "quota_usage")] : call.fields
    return ["data": [try Self.select(fields, from: object)]]
  }

  private func quota(of account: AccountState) -> Int {
    account.profile.quotaTotal ?? settings.quotaTotal
  }

  private func publishes(of account: AccountState, within seconds: Double, now: Moment) -> Int {
    let since = now.advanced(bySeconds: -seconds)
    return account.publishes.count { $0 > since }
  }

  private mutating func makeMedia(from container: Container, now: Moment) -> String {
    let id = identifiers.next(at: now)
    var media = Media(
      id: id,
      account: container.account,
      container: container.id,
      kind: container.kind,
      publishedAt: now,
      caption: container.caption,
      altText: container.altText,
      isAIGenerated: container.isAIGenerated,
      picture: container.picture
    )
    let lost = settings.carouselLosesChild ? 1 : 0
    for child in container.children.dropLast(lost) {
      media.children.append(makeChild(child, of: media, now: now))
    }
    state.media[id] = media
    state.mediaOrder.append(id)
    state.containers[container.id]?.media.append(id)
    state.accounts[container.account]?.media.append(id)
    let since = now.advanced(bySeconds: -86_400)
    state.accounts[container.account]?.publishes.removeAll { $0 <= since }
    state.accounts[container.account]?.publishes.append(now)
    return id
  }

  private mutating func makeChild(_ container: String, of parent: Media, now: Moment) -> String {
    let id = identifiers.next(at: now)
    let source = state.containers[container]
    state.media[id] = Media(
      id: id,
      account: parent.account,
      container: container,
      kind: .item,
      publishedAt: now,
      caption: "",
      altText: source?.altText,
      isAIGenerated: false,
      picture: source?.picture,
      parent: parent.id
    )
    state.containers[container]?.media.append(id)
    return id
  }
}
