import HTTPTransport
import LoopbackServer
import Synchronization
import Testing

/// A server that answers the first request of a connection and hangs up, without a word, on any POST.
private func hangUpOnPost() throws -> LoopbackServer {
  try LoopbackServer { $0.method == "POST" ? .close : .respond(status: 200) }
}

@Suite("A POST on a connection that dies", .timeLimit(.minutes(1)))
struct AtMostOnceTests {
  /// Warms a connection up, posts, and returns the POST's error and how many POSTs arrived.
  private func post(freshConnection: Bool, atMostOnce: Bool) async throws -> (HTTPError, Int) {
    let server = try hangUpOnPost()
    let transport = try CurlTransport()
    _ = try await transport.send(HTTPRequest(url: server.url))
    let request = HTTPRequest(
      method: .post,
      url: server.url + "/media_publish",
      body: Array("creation_id=1".utf8),
      freshConnection: freshConnection,
      atMostOnce: atMostOnce
    )
    let error = try await #require(throws: HTTPError.self) { _ = try await transport.send(request) }
    let posts = server.requests.filter { $0.method == "POST" }
    return (error, posts.count)
  }

  @Test("libcurl by itself sends it twice on a reused connection: the danger is real")
  func unguarded() async throws {
    let (error, count) = try await post(freshConnection: false, atMostOnce: false)
    #expect(count == 2)
    #expect(error.requestMayHaveBeenSent)
  }

  @Test("on a connection of its own it arrives once")
  func fresh() async throws {
    let (error, count) = try await post(freshConnection: true, atMostOnce: false)
    #expect(count == 1)
    #expect(error.requestMayHaveBeenSent)
  }

  @Test("with at-most-once it arrives once even on a reused connection")
  func guarded() async throws {
    let (error, count) = try await post(freshConnection: false, atMostOnce: true)
    #expect(count == 1)
    #expect(error.requestMayHaveBeenSent)
    #expect(error.code != .cancelled)
    #expect(error.message.hasSuffix("not sent a second time"))
  }

  @Test("a caller that says no when the connection stands sends nothing, and knows it")
  func withheld() async throws {
    let server = try LoopbackServer { _ in .respond(status: 200) }
    let transport = try CurlTransport()
    let asked = Mutex(0)
    var request = HTTPRequest(
      method: .post,
      url: server.url + "/media_publish",
      body: Array("creation_id=1".utf8),
      freshConnection: true,
      atMostOnce: true
    )
    request.mayBeWritten = {
      asked.withLock { $0 += 1 }
      return false
    }
    let held = request
    let error = try await #require(throws: HTTPError.self) { _ = try await transport.send(held) }
    #expect(error.code == .withheld)
    #expect(!error.requestMayHaveBeenSent)
    #expect(error.message.hasSuffix("held back right before it was sent"))
    #expect(asked.withLock(\.self) == 1)
    // The next request is the first that the server hears of.
    request.mayBeWritten = { true }
    _ = try await transport.send(request)
    #expect(server.requests.count == 1)
  }

  @Test("with both, as publishing does it, it arrives once")
  func both() async throws {
    let (error, count) = try await post(freshConnection: true, atMostOnce: true)
    #expect(count == 1)
    #expect(error.requestMayHaveBeenSent)
  }
}
