/// A complete answer, whatever its status: 404 and 500 are answers, not errors.
public struct HTTPResponse: Sendable {
  /// The protocol that carried it.
  public enum Version: String, Sendable {
    /// HTTP/1.0.
    case http1_0 = "HTTP/1.0"
    /// HTTP/1.1.
    case http1_1 = "HTTP/1.1"
    /// HTTP/2.
    case http2 = "HTTP/2"
    /// Anything newer, or not told.
    case other
  }

  /// The three-digit status.
  public var status: Int
  /// The fields of the final answer; those of interim 1xx answers are dropped.
  public var headers: HTTPHeaders
  /// The body, decompressed.
  public var body: [UInt8]
  /// The protocol that carried it.
  public var httpVersion: Version

  /// Makes an answer; for stand-ins of a transport.
  public init(
    status: Int,
    headers: HTTPHeaders = [:],
    body: [UInt8] = [],
    httpVersion: Version = .http1_1
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.httpVersion = httpVersion
  }
}
