import HTTPTransport
import Instagram
import LoopbackServer
import Posts
import Sealing
import Testing

@Suite("What the client makes of answers", .timeLimit(.minutes(1)))
struct AnswerTests {
  @Test("ids are taken as strings or as numbers beyond 2^53")
  func ids() async throws {
    for body in [#"{"id":"17889455560051444"}"#, #"{"id":17889455560051444}"#] {
      let harness = try Harness(200, body)
      #expect(try await harness.client.publish(container, account()).rawValue == container.rawValue)
    }
  }

  @Test(
    "a publish that answers 200 without a readable id is unknown",
    arguments: ["", "{}", #"{"id":""}"#, #"{"id":null}"#, "<html>", #"{"id":"1""#, "[]", "null"]
  )
  func unreadablePublish(body: String) async throws {
    let harness = try Harness(200, body)
    let error = try await failure { _ = try await harness.client.publish(container, account()) }
    #expect(error.failureClass == .unknown)
    #expect(error.httpStatus == 200)
    #expect(error.requestMayHaveBeenSent)
    #expect(error.message == "media_publish answered http 200 with a body that cannot be read")
  }

  @Test("an error in a 200 is an error")
  func errorInside200() async throws {
    let harness = try Harness(200, #"{"id":"1","error":{"code":190,"error_subcode":463}}"#)
    let error = try await failure { _ = try await harness.client.publish(container, account()) }
    #expect(error.failureClass == .account)
    #expect(error.message == "media_publish answered 190/463")
  }

  @Test("every known state of a container is understood, and a new word survives")
  func containerStates() async throws {
    let words: [(String, ContainerStatus)] = [
      ("EXPIRED", .expired), ("ERROR", .error), ("FINISHED", .finished),
      ("IN_PROGRESS", .inProgress), ("PUBLISHED", .published), ("NEW", .unrecognised("NEW")),
    ]
    for (word, status) in words {
      let text = "Error: Media upload has failed with error code 2207026"
      let harness = try Harness(200, #"{"id":"1","status_code":"\#(word)","status":"\#(text)"}"#)
      let state = try await harness.client.containerStatus(container, account())
      #expect(state == ContainerState(status: status, statusText: text))
      #expect(state.errorSubcode == 2_207_026)
    }
    let silent = try Harness(200, #"{"id":"1"}"#)
    let error = try await failure {
      _ = try await silent.client.containerStatus(container, account())
    }
    #expect(error.failureClass == .wait)
  }

  @Test("a media is read with whatever fields there are")
  func media() async throws {
    let full = """
      {"id":"5","caption":"Hi","media_type":"CAROUSEL_ALBUM","media_product_type":"FEED",
       "permalink":"https://www.instagram.com/p/x/","timestamp":"2019-09-26T22:36:43+0000",
       "username":"sarah","children":{"data":[{"id":"6"},{"id":7}]},"new":{"a":[1]}}
      """
    let id = MediaID(rawValue: "5")
    let read = try await Harness(200, full).client.media(id, account())
    let expected = Media(
      id: id,
      caption: "Hi",
      mediaType: "CAROUSEL_ALBUM",
      productType: "FEED",
      permalink: "https://www.instagram.com/p/x/",
      timestamp: 1_569_537_403,
      username: "sarah",
      childCount: 2
    )
    #expect(read == expected)
    let bare = #"{"id":5,"caption":null,"timestamp":"yesterday","children":3}"#
    #expect(try await Harness(200, bare).client.media(id, account()) == Media(id: id))
  }

  @Test("a page tells where the next begins as long as it has something")
  func pages() async throws {
    func page(_ body: String) async throws -> MediaPage {
      try await Harness(200, body).client.recentMedia(account())
    }
    let cursors = #""paging":{"cursors":{"before":"a","after":"b"}}"#
    let first = try await page(#"{"data":[{"id":"1"},{"id":"2"}],\#(cursors)}"#)
    #expect(first.media.map(\.id.rawValue) == ["1", "2"])
    #expect(first.after == "b")
    #expect(try await page(#"{"data":[],\#(cursors)}"#) == MediaPage(media: []))
    #expect(try await page(#"{"data":[]}"#) == MediaPage(media: []))
    // A page with a media that cannot be read must not look as if that media did not exist.
    let error = try await failure { _ = try await page(#"{"data":[{"id":"1"},{}]}"#) }
    #expect(error.failureClass == .wait)
  }

  @Test("the publishing limit comes in a list, its total may be missing")
  func publishingLimit() async throws {
    func limit(_ body: String) async throws -> PublishingLimit {
      try await Harness(200, body).client.publishingLimit(account())
    }
    let full = #"{"data":[{"quota_usage":2,"config":{"quota_total":50,"quota_duration":86400}}]}"#
    let expected = PublishingLimit(usage: 2, total: 50, duration: .seconds(86400))
    #expect(try await limit(full) == expected)
    #expect(try await limit(#"{"data":[{"quota_usage":3}]}"#) == PublishingLimit(usage: 3))
    let error = try await failure { _ = try await limit(#"{"data":[]}"#) }
    #expect(error.failureClass == .wait)
  }

  @Test(
    "the account is read flat, wrapped in an object or wrapped in a list",
    arguments: [
      #"{"user_id":"9","id":"app-scoped","username":"sarah"}"#,
      #"{"data":{"user_id":9,"username":"sarah"}}"#,
      #"{"data":[{"id":"9","username":"sarah"}]}"#,
    ]
  )
  func accountInfo(body: String) async throws {
    let info = try await Harness(200, body).client.accountInfo(account(.instagram))
    #expect(info == AccountInfo(id: "9", username: "sarah"))
  }

  @Test("a dead token is an answer, a dead caller an error")
  func debugToken() async throws {
    let dead = #"{"data":{"error":{"code":190,"subcode":463},"is_valid":false,"scopes":[]}}"#
    let info = try await Harness(200, dead).client.debugToken(account())
    #expect(info == TokenInfo(isValid: false, errorSubcode: 463))
    let error = try await failure {
      _ = try await Harness(400, #"{"error":{"code":190}}"#).client.debugToken(account())
    }
    #expect(error.failureClass == .account)
  }

  @Test("usage headers are reported with every answer that has them, and set the pause of a limit")
  func usage() async throws {
    let headers = [
      ("x-app-usage", #"{"call_count":28,"total_time":25,"total_cputime":25}"#),
      (
        "X-Business-Use-Case-Usage",
        #"{"9":[{"type":"instagram","call_count":100,"total_time":3,"#
          + #""estimated_time_to_regain_access":19}]}"#
      ),
    ]
    let limited = try Harness(400, #"{"error":{"code":80002}}"#, headers: headers)
    let error = try await failure { _ = try await limited.client.recentMedia(account()) }
    #expect(error.failureClass == .limit)
    #expect(error.retryAfter == .seconds(19 * 60))
    let expected = InstagramUsage(percent: 100, regainAccess: .seconds(19 * 60))
    #expect(limited.usages.all.map(\.usage) == [expected])
    #expect(limited.usages.all.map(\.accountID) == [account().accountID])

    let garbled = try Harness(
      200,
      #"{"id":"1"}"#,
      headers: [("x-app-usage", "{"), ("x-business-use-case-usage", #"{"9":1e99}"#)]
    )
    _ = try await garbled.client.publish(container, account())
    #expect(garbled.usages.all.isEmpty)
  }

  @Test("pauses follow the subcode, and a limit without a number takes an hour")
  func pauses() async throws {
    let expected: [(String, Duration?)] = [
      (#"{"code":4}"#, .seconds(3600)),
      (#"{"code":4,"error_subcode":2207051}"#, .seconds(6 * 3600)),
      (#"{"code":9,"error_subcode":2207042}"#, .seconds(3600)),
      (#"{"code":9007,"error_subcode":2207027}"#, .seconds(5)),
      (#"{"code":24,"error_subcode":2207008}"#, .seconds(30)),
      (#"{"code":9004,"error_subcode":2207052}"#, .seconds(10)),
      (#"{"code":36003,"error_subcode":2207009}"#, nil),
    ]
    for (body, pause) in expected {
      let harness = try Harness(400, #"{"error":\#(body)}"#)
      let error = try await failure { _ = try await harness.client.publish(container, account()) }
      #expect(error.retryAfter == pause, "\(body)")
    }
  }

  @Test("a time-out of a publish is unknown, of a read a reason to wait")
  func timeouts() async throws {
    let harness = try Harness(timeout: .milliseconds(200)) { _ in .silence }
    let publish = try await failure { _ = try await harness.client.publish(container, account()) }
    #expect(publish.failureClass == .unknown)
    #expect(publish.requestMayHaveBeenSent)
    let read = try await failure { _ = try await harness.client.accountInfo(account()) }
    #expect(read.failureClass == .wait)
  }

  @Test("a publish that could not connect was certainly not sent")
  func unreachable() async throws {
    let port = try RefusingPort()
    let client = InstagramClient(
      transport: try CurlTransport(),
      configuration: InstagramConfiguration(facebookGraphURL: "http://127.0.0.1:\(port.number)")
    )
    let error = try await failure { _ = try await client.publish(container, account()) }
    #expect(error.failureClass == .wait)
    #expect(!error.requestMayHaveBeenSent)
    #expect(error.httpStatus == nil)
    withExtendedLifetime(port) {}
  }

  @Test("a token with a line break is a configuration fault, sent nowhere and shown nowhere")
  func tokenWithLineBreak() async throws {
    let harness = try Harness(200, #"{"id":"1"}"#)
    let error = try await failure {
      _ = try await harness.client.publish(container, account(token: token + "\n"))
    }
    #expect(error.failureClass == .configuration)
    #expect(!error.requestMayHaveBeenSent)
    #expect(!error.message.contains(token))
    #expect(harness.server.requests.isEmpty)
  }
}
