extension SandboxCore {
  /// What was really published, oldest first; carousel children are told by their parents.
  func published(account: String? = nil) -> [PublishedMedia] {
    let ids = account.map { state.accounts[$0]?.media ?? [] } ?? state.mediaOrder
    return ids.compactMap { state.media[$0] }.map { media in
      PublishedMedia(
        id: media.id,
        account: media.account,
        username: state.accounts[media.account]?.profile.username ?? "",
        containerID: media.container,
        mediaType: media.mediaType,
        productType: media.productType,
        caption: media.caption,
        altText: media.altText,
        isAIGenerated: media.isAIGenerated,
        imageSHA256: media.picture?.sha256,
        width: media.picture?.width,
        height: media.picture?.height,
        children: media.children,
        publishedAt: media.publishedAt,
        timestamp: media.publishedAt.graphText,
        permalink: media.permalink,
        deleted: media.isDeleted
      )
    }
  }

  /// Every container, oldest first, with the status it has now.
  func containerRecords(account: String? = nil, now: Moment) -> [ContainerRecord] {
    state.containerOrder.compactMap { state.containers[$0] }
      .filter { account == nil || $0.account == account }
      .map { container in
        ContainerRecord(
          id: container.id,
          account: container.account,
          kind: container.kind.rawValue,
          statusCode: status(of: container.id, now: now).rawValue,
          caption: container.caption,
          imageURL: container.imageURL,
          createdAt: container.createdAt,
          polls: container.polls,
          media: container.media
        )
      }
  }

  /// Posts that share a container, or account, kind and a caption that is not empty.
  func duplicates() -> [Duplicate] {
    struct Key: Hashable {
      let account, kind, caption: String
    }
    var byCaption: [Key: [String]] = [:]
    var keys: [Key] = []
    var found: [Duplicate] = []
    for media in state.mediaOrder.compactMap({ state.media[$0] }) where !media.caption.isEmpty {
      let key = Key(account: media.account, kind: media.kind.rawValue, caption: media.caption)
      if byCaption[key] == nil { keys.append(key) }
      byCaption[key, default: []].append(media.id)
    }
    for container in state.containerOrder.compactMap({ state.containers[$0] })
    where container.kind != .item && container.media.count > 1 {
      found.append(
        Duplicate(
          account: container.account,
          reason: "container",
          value: container.id,
          media: container.media
        )
      )
    }
    for key in keys {
      guard let media = byCaption[key], media.count > 1 else { continue }
      found.append(
        Duplicate(account: key.account, reason: "caption", value: key.caption, media: media)
      )
    }
    return found
  }

  /// The bytes of a published picture; a carousel shows its first child.
  func picture(ofMedia id: String) -> [UInt8]? {
    guard let media = state.media[id] else { return nil }
    let picture = media.picture ?? media.children.first.flatMap { state.media[$0]?.picture }
    return picture.flatMap { state.pictures[$0.sha256] }
  }
}
