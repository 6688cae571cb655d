/// An HTTP method that this transport speaks.
public enum HTTPMethod: String, Sendable {
  /// Reads a resource.
  case get = "GET"
  /// Reads a resource's headers only.
  case head = "HEAD"
  /// Submits a body.
  case post = "POST"
  /// Stores a body.
  case put = "PUT"
  /// Removes a resource.
  case delete = "DELETE"
}

/// One request, complete: nothing about it depends on requests before it.
public struct HTTPRequest: Sendable {
  /// What to do with the resource.
  public var method: HTTPMethod
  /// An absolute `http` or `https` URL, percent-encoded.
  public var url: String
  /// The fields to send; `Host`, `Content-Length` and `Accept-Encoding` are curl's affair.
  public var headers: HTTPHeaders
  /// The bytes to send; empty means no body.
  public var body: [UInt8]
  /// The longest that the whole exchange may take, name resolution included; at least 1 ms.
  public var deadline: Duration
  /// The longest that name resolution, TCP and TLS together may take; at least 1 ms.
  public var connectTimeout: Duration
  /// The largest body, after decompression, that is accepted.
  public var maximumResponseBytes: Int
  /// Whether to open a connection for this request alone and close it afterwards.
  ///
  /// A kept connection may have been closed by the server in the very moment when we write to it.
  /// The request is then lost or, worse, done without an answer, and the caller must treat the
  /// outcome as unknown. A fresh connection does not have that race.
  public var freshConnection: Bool
  /// Whether curl is forbidden to put the request on the wire a second time.
  ///
  /// libcurl repeats a request of its own accord, whatever its method, when a *reused* connection
  /// ended before the first byte of an answer, or when an HTTP/2 peer refused the stream. A server
  /// that had read a POST before it hung up has then got that POST twice. With this option the
  /// repetition fails instead, with ``HTTPError/requestMayHaveBeenSent`` true.
  public var atMostOnce: Bool
  /// The caller's own last word, asked when a connection stands and the request is the next thing to be
  /// written (CURLOPT_PREREQFUNCTION(3)); nil means yes.
  ///
  /// Called on the transport's thread: it must answer at once and not wait. After a no the exchange fails
  /// with ``HTTPError/Code/withheld``, and no byte of the request has left.
  public var mayBeWritten: (@Sendable () -> Bool)?

  /// Makes a request; the defaults suit a JSON API.
  public init(
    method: HTTPMethod = .get,
    url: String,
    headers: HTTPHeaders = [:],
    body: [UInt8] = [],
    deadline: Duration = .seconds(30),
    connectTimeout: Duration = .seconds(10),
    maximumResponseBytes: Int = 4 << 20,
    freshConnection: Bool = false,
    atMostOnce: Bool = false,
    mayBeWritten: (@Sendable () -> Bool)? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.deadline = deadline
    self.connectTimeout = connectTimeout
    self.maximumResponseBytes = maximumResponseBytes
    self.freshConnection = freshConnection
    self.atMostOnce = atMostOnce
    self.mayBeWritten = mayBeWritten
  }
}
