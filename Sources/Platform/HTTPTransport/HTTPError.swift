/// An exchange that brought no complete answer.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, to be matched on.
  public enum Code: Sendable, Equatable {
    /// The URL, or a header, cannot be sent as it stands.
    case invalidURL
    /// The host's name has no address, or the name service did not answer.
    case resolve
    /// No TCP connection could be made.
    case connect
    /// The TLS handshake failed, for example because the certificate is not trusted.
    case tls
    /// The request's deadline or its connect time-out ran out.
    case timedOut
    /// The answer is larger than the request allowed.
    case responseTooLarge
    /// The calling task was cancelled.
    case cancelled
    /// ``HTTPRequest/mayBeWritten`` said no when the request was about to be written.
    case withheld
    /// The transport is, or was in the meantime, shut down.
    case shutDown
    /// Anything else, with libcurl's number (libcurl-errors(3)).
    case transport(curl: Int32)
  }

  /// What went wrong.
  public let code: Code
  /// False only when provably no byte of the request left this process.
  ///
  /// libcurl calls back when a connection stands and the request is the next thing to be written
  /// (CURLOPT_PREREQFUNCTION(3)); from that call on this is true, even if the write itself failed.
  public let requestMayHaveBeenSent: Bool
  /// What happened with what, in one line; URLs come without query, user or fragment.
  public let message: String

  /// Makes an error; for stand-ins of a transport, too.
  public init(code: Code, requestMayHaveBeenSent: Bool, message: String) {
    self.code = code
    self.requestMayHaveBeenSent = requestMayHaveBeenSent
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

/// `url` as far as it may be shown: scheme, host, port and path.
///
/// Queries and user names carry tokens. What does not look like an absolute URL is not shown at all.
func redactedURL(_ url: String) -> String {
  guard let separator = url.firstRange(of: "://"), separator.lowerBound != url.startIndex else {
    return "<unreadable url>"
  }
  let rest = url[separator.upperBound...].prefix { $0 != "?" && $0 != "#" }
  let authority = rest.prefix { $0 != "/" }
  let path = rest[authority.endIndex...]
  let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
  let shown = url[..<separator.upperBound] + (host ?? authority) + path
  return String(shown.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.prefix(300))
}
