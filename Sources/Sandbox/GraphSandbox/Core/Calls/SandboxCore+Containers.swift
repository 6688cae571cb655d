/// A container whose parameters are accepted, and whose picture is not there yet.
struct PendingContainer: Sendable {
  var call: GraphCall
  var account: String
  var kind: Container.Kind
  var caption: String
  var altText: String?
  var isAIGenerated: Bool
  /// The picture's address as the client gave it; nil for a carousel.
  var imageURL: String?
  var children: [String] = []
}

extension SandboxCore {
  /// Checks everything about `POST /{account}/media` that needs no picture.
  mutating func beginContainer(
    _ call: GraphCall,
    now: Moment
  ) throws(GraphError) -> PendingContainer {
    let account = try requireAccount(call, .publish, now: now).profile
    try checkStanding(of: account, call, now: now)
    let kind = try kind(of: call)
    var pending = PendingContainer(
      call: call,
      account: account.id,
      kind: kind,
      caption: call.parameters["caption"] ?? "",
      altText: call.parameters["alt_text"],
      isAIGenerated: call.parameters.flag("is_ai_generated")
    )
    try CaptionRules.check(caption: pending.caption)
    try checkAltText(pending)
    try checkPeople(call, kind)
    if kind == .item { try checkChildFlags(call) }
    if kind == .carousel {
      pending.children = try carouselChildren(call, of: account.id, now: now)
    } else {
      pending.imageURL = try imageAddress(call)
    }
    try checkCreationLimit(call, account.id, now: now)
    return pending
  }

  /// Judges the fetched picture; a good one makes the container.
  mutating func complete(
    _ pending: PendingContainer,
    with fetched: FetchResult,
    now: Moment
  ) -> Result<JSON, GraphError> {
    do throws(GraphError) {
      // Other creations may have come in between: the limit holds for all of them together.
      try checkCreationLimit(pending.call, pending.account, now: now)
      let url = pending.imageURL ?? ""
      let picture = try PictureRules.check(fetched, url: url, isStory: pending.kind == .story)
      if case .body(let bytes) = fetched { state.pictures[picture.sha256] = bytes }
      return .success(keep(pending, picture: picture, now: now))
    } catch {
      return .failure(error)
    }
  }

  /// Makes the container and answers its id.
  mutating func keep(_ pending: PendingContainer, picture: Picture?, now: Moment) -> JSON {
    let id = identifiers.next(at: now)
    state.containers[id] = Container(
      id: id,
      account: pending.account,
      kind: pending.kind,
      createdAt: now,
      caption: pending.caption,
      altText: pending.altText,
      isAIGenerated: pending.isAIGenerated,
      imageURL: pending.imageURL,
      picture: picture,
      children: pending.children
    )
    state.containerOrder.append(id)
    state.accounts[pending.account]?.creations.append(now)
    return ["id": .string(id)]
  }

  /// `GET /{container}`: a read that counts towards FINISHED.
  mutating func readContainer(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let token = try authorise(call, now: now)
    guard let container = state.containers[call.id], token.accounts.contains(container.account)
    else { throw .unsupported(call.method, id: call.id, on: call.surface) }
    try require(.read, of: token, on: call.surface)
    state.containers[call.id]?.polls += 1
    let status = status(of: call.id, now: now)
    return try Self.select(
      call.fields,
      from: [
        "id": .string(container.id),
        "status": .string(status.sentence),
        "status_code": .string(status.rawValue),
        "copyright_check_status": .null,
        "video_status": .null,
      ]
    )
  }

  /// What a container's status is now; reading it here counts for nothing.
  func status(of id: String, now: Moment) -> Container.Status {
    guard let container = state.containers[id] else { return .expired }
    if !container.media.isEmpty { return .published }
    let age = now.seconds(since: container.createdAt)
    if age >= Container.lifetime { return .expired }
    let children = container.children.map { status(of: $0, now: now) }
    if children.contains(.expired) { return .expired }
    if children.contains(.inProgress) { return .inProgress }
    let isRead = container.polls >= settings.pollsUntilFinished
    let isOld = settings.secondsUntilFinished.map { age >= $0 } ?? false
    return isRead || isOld ? .finished : .inProgress
  }

  /// Refuses an account that is restricted, or that the spam detector holds; asking prolongs the hold.
  mutating func checkStanding(
    of account: SandboxAccount,
    _ call: GraphCall,
    now: Moment
  ) throws(GraphError) {
    if account.restricted { throw known(25, 2_207_050, call) }
    guard let until = state.accounts[account.id]?.blockedUntil, now < until else { return }
    state.accounts[account.id]?.blockedUntil = until.advanced(
      bySeconds: account.spamBlock ?? 0
    )
    var error = known(4, 2_207_051, call)
    error.status = 403
    throw error
  }

  /// The catalogue's error for a call.
  func known(_ code: Int, _ subcode: Int?, _ call: GraphCall) -> GraphError {
    .known(code, subcode, method: call.method, id: call.id, on: call.surface)
  }

  private func kind(of call: GraphCall) throws(GraphError) -> Container.Kind {
    let isItem = call.parameters.flag("is_carousel_item")
    switch call.parameters["media_type"] ?? "IMAGE" {
    case "IMAGE" where call.parameters.contains("video_url"): throw Self.noVideos
    case "IMAGE": return isItem ? .item : .image
    case "STORIES" where call.parameters.contains("video_url"): throw Self.noVideos
    case "STORIES": return .story
    case "CAROUSEL": return .carousel
    case "REELS", "VIDEO": throw Self.noVideos
    case let other:
      throw GraphError(
        code: 100,
        subcode: 2_207_023,
        message: "Invalid parameter",
        userTitle: "Unknown media type",
        userMessage: "The media type \(other) is unknown."
      )
    }
  }

  /// The one refusal that is the sandbox's own: it plays no video, and says so rather than pretend.
  private static let noVideos = GraphError(
    status: 501,
    code: 3,
    message: "graph-sandbox publishes images only: it has no video processing"
  )

  private func imageAddress(_ call: GraphCall) throws(GraphError) -> String {
    guard let url = call.parameters["image_url"], !url.isEmpty else {
      throw .missing("image_url", on: call.surface)
    }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .notFetched(url) }
    return url
  }

  private func checkAltText(_ pending: PendingContainer) throws(GraphError) {
    guard let text = pending.altText else { return }
    if pending.kind == .story || pending.kind == .carousel {
      throw .invalid("(#100) alt_text is only supported for images in the feed.")
    }
    if text.utf16.count > CaptionRules.altTextLength {
      throw .invalid("(#100) alt_text must be no longer than 1000 characters.")
    }
  }

  private func checkChildFlags(_ call: GraphCall) throws(GraphError) {
    for name in ["caption", "location_id", "collaborators", "is_ai_generated"]
    where call.parameters.contains(name) {
      throw .invalid("(#100) \(name) is not supported on carousel items.")
    }
  }

  private func checkCreationLimit(
    _ call: GraphCall,
    _ account: String,
    now: Moment
  ) throws(GraphError) {
    let since = now.advanced(bySeconds: -86_400)
    let recent = state.accounts[account]?.creations.count { $0 > since } ?? 0
    if recent >= settings.creationLimit { throw known(9, 2_207_069, call) }
  }

  private func carouselChildren(
    _ call: GraphCall,
    of account: String,
    now: Moment
  ) throws(GraphError) -> [String] {
    let ids = call.parameters.list("children")
    guard (2...10).contains(ids.count) else {
      throw GraphError(
        code: 100,
        subcode: 2_207_028,
        message: "Invalid parameter",
        userTitle: "Invalid number of items",
        userMessage: "Your post won't work as a carousel. Carousels need at least 2 "
          + "photos/videos and no more than 10 photos/videos."
      )
    }
    for id in ids {
      guard let child = state.containers[id], child.account == account, child.kind == .item,
        status(of: id, now: now) != .expired
      else { throw .noContainer(id) }
    }
    return ids
  }
}
