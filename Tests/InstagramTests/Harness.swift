import HTTPTransport
import Instagram
import LoopbackServer
import Posts
import Sealing
import Synchronization
import Testing

let token = "EAAhush-token"
let appSecret = "hush-app-secret"

/// The real transport; keeps the server alive for as long as somebody may send to it.
private struct TransportWithServer: HTTPTransport {
  let transport: CurlTransport
  let server: LoopbackServer

  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    try await transport.send(request)
  }
}

/// A client over the real transport, and a server that answers as it is told.
struct Harness {
  let server: LoopbackServer
  let client: InstagramClient
  let usages = Usages()

  final class Usages: Sendable {
    private let heard = Mutex<[(accountID: String, usage: InstagramUsage)]>([])

    var all: [(accountID: String, usage: InstagramUsage)] { heard.withLock(\.self) }

    func hear(_ accountID: String, _ usage: InstagramUsage) {
      heard.withLock { $0.append((accountID, usage)) }
    }
  }

  init(
    timeout: Duration = .seconds(10),
    _ handler: @escaping @Sendable (LoopbackRequest) -> LoopbackAnswer
  ) throws {
    server = try LoopbackServer(handler)
    let usages = self.usages
    client = InstagramClient(
      transport: TransportWithServer(transport: try CurlTransport(), server: server),
      configuration: InstagramConfiguration(
        facebookGraphURL: server.url + "/facebook",
        instagramGraphURL: server.url + "/instagram/",
        timeout: timeout
      ),
      onUsage: usages.hear
    )
  }

  /// A harness whose server always answers the same.
  init(_ status: Int, _ body: String, headers: [(String, String)] = []) throws {
    try self.init { _ in .respond(status: status, headers: headers, body: Array(body.utf8)) }
  }
}

/// An account for tests.
func account(
  _ login: Login = .facebook,
  withAppSecret: Bool = false,
  id: String = "17841400000000001",
  token: String = token
) -> InstagramAccount {
  InstagramAccount(
    accountID: id,
    login: login,
    accessToken: Secret(token),
    appSecret: withAppSecret ? Secret(appSecret) : nil
  )
}

/// The error of a call that must fail.
func failure(
  _ body: () async throws -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws -> InstagramError {
  try await #require(throws: InstagramError.self, sourceLocation: sourceLocation) {
    try await body()
  }
}

let container = ContainerID(rawValue: "17889455560051444")

extension InstagramClient {
  /// Publishes as the product does: the call is made ready first, then sent.
  func publish(
    _ container: ContainerID,
    _ account: InstagramAccount
  ) async throws(InstagramError) -> MediaID {
    try await publish(try publishCall(container, account))
  }
}
