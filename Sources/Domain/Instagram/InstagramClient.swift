public import HTTPTransport
public import Posts

/// The calls of Meta's Graph API that publish, and that tell what was published.
///
/// A value without state: any number of calls for any accounts may be under way. No call is repeated in
/// here; whoever calls decides by ``InstagramError/failureClass``. The token travels in a header; only
/// the three token endpoints want it in the query, and no message ever shows it.
public struct InstagramClient: Sendable {
  let caller: GraphCaller
  let configuration: InstagramConfiguration

  /// Makes a client.
  ///
  /// `onUsage` hears, with the account's id, of each answer that tells how much of the allowance is used.
  public init(
    transport: any HTTPTransport,
    configuration: InstagramConfiguration = InstagramConfiguration(),
    onUsage: (@Sendable (_ accountID: String, _ usage: InstagramUsage) -> Void)? = nil
  ) {
    self.configuration = configuration
    caller = GraphCaller(
      transport: transport,
      timeout: configuration.timeout,
      onUsage: onUsage
    )
  }

  /// Makes a container of `draft`; the platform fetches its media, images during this very call.
  ///
  /// Safe to repeat within 400 containers a day: one that is not published is invisible and expires.
  ///
  /// - Throws: ``InstagramError``
  public func createContainer(
    _ draft: MediaDraft,
    _ account: InstagramAccount
  ) async throws(InstagramError) -> ContainerID {
    let url = try accountURL(account, "/media", .createContainer)
    var call = GraphCall(operation: .createContainer, url: url, form: draft.parameters)
    call.sign(as: account)
    let answer: Identified = try await caller.perform(call, for: account.accountID)
    return ContainerID(rawValue: answer.id)
  }

  /// Where the container stands.
  ///
  /// - Throws: ``InstagramError``. An unreadable container says nothing about the post.
  public func containerStatus(
    _ container: ContainerID,
    _ account: InstagramAccount
  ) async throws(InstagramError) -> ContainerState {
    try await read(
      .containerStatus,
      nodeURL(container.rawValue, account),
      ["fields": "status_code,status"],
      account
    )
  }

  /// Gets the call that publishes the container ready: signed and in bytes, so that sending it is all that is
  /// left to do.
  ///
  /// - Throws: ``InstagramError`` of class `configuration` when the account cannot be addressed.
  public func publishCall(
    _ container: ContainerID,
    _ account: InstagramAccount
  ) throws(InstagramError) -> PublishCall {
    let url = try accountURL(account, "/media_publish", .publish)
    var call = GraphCall(
      operation: .publish,
      url: url,
      form: Parameters([("creation_id", container.rawValue)])
    )
    call.sign(as: account)
    return PublishCall(
      container: container,
      accountID: account.accountID,
      call: call,
      request: call.request(timeout: configuration.timeout)
    )
  }

  /// Publishes the container: the one call that cannot be taken back.
  ///
  /// Goes out at most once, on a connection of its own. The platform has no idempotency key, and what a
  /// second call for the same container does is not documented: after a failure of class `unknown`,
  /// ask what happened before publishing again.
  ///
  /// - Parameters:
  ///   - publish: the call, from ``publishCall(_:_:)``.
  ///   - mayBeSent: asked right before the first byte leaves, on the transport's thread; after a no nothing
  ///     was sent, and the failure is of class `wait`.
  /// - Throws: ``InstagramError``; of class `unknown` unless the platform certainly refused or never
  ///   saw the request.
  public func publish(
    _ publish: PublishCall,
    mayBeSent: @escaping @Sendable () -> Bool = { true }
  ) async throws(InstagramError) -> MediaID {
    var request = publish.request
    request.mayBeWritten = mayBeSent
    let answer: Identified = try await caller.perform(
      publish.call,
      as: request,
      for: publish.accountID
    )
    return MediaID(rawValue: answer.id)
  }
}

/// A call to `media_publish`, ready to be sent; it holds the account's token.
public struct PublishCall: Sendable {
  /// What it publishes.
  public let container: ContainerID
  let accountID: String
  let call: GraphCall
  let request: HTTPRequest
}

// MARK: - Addresses

extension InstagramClient {
  /// The surface's base without version.
  func surfaceURL(_ login: Login) -> String {
    var base =
      login == .facebook ? configuration.facebookGraphURL : configuration.instagramGraphURL
    while base.hasSuffix("/") { base.removeLast() }
    return base
  }

  /// The address of a node.
  func nodeURL(_ id: String, _ account: InstagramAccount) -> String {
    "\(surfaceURL(account.login))/\(configuration.version)/\(percentEncoded(id))"
  }

  /// The address of one of the account's edges; `me` does not work for every POST, the number does.
  func accountURL(
    _ account: InstagramAccount,
    _ edge: String,
    _ operation: GraphOperation
  ) throws(InstagramError) -> String {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard !account.accountID.isEmpty, account.accountID.utf8.allSatisfy(digits.contains) else {
      throw InstagramError(
        operation: operation,
        failureClass: .configuration,
        requestMayHaveBeenSent: false,
        message: InstagramTexts.badAccountID(operation),
        hint: InstagramTexts.badAccountIDHint
      )
    }
    return nodeURL(account.accountID, account) + edge
  }

  /// Performs a GET as `account`.
  func read<Value: Decodable>(
    _ operation: GraphOperation,
    _ url: String,
    _ query: KeyValuePairs<String, String?>,
    _ account: InstagramAccount
  ) async throws(InstagramError) -> Value {
    var call = GraphCall(operation: operation, url: url)
    for (name, value) in query { call.query[name] = value }
    call.sign(as: account)
    return try await caller.perform(call, for: account.accountID)
  }
}
