public import HTTPTransport
public import Posts

/// A call to the platform that did not do what was asked.
public struct InstagramError: Error, Sendable, CustomStringConvertible {
  /// Which call.
  public let operation: GraphOperation
  /// What it means for the post.
  public let failureClass: FailureClass
  /// `error.code` of the answer.
  public let graphCode: Int?
  /// `error.error_subcode` of the answer.
  public let graphSubcode: Int?
  /// The answer's status; nil when there was none.
  public let httpStatus: Int?
  /// Why the exchange brought no answer; nil when the platform answered.
  public let transportCode: HTTPError.Code?
  /// False only when provably no byte of the request left this host.
  public let requestMayHaveBeenSent: Bool
  /// How long to leave the platform alone; nil when nothing in particular is known.
  public let retryAfter: Duration?
  /// What happened with what: lower case, one line, no secret.
  public let message: String
  /// What a human does about it, in full sentences.
  public let hint: String
  /// `error.fbtrace_id`, which Meta's support asks for.
  public let traceID: String?

  /// Makes an error; for stand-ins of the client in tests, too.
  public init(
    operation: GraphOperation,
    failureClass: FailureClass,
    graphCode: Int? = nil,
    graphSubcode: Int? = nil,
    httpStatus: Int? = nil,
    transportCode: HTTPError.Code? = nil,
    requestMayHaveBeenSent: Bool,
    retryAfter: Duration? = nil,
    message: String,
    hint: String,
    traceID: String? = nil
  ) {
    self.operation = operation
    self.failureClass = failureClass
    self.graphCode = graphCode
    self.graphSubcode = graphSubcode
    self.httpStatus = httpStatus
    self.transportCode = transportCode
    self.requestMayHaveBeenSent = requestMayHaveBeenSent
    self.retryAfter = retryAfter
    self.message = message
    self.hint = hint
    self.traceID = traceID
  }

  /// The message.
  public var description: String { message }
}
