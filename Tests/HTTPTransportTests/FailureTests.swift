import HTTPTransport
import LoopbackServer
import Testing

@Suite("Exchanges that fail", .timeLimit(.minutes(1)))
struct FailureTests {
  /// The error of an exchange that must fail.
  private func failure(
    of request: HTTPRequest,
    over transport: CurlTransport? = nil
  ) async throws -> HTTPError {
    let transport = try transport ?? CurlTransport()
    return try await #require(throws: HTTPError.self) { _ = try await transport.send(request) }
  }

  @Test("a server that never answers runs into the deadline, with the request possibly sent")
  func deadline() async throws {
    let server = try LoopbackServer { _ in .silence }
    let error = try await failure(
      of: HTTPRequest(url: server.url + "/slow?access_token=hush", deadline: .milliseconds(200))
    )
    #expect(error.code == .timedOut)
    #expect(error.requestMayHaveBeenSent)
    #expect(error.message.contains("GET \(server.url)/slow: "))
    #expect(!error.message.contains("hush"))
  }

  @Test("a refused connection is certainly not sent")
  func refused() async throws {
    let port = try RefusingPort()
    let url = "http://127.0.0.1:\(port.number)/"
    let error = try await failure(of: HTTPRequest(method: .post, url: url, body: [1]))
    #expect(error.code == .connect)
    #expect(!error.requestMayHaveBeenSent)
    withExtendedLifetime(port) {}
  }

  @Test("a name without an address is certainly not sent")
  func unresolvable() async throws {
    // RFC 6761: names under .invalid never exist; an overlong label is refused before anybody is asked.
    let label = String(repeating: "x", count: 64)
    let error = try await failure(of: HTTPRequest(url: "http://\(label).invalid/"))
    #expect(error.code == .resolve)
    #expect(!error.requestMayHaveBeenSent)
  }

  @Test("a failed TLS handshake is certainly not sent")
  func notTLS() async throws {
    let server = try LoopbackServer(greeting: Array("220 this is no TLS\r\n".utf8)) { _ in .close }
    let error = try await failure(of: HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
    #expect(error.code == .tls)
    #expect(!error.requestMayHaveBeenSent)
  }

  @Test("a TLS handshake that never ends runs into the connect time-out, certainly not sent")
  func silentTLS() async throws {
    let server = try LoopbackServer { _ in .close }
    let request = HTTPRequest(
      url: "https://127.0.0.1:\(server.port)/",
      connectTimeout: .milliseconds(200)
    )
    let error = try await failure(of: request)
    #expect(error.code == .timedOut)
    #expect(!error.requestMayHaveBeenSent)
  }

  @Test("a connection that is closed without an answer may have carried the request")
  func closed() async throws {
    let server = try LoopbackServer { _ in .close }
    let error = try await failure(of: HTTPRequest(method: .post, url: server.url, body: [1]))
    #expect(error.code == .transport(curl: 52))
    #expect(error.requestMayHaveBeenSent)
    #expect(server.requests.count == 1)
  }

  @Test("an answer that breaks off is no answer")
  func brokenOff() async throws {
    let server = try LoopbackServer { _ in
      .rawThenClose(Array("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".utf8))
    }
    let error = try await failure(of: HTTPRequest(url: server.url))
    #expect(error.code == .transport(curl: 18))
    #expect(error.requestMayHaveBeenSent)
  }

  @Test("a body above the limit is refused, one of exactly the limit is not")
  func tooLarge() async throws {
    let server = try LoopbackServer { _ in
      .respond(status: 200, body: [UInt8](repeating: 7, count: 1000))
    }
    let error = try await failure(of: HTTPRequest(url: server.url, maximumResponseBytes: 999))
    #expect(error.code == .responseTooLarge)
    #expect(error.requestMayHaveBeenSent)
    let transport = try CurlTransport()
    let request = HTTPRequest(url: server.url, maximumResponseBytes: 1000)
    #expect(try await transport.send(request).body.count == 1000)
  }

  @Test("headers without end are refused")
  func endlessHeaders() async throws {
    let line = "X-Filler: " + String(repeating: "y", count: 1000) + "\r\n"
    let server = try LoopbackServer { _ in
      let many = String(repeating: line, count: 300)
      return .rawThenClose(Array("HTTP/1.1 200 OK\r\n\(many)\r\n".utf8))
    }
    let error = try await failure(of: HTTPRequest(url: server.url))
    #expect(error.code == .responseTooLarge)
  }

  @Test(
    "a URL that cannot be sent is refused before anything is sent",
    arguments: [
      "", "http://", "ftp://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1/a b", "ü",
    ]
  )
  func invalidURL(url: String) async throws {
    let error = try await failure(of: HTTPRequest(url: url))
    #expect(error.code == .invalidURL)
    #expect(!error.requestMayHaveBeenSent)
  }

  @Test("a header with a line break is refused and not shown")
  func headerInjection() async throws {
    let server = try LoopbackServer { _ in .respond(status: 200) }
    let error = try await failure(
      of: HTTPRequest(url: server.url, headers: ["Authorization": "Bearer hush\r\nX-Evil: 1"])
    )
    #expect(error.code == .invalidURL)
    #expect(!error.requestMayHaveBeenSent)
    #expect(!error.message.contains("hush"))
    #expect(server.requests.isEmpty)
  }

  @Test("messages show neither user, password, query nor fragment of a URL")
  func redaction() async throws {
    let refusing = try RefusingPort()
    let port = refusing.number
    let url = "http://hush:hush@127.0.0.1:\(port)/path?token=hush#hush"
    let error = try await failure(of: HTTPRequest(url: url))
    #expect(error.message.hasPrefix("GET http://127.0.0.1:\(port)/path: "))
    #expect(!error.message.contains("hush"))
    withExtendedLifetime(refusing) {}
  }

  @Test("cancelling the task ends the exchange and its connection")
  func cancellation() async throws {
    let server = try LoopbackServer { _ in .silence }
    let transport = try CurlTransport()
    let task = Task { try await failure(of: HTTPRequest(url: server.url), over: transport) }
    await server.received(1)
    task.cancel()
    let error = try await task.value
    #expect(error.code == .cancelled)
    #expect(error.requestMayHaveBeenSent)
    await server.closed(1)
  }

  @Test("a task that is cancelled beforehand sends nothing")
  func cancelledBefore() async throws {
    let server = try LoopbackServer { _ in .respond(status: 200) }
    let transport = try CurlTransport()
    let task = Task {
      // Goes on only when cancelled, so `send` is certainly called after that.
      while !Task.isCancelled { await Task.yield() }
      return try await failure(of: HTTPRequest(url: server.url), over: transport)
    }
    task.cancel()
    let error = try await task.value
    #expect(error.code == .cancelled)
    #expect(!error.requestMayHaveBeenSent)
    #expect(server.requests.isEmpty)
  }

  @Test("shutting down fails what is in flight and whatever comes later")
  func shutdown() async throws {
    let server = try LoopbackServer { _ in .silence }
    let transport = try CurlTransport()
    let task = Task { try await failure(of: HTTPRequest(url: server.url), over: transport) }
    await server.received(1)
    transport.shutdown()
    transport.shutdown()
    let inFlight = try await task.value
    #expect(inFlight.code == .shutDown)
    #expect(inFlight.requestMayHaveBeenSent)
    let late = try await failure(of: HTTPRequest(url: server.url), over: transport)
    #expect(late.code == .shutDown)
    #expect(!late.requestMayHaveBeenSent)
  }
}
