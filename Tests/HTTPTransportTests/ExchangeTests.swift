import HTTPTransport
import LoopbackServer
import Testing

@Suite("Exchanges over libcurl", .timeLimit(.minutes(1)))
struct ExchangeTests {
  @Test("a request reaches the server as it was given, and the answer comes back whole")
  func roundTrip() async throws {
    let server = try LoopbackServer { request in
      .respond(status: 200, headers: [("X-Kind", " echo ")], body: request.body)
    }
    let transport = try CurlTransport()
    let body = Array("caption=%23sea&x=\u{1F6A2}".utf8) + [0, 255]
    let response = try await transport.send(
      HTTPRequest(
        method: .post,
        url: server.url + "/v26.0/1/media?a=b",
        headers: ["Authorization": "Bearer t", "Content-Type": "application/octet-stream"],
        body: body
      )
    )
    #expect(response.status == 200)
    #expect(response.body == body)
    #expect(response.headers["x-KIND"] == "echo")
    #expect(response.headers["absent"] == nil)
    #expect(response.httpVersion == .http1_1)

    let request = try #require(server.requests.first)
    #expect(request.method == "POST")
    #expect(request.target == "/v26.0/1/media?a=b")
    #expect(request["authorization"] == "Bearer t")
    #expect(request["content-type"] == "application/octet-stream")
    #expect(request["user-agent"] == "belfry")
    #expect(request["accept-encoding"] == "gzip")
    #expect(request["expect"] == nil)
    #expect(request.body == body)
  }

  @Test("every method is sent under its name", arguments: [HTTPMethod.get, .post, .put, .delete])
  func methods(method: HTTPMethod) async throws {
    let server = try LoopbackServer { .respond(status: 200, body: Array($0.method.utf8)) }
    let transport = try CurlTransport()
    let response = try await transport.send(HTTPRequest(method: method, url: server.url))
    #expect(response.body == Array(method.rawValue.utf8))
  }

  @Test("a HEAD request takes the length for granted and waits for no body")
  func head() async throws {
    let server = try LoopbackServer { _ in
      .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n".utf8))
    }
    let transport = try CurlTransport()
    let response = try await transport.send(HTTPRequest(method: .head, url: server.url))
    #expect(response.headers["content-length"] == "12345")
    #expect(response.body.isEmpty)
  }

  @Test("a chunked body is put together, after an interim answer whose headers are dropped")
  func chunked() async throws {
    let server = try LoopbackServer { _ in
      let text = """
        HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n\
        HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n, you!\r\n0\r\n\r\n
        """
      return .raw(Array(text.utf8))
    }
    let transport = try CurlTransport()
    let response = try await transport.send(HTTPRequest(url: server.url))
    #expect(String(decoding: response.body, as: UTF8.self) == "hello, you!")
    #expect(response.headers["link"] == nil)
  }

  @Test("the body of an HTTP error is an answer like any other", arguments: [301, 400, 403, 500])
  func errorStatus(status: Int) async throws {
    let server = try LoopbackServer { _ in
      .respond(status: status, headers: [("Location", "/elsewhere")], body: Array("{}".utf8))
    }
    let transport = try CurlTransport()
    let response = try await transport.send(HTTPRequest(url: server.url))
    #expect(response.status == status)
    #expect(response.body == Array("{}".utf8))
    #expect(server.requests.count == 1)
  }

  @Test("two hundred requests at once all get their own answer")
  func concurrency() async throws {
    let server = try LoopbackServer { .respond(status: 200, body: Array($0.target.utf8)) }
    let transport = try CurlTransport()
    let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for number in 0..<200 {
        group.addTask {
          let response = try await transport.send(HTTPRequest(url: server.url + "/\(number)"))
          return (number, String(decoding: response.body, as: UTF8.self))
        }
      }
      return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
    }
    #expect(answers.count == 200)
    #expect(answers.allSatisfy { $0.value == "/\($0.key)" })
    #expect(server.requests.count == 200)
  }

  @Test("requests one after the other share a connection, unless one asks for its own")
  func connectionReuse() async throws {
    let server = try LoopbackServer { _ in .respond(status: 200) }
    let transport = try CurlTransport()
    for fresh in [false, false, true, false] {
      _ = try await transport.send(HTTPRequest(url: server.url, freshConnection: fresh))
    }
    #expect(server.requests.map(\.connection) == [1, 1, 2, 1])
  }

  @Test("a ping goes through the thread, and the count of its rounds grows")
  func ping() async throws {
    let transport = try CurlTransport()
    #expect(await transport.ping())
    let before = transport.ticks
    #expect(await transport.ping())
    #expect(await transport.ping())
    #expect(transport.ticks > before)
    transport.shutdown()
    #expect(await transport.ping() == false)
  }
}
