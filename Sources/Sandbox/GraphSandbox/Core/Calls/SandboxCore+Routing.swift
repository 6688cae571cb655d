extension SandboxCore {
  /// The versions that still answer.
  static let versions = ["v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0"]

  /// The protocol features that v26.0 removed, as parameters.
  private static let removedParameters = ["pretty", "debug", "date_format"]

  /// 27 October 2026, 00:00 UTC: from then on they are gone from every version.
  private static let removalForAll: Int64 = 1_793_059_200

  /// What the call asks for; an unknown id reads like a media.
  func operation(of call: GraphCall) -> GraphOperation {
    switch (call.method, call.segments.count) {
    case ("GET", 1): reading(call.id)
    case ("DELETE", 1): .deleteMedia
    case ("GET", 2): readingEdge(call)
    case ("POST", 2) where call.segments[1] == "media" && call.id != "me": .create
    case ("POST", 2)
    where ["media_publish", "mediapublish"].contains(call.segments[1]) && call.id != "me": .publish
    default: .other
    }
  }

  private func reading(_ id: String) -> GraphOperation {
    switch id {
    case "me": .me
    case "debug_token": .debugToken
    case "refresh_access_token": .refresh
    case "access_token": .exchange
    default:
      if state.containers[id] != nil {
        .status
      } else if state.accounts[id] != nil {
        .readAccount
      } else {
        .readMedia
      }
    }
  }

  private func readingEdge(_ call: GraphCall) -> GraphOperation {
    switch (call.segments[0], call.segments[1]) {
    case ("oauth", "access_token"): .exchange
    case (_, "content_publishing_limit"): .limit
    case (_, "media"): .listMedia
    case (_, "stories"): .listStories
    case (_, "children"): .listChildren
    default: .other
    }
  }

  /// The account that a call concerns, for faults and the record; nil when that cannot be told.
  func account(of call: GraphCall, _ operation: GraphOperation) -> String? {
    switch operation {
    case .create, .publish, .limit, .listMedia, .listStories, .readAccount:
      if call.id != "me" { return call.id }
    case .status: return state.containers[call.id]?.account
    case .readMedia, .deleteMedia, .listChildren:
      if let media = state.media[call.id] { return media.account }
    default: break
    }
    let token = call.parameters["fb_exchange_token"] ?? call.parameters["input_token"] ?? call.token
    return state.tokens[token ?? ""]?.accounts.first
  }

  /// The caption that a call concerns, for faults.
  func caption(of call: GraphCall, _ operation: GraphOperation) -> String? {
    switch operation {
    case .create: call.parameters["caption"]
    case .publish: state.containers[call.parameters["creation_id"] ?? ""]?.caption
    case .status: state.containers[call.id]?.caption
    case .readMedia: state.media[call.id]?.caption
    default: nil
    }
  }

  /// Refuses what no version of the protocol, or not this one, understands.
  func checkProtocol(_ call: GraphCall, now: Moment) throws(GraphError) {
    if let version = call.version, !Self.versions.contains(version) {
      throw GraphError(
        code: 2635,
        message: "(#2635) You are calling a deprecated version of the Ads API. "
          + "Please update to the latest version: v26.0."
      )
    }
    if call.segments.contains(where: GraphCall.isVersion) {
      throw GraphError(
        code: 2500,
        message: "Unknown path components: /" + call.segments.joined(separator: "/")
      )
    }
    guard settings.strict else { return }
    let isRemoved =
      call.version == nil || call.version == "v26.0" || now.unixSeconds >= Self.removalForAll
    guard isRemoved else { return }
    for name in Self.removedParameters where call.parameters.contains(name) {
      throw .invalid("(#100) The parameter \(name) is no longer supported.")
    }
    if call.segments.isEmpty, call.parameters.contains("ids") {
      throw .invalid("(#100) Requests with ids to the root are no longer supported.")
    }
    if call.isConditional {
      throw .invalid("(#100) The If-None-Match header is no longer supported.")
    }
  }

  /// Refuses a path that the sandbox does not serve, the way Graph would.
  func refuse(_ call: GraphCall, now: Moment) throws(GraphError) -> JSON {
    _ = try authorise(call, now: now)
    if call.id == "me" || call.segments.isEmpty { throw .unsupportedMethod(call.method) }
    if call.segments.count > 2 {
      throw GraphError(
        code: 2500,
        message: "Unknown path components: /" + call.segments.dropFirst().joined(separator: "/")
      )
    }
    throw .unsupported(call.method, id: call.id, on: call.surface)
  }
}
