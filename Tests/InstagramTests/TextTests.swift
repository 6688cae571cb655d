import Instagram
import LoopbackServer
import Posts
import Sealing
import Testing

@Suite("What people get to read", .timeLimit(.minutes(1)))
struct TextTests {
  @Test("a refusal names the call, both numbers and the platform's words, on one line")
  func refusal() async throws {
    let body = """
      {"error":{"message":"Media ID is\\n not available","type":"OAuthException","code":9007,
       "error_subcode":2207027,"is_transient":false,"error_user_title":"ಪ್ರಕಟಿಸಲು ಸಾಧ್ಯವಿಲ್ಲ",
       "fbtrace_id":"ALRlpRLSwaI4ndtlU9LeWVv"}}
      """
    let harness = try Harness(400, body)
    let error = try await failure { _ = try await harness.client.publish(container, account()) }
    #expect(error.message == "media_publish answered 9007/2207027: Media ID is not available")
    #expect(error.failureClass == .wait)
    #expect(error.graphCode == 9007)
    #expect(error.graphSubcode == 2_207_027)
    #expect(error.httpStatus == 400)
    #expect(error.traceID == "ALRlpRLSwaI4ndtlU9LeWVv")
    #expect("\(error)" == error.message)
  }

  @Test("numbers that came as strings count, and a word in a subcode's place is shown")
  func looseNumbers() async throws {
    let harness = try Harness(
      400,
      #"{"error":{"code":"100","error_subcode":"INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID"}}"#
    )
    let error = try await failure {
      _ = try await harness.client.createContainer(.image(url: "u"), account())
    }
    #expect(error.message == "media answered 100/INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")
    #expect(error.failureClass == .permanent)
  }

  @Test("what the platform echoes is shown without secrets and without the queries of URLs")
  func echoes() async throws {
    let echo =
      "bad token \(token) in https://graph.facebook.com/x?access_token=\(token) or \(appSecret), "
      + "https://media.example.org/a.jpg?X-Signature=hush-signature failed"
    let harness = try Harness(400, #"{"error":{"message":"\#(echo)","code":190}}"#)
    let error = try await failure {
      _ = try await harness.client.publish(container, account(withAppSecret: true))
    }
    #expect(
      error.message
        == "media_publish answered 190: bad token <redacted> in https://graph.facebook.com/x or "
        + "<redacted>, https://media.example.org/a.jpg failed"
    )
  }

  @Test("a secret is recognised by its bytes, whatever mark follows and changes its last character")
  func combiningMark() async throws {
    let harness = try Harness(
      400,
      #"{"error":{"message":"bad token \#(token)\u0301, \#(appSecret)\u200d","code":190}}"#
    )
    let error = try await failure {
      _ = try await harness.client.publish(container, account(withAppSecret: true))
    }
    #expect(!error.message.utf8.contains(token.utf8), "\(error)")
    #expect(!error.message.utf8.contains(appSecret.utf8), "\(error)")
  }

  @Test("a failing token endpoint, whose URL holds every secret, shows none of them")
  func tokenEndpoints() async throws {
    let harness = try Harness { _ in .close }
    let app = AppCredentials(appID: "77", appSecret: Secret(appSecret))
    for login in Login.allCases {
      let error = try await failure {
        _ = try await harness.client.exchangeToken(account(login), app: app)
      }
      #expect(error.message.contains("access_token got no answer: GET http://127.0.0.1:"))
      #expect(!error.message.contains("hush"))
      #expect(!error.hint.contains("hush"))
    }
    let refresh = try await failure {
      _ = try await harness.client.refreshToken(account(.instagram))
    }
    #expect(!refresh.message.contains("hush"))
    let debug = try await failure { _ = try await harness.client.debugToken(account(), app: app) }
    #expect(!debug.message.contains("hush"))
  }

  @Test("an overlong message is cut")
  func overlong() async throws {
    let long = String(repeating: "long ", count: 1000)
    let harness = try Harness(400, #"{"error":{"message":"\#(long)","code":100}}"#)
    let error = try await failure { _ = try await harness.client.accountInfo(account()) }
    #expect(error.message.count < 400)
  }

  @Test(
    "every class has a guide, and every hint is a full sentence",
    arguments: FailureClass.allCases
  )
  func guides(failureClass: FailureClass) {
    let guide = InstagramTexts.guide(failureClass)
    for text in [guide.meaning, guide.belfryDoes, guide.humanDoes] {
      #expect(text.hasSuffix("."))
      #expect(text.first?.isUppercase == true)
      #expect(!text.contains("\n"))
    }
  }
}

@Suite("The platform's times")
struct GraphTimeTests {
  @Test(
    "times with any of the platform's offsets",
    arguments: [
      ("2019-09-26T22:36:43+0000", 1_569_537_403), ("1970-01-01T00:00:00Z", 0),
      ("2000-02-29T12:00:00+00:00", 951_825_600), ("1969-12-31T23:59:59+0000", -1),
      ("2026-11-25T17:40:06+0100", 1_795_624_806), ("2026-03-01T00:00:00.123-0230", 1_772_332_200),
      ("0000-03-01T00:00:00Z", -62_162_035_200), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] as [(String, Int64)]
  )
  func valid(text: String, seconds: Int64) {
    #expect(secondsSince1970(graphTime: text) == seconds)
  }

  @Test(
    "what is no time",
    arguments: [
      "", "2019", "2019-09-26", "2019-09-26T22:36:43", "2019-13-01T00:00:00Z",
      "2019-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2019-04-31T00:00:00Z",
      "2019-09-26T24:00:00Z", "2019-09-26T22:60:43Z", "2019-09-26T22:36:43+00",
      "2019-09-26T22:36:43+0000x", "2019-09-26T22:36:43.Z", "2019-09-26 22:36:43Z",
      "2019-09-26T22:36:4\u{0663}Z",
    ]
  )
  func invalid(text: String) {
    #expect(secondsSince1970(graphTime: text) == nil)
  }
}
