import FoundationEssentials

extension SandboxCore {
  /// `GET /{account}/media` and `/stories`: newest first, in pages.
  func listMedia(_ call: GraphCall, stories: Bool, now: Moment) throws(GraphError) -> JSON {
    let account = try requireAccount(call, .read, now: now)
    let since = try time("since", of: call)
    let until = try time("until", of: call)
    let visible = account.media.reversed().compactMap { state.media[$0] }.filter { media in
      let age = now.seconds(since: media.publishedAt)
      return !media.isDeleted && (media.kind == .story) == stories
        && age >= settings.listingDelay && (!stories || age < 86_400)
        && since.map { media.publishedAt.unixSeconds >= $0 } ?? true
        && until.map { media.publishedAt.unixSeconds <= $0 } ?? true
    }
    let page = try page(of: visible.map(\.id), call)
    var data: [JSON] = []
    for id in page.ids {
      if let media = state.media[id] { data.append(try object(of: media, fields: call.fields)) }
    }
    var answer: [String: JSON] = ["data": .array(data)]
    if let first = page.ids.first, let last = page.ids.last {
      var paging: [String: JSON] = [
        "cursors": ["before": .string(Self.cursor(first)), "after": .string(Self.cursor(last))]
      ]
      if page.hasOlder { paging["next"] = .string(link(call, "after", Self.cursor(last))) }
      if page.hasNewer { paging["previous"] = .string(link(call, "before", Self.cursor(first))) }
      answer["paging"] = .object(paging)
    }
    return .object(answer)
  }

  /// `GET /{media}`.
  func readMedia(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    try object(of: try requireMedia(call, .read, now: now), fields: call.fields)
  }

  /// `GET /{media}/children`.
  func listChildren(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let media = try requireMedia(call, .read, now: now)
    return try children(of: media, fields: call.fields)
  }

  /// `DELETE /{media}`: Facebook Login only; the body of a success is not documented.
  mutating func deleteMedia(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    let token = try authorise(call, now: now)
    guard call.surface == .facebook, let media = state.media[call.id], !media.isDeleted,
      token.accounts.contains(media.account)
    else { throw .unsupported(call.method, id: call.id, on: call.surface) }
    try require(.delete, of: token, on: call.surface)
    if media.parent != nil {
      throw GraphError(
        code: 100,
        subcode: 2_207_073,
        message: "Invalid parameter",
        userTitle: "Cannot delete",
        userMessage: "Deleting this media is not supported."
      )
    }
    for id in [media.id] + media.children { state.media[id]?.isDeleted = true }
    return ["success": true]
  }

  private func requireMedia(
    _ call: GraphCall,
    _ permission: Permission,
    now: Moment
  ) throws(GraphError) -> Media {
    let token = try authorise(call, now: now)
    guard let media = state.media[call.id], !media.isDeleted,
      token.accounts.contains(media.account)
    else { throw .unsupported(call.method, id: call.id, on: call.surface) }
    try require(permission, of: token, on: call.surface)
    return media
  }

  private func object(of media: Media, fields: [FieldRequest]) throws(GraphError) -> JSON {
    var known: [String: JSON] = [
      "id": .string(media.id),
      "caption": media.caption.isEmpty ? .null : .string(shown(media.caption)),
      "media_type": .string(media.mediaType),
      "media_product_type": .string(media.productType),
      "media_url": .string("\(baseURL)/_sandbox/images/\(media.id).jpg"),
      "permalink": media.parent == nil ? .string(media.permalink) : .null,
      "shortcode": .string(media.shortcode),
      "thumbnail_url": .null,
      "timestamp": .string(media.publishedAt.graphText),
      "username": .string(state.accounts[media.account]?.profile.username ?? ""),
      "owner": ["id": .string(media.account)],
      "alt_text": media.altText.map(JSON.string) ?? .null,
      "is_ai_generated": .bool(media.isAIGenerated),
      "is_shared_to_feed": .null,
      "is_comment_enabled": true,
      "like_count": 0,
      "comments_count": 0,
      "children": .null,
    ]
    if media.kind == .carousel {
      let asked = fields.first { $0.name == "children" }?.nested ?? []
      known["children"] = try children(of: media, fields: asked)
    }
    return try Self.select(fields, from: known)
  }

  private func children(of media: Media, fields: [FieldRequest]) throws(GraphError) -> JSON {
    var data: [JSON] = []
    for id in media.children {
      if let child = state.media[id] { data.append(try object(of: child, fields: fields)) }
    }
    return ["data": .array(data)]
  }

  private func shown(_ caption: String) -> String {
    settings.stripAtInCaptions ? caption.filter { $0 != "@" } : caption
  }

  private func time(_ name: String, of call: GraphCall) throws(GraphError) -> Int64? {
    guard let text = call.parameters[name] else { return nil }
    guard let seconds = Int64(text) else {
      throw .invalid("(#100) Param \(name) must be a unix timestamp.")
    }
    return seconds
  }
}

// MARK: - Pages

extension SandboxCore {
  /// The default and the greatest number of media on a page.
  private static let pageSizes = (usual: 25, greatest: 100)

  private struct Page {
    var ids: [String]
    var hasNewer: Bool
    var hasOlder: Bool
  }

  private func page(of ids: [String], _ call: GraphCall) throws(GraphError) -> Page {
    let asked = call.parameters["limit"].map { Int($0) ?? 0 } ?? Self.pageSizes.usual
    guard asked > 0 else { throw .invalid("(#100) Param limit must be a positive number.") }
    let limit = min(asked, Self.pageSizes.greatest)
    var range = 0..<min(limit, ids.count)
    // Ids only grow, so a cursor keeps its place even when its post is gone.
    if let after = try cursor("after", of: call) {
      let start = ids.firstIndex { $0 < after } ?? ids.count
      range = start..<min(start + limit, ids.count)
    } else if let before = try cursor("before", of: call) {
      let end = ids.firstIndex { $0 <= before } ?? ids.count
      range = max(0, end - limit)..<end
    }
    return Page(
      ids: Array(ids[range]),
      hasNewer: range.lowerBound > 0,
      hasOlder: range.upperBound < ids.count
    )
  }

  private static func cursor(_ id: String) -> String {
    Data(id.utf8).base64EncodedString()
  }

  private func cursor(_ name: String, of call: GraphCall) throws(GraphError) -> String? {
    guard let text = call.parameters[name], !text.isEmpty else { return nil }
    guard let data = Data(base64Encoded: text) else {
      throw .invalid("(#100) Invalid cursor in param \(name).")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// The address of the neighbouring page; like Meta's it contains the token.
  private func link(_ call: GraphCall, _ direction: String, _ cursor: String) -> String {
    let kept = call.parameters.fields.filter {
      !["access_token", "after", "before"].contains($0.name)
    }
    let query =
      ["access_token=" + PercentCoding.encode(call.token ?? "")]
      + kept.map { "\($0.name)=" + PercentCoding.encode($0.value) }
      + ["\(direction)=" + PercentCoding.encode(cursor)]
    let version = call.version.map { "/\($0)" } ?? ""
    return "\(baseURL)/\(call.surface.rawValue)\(version)/\(call.segments.joined(separator: "/"))?"
      + query.joined(separator: "&")
  }
}
