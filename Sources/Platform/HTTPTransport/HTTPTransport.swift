/// Something that carries HTTP requests: ``CurlTransport``, or a stand-in in a test.
public protocol HTTPTransport: Sendable {
  /// Sends `request` and returns the complete answer.
  ///
  /// Cancelling the calling task ends the exchange with ``HTTPError/Code/cancelled``.
  ///
  /// - Throws: ``HTTPError`` when there is no complete answer.
  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse
}
