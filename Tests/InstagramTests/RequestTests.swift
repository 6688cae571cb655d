import HTTPTransport
import Instagram
import LoopbackServer
import Posts
import Sealing
import Testing

@Suite("Requests as the platform sees them", .timeLimit(.minutes(1)))
struct RequestTests {
  @Test("a creation is a form post to the account's number, the token in a header")
  func createContainer() async throws {
    let harness = try Harness(200, #"{"id":"17889455560051444"}"#)
    let draft = MediaDraft.image(
      url: "https://media.example.org/a%20b.jpg?x=1&y=2",
      altText: "A boat",
      details: .init(caption: "Sea #boat \u{1F6A2}\n50% & more")
    )
    #expect(try await harness.client.createContainer(draft, account()) == container)

    let request = try #require(harness.server.requests.first)
    #expect(harness.server.requests.count == 1)
    #expect(request.method == "POST")
    #expect(request.target == "/facebook/v26.0/17841400000000001/media")
    #expect(request["authorization"] == "Bearer \(token)")
    #expect(request["content-type"] == "application/x-www-form-urlencoded")
    #expect(
      request.text
        == "image_url=https%3A%2F%2Fmedia.example.org%2Fa%2520b.jpg%3Fx%3D1%26y%3D2"
        + "&alt_text=A%20boat"
        + "&caption=Sea%20%23boat%20%F0%9F%9A%A2%0A50%25%20%26%20more"
    )
  }

  @Test("every kind of draft has its fields and no others")
  func drafts() async throws {
    let details = MediaDraft.Details(
      caption: "c",
      collaborators: ["@anna", "ben"],
      locationID: "7",
      isAIGenerated: true
    )
    let common =
      "caption=c&collaborators=%5B%22anna%22%2C%22ben%22%5D&location_id=7&is_ai_generated=true"
    let tag = UserTag(username: "eve", x: 0.5, y: 0.25)
    let tags = "user_tags=%5B%7B%22username%22%3A%22eve%22%2C%22x%22%3A0.5%2C%22y%22%3A0.25%7D%5D"
    let children = ["1", "2"].map(ContainerID.init(rawValue:))
    let expected: [(MediaDraft, String)] = [
      (.image(url: "u", userTags: [tag], details: details), "image_url=u&\(tags)&\(common)"),
      (
        .reel(url: "u", coverURL: "v", shareToFeed: false, details: details),
        "media_type=REELS&video_url=u&cover_url=v&share_to_feed=false&\(common)"
      ),
      (
        .storyImage(url: "u", userTags: [UserTag(username: "@e\"ve")], isAIGenerated: true),
        "media_type=STORIES&image_url=u"
          + "&user_tags=%5B%7B%22username%22%3A%22e%5C%22ve%22%7D%5D&is_ai_generated=true"
      ),
      (.storyVideo(url: "u"), "media_type=STORIES&video_url=u"),
      (
        .carouselImage(url: "u", altText: "a", userTags: [tag]),
        "is_carousel_item=true&image_url=u&alt_text=a&\(tags)"
      ),
      (.carouselVideo(url: "u"), "is_carousel_item=true&media_type=VIDEO&video_url=u"),
      (
        .carousel(children: children, details: details),
        "media_type=CAROUSEL&children=1%2C2&\(common)"
      ),
    ]
    let harness = try Harness(200, #"{"id":"1"}"#)
    for (draft, _) in expected {
      _ = try await harness.client.createContainer(draft, account())
    }
    #expect(harness.server.requests.map(\.text) == expected.map(\.1))
  }

  @Test("a publish names the container only, on a connection that nothing else uses")
  func publish() async throws {
    let harness = try Harness(200, #"{"id":"17900000000000009"}"#)
    let client = harness.client
    _ = try? await client.containerStatus(container, account(.instagram))
    let media = try await client.publish(container, account(.instagram))
    _ = try? await client.containerStatus(container, account(.instagram))
    #expect(media.rawValue == "17900000000000009")

    let requests = harness.server.requests
    #expect(requests.map(\.connection) == [1, 2, 1])
    #expect(requests[1].method == "POST")
    #expect(requests[1].target == "/instagram/v26.0/17841400000000001/media_publish")
    #expect(requests[1].text == "creation_id=17889455560051444")
    #expect(requests[1]["authorization"] == "Bearer \(token)")
  }

  @Test("a publish whose connection dies on a warm transport arrives once and is unknown")
  func publishOnce() async throws {
    let harness = try Harness { request in
      request.method == "POST" ? .close : .respond(status: 200, body: Array("{}".utf8))
    }
    _ = try? await harness.client.containerStatus(container, account())
    let error = try await failure { _ = try await harness.client.publish(container, account()) }
    #expect(error.failureClass == .unknown)
    #expect(error.requestMayHaveBeenSent)
    #expect(harness.server.requests.filter { $0.method == "POST" }.count == 1)
  }

  @Test(
    "the proof of the app's secret goes with the form, or with a read's query, on Facebook only"
  )
  func appSecretProof() async throws {
    // HMAC-SHA256 of the token under the secret, computed with `openssl dgst -sha256 -hmac`.
    let proof = "d940e4def45a5cb6bb0f65665285e1d5b92c03c28cccca764c03daf526c47d22"
    let harness = try Harness(200, #"{"id":"1","status_code":"FINISHED"}"#)
    let facebook = account(.facebook, withAppSecret: true)
    _ = try await harness.client.publish(container, facebook)
    _ = try await harness.client.containerStatus(container, facebook)
    let instagram = account(.instagram, withAppSecret: true)
    _ = try await harness.client.containerStatus(container, instagram)

    let requests = harness.server.requests
    #expect(requests[0].text == "creation_id=17889455560051444&appsecret_proof=\(proof)")
    #expect(requests[0].target.hasSuffix("/media_publish"))
    #expect(requests[1].target.hasSuffix("&appsecret_proof=\(proof)"))
    #expect(!requests[2].target.contains("proof"))
    for request in requests {
      #expect(!String(decoding: request.bytes, as: UTF8.self).contains(appSecret))
    }
  }

  @Test("reads ask for named fields, with neither token nor removed parameters in the URL")
  func reads() async throws {
    let harness = try Harness(200, "{}")
    let client = harness.client
    let media = MediaID(rawValue: "5")
    _ = try? await client.containerStatus(container, account(.instagram))
    _ = try? await client.media(media, account())
    _ = try? await client.recentMedia(account(), limit: 500, after: "QVF=")
    _ = try? await client.recentStories(account(.instagram), limit: 0)
    _ = try? await client.publishingLimit(account())
    _ = try? await client.accountInfo(account())
    _ = try? await client.accountInfo(account(.instagram))

    let fields =
      "fields=id%2Ccaption%2Cmedia_type%2Cmedia_product_type%2Cpermalink%2Ctimestamp%2Cusername"
      + "%2Cchildren%7Bid%7D"
    let number = "17841400000000001"
    #expect(
      harness.server.requests.map(\.target) == [
        "/instagram/v26.0/17889455560051444?fields=status_code%2Cstatus",
        "/facebook/v26.0/5?\(fields)",
        "/facebook/v26.0/\(number)/media?\(fields)&limit=100&after=QVF%3D",
        "/instagram/v26.0/\(number)/stories?\(fields)&limit=1",
        "/facebook/v26.0/\(number)/content_publishing_limit?fields=quota_usage%2Cconfig",
        "/facebook/v26.0/\(number)?fields=id%2Cusername",
        "/instagram/v26.0/me?fields=user_id%2Cusername",
      ]
    )
    for request in harness.server.requests {
      #expect(request.method == "GET")
      #expect(request["authorization"] == "Bearer \(token)")
      #expect(request["if-none-match"] == nil)
    }
  }

  @Test("the token endpoints get the token where Meta documents it, in the query")
  func tokenEndpoints() async throws {
    let harness = try Harness(
      200,
      #"{"access_token":"new","token_type":"bearer","expires_in":5183944}"#
    )
    let client = harness.client
    let app = AppCredentials(appID: "77", appSecret: Secret(appSecret))
    let refreshed = try await client.refreshToken(account(.instagram))
    #expect(refreshed.accessToken.expose { $0 } == "new")
    #expect(refreshed.expiresIn == .seconds(5_183_944))
    _ = try await client.exchangeToken(account(.instagram), app: app)
    _ = try await client.exchangeToken(account(.facebook), app: app)
    #expect(
      harness.server.requests.map(\.target) == [
        "/instagram/refresh_access_token?grant_type=ig_refresh_token&access_token=\(token)",
        "/instagram/access_token?grant_type=ig_exchange_token&access_token=\(token)"
          + "&client_secret=\(appSecret)",
        "/facebook/v26.0/oauth/access_token?grant_type=fb_exchange_token&client_id=77"
          + "&fb_exchange_token=\(token)&client_secret=\(appSecret)",
      ]
    )
  }

  @Test("debug_token is asked in the app's name when the app is known, else in the token's own")
  func debugToken() async throws {
    let body = #"{"data":{"is_valid":true,"scopes":["a","b"],"expires_at":0,"app_id":77}}"#
    let harness = try Harness(200, body)
    let app = AppCredentials(appID: "77", appSecret: Secret(appSecret))
    let info = try await harness.client.debugToken(account(), app: app)
    #expect(info == TokenInfo(isValid: true, scopes: ["a", "b"], appID: "77"))
    _ = try await harness.client.debugToken(account())
    let requests = harness.server.requests
    #expect(requests[0].target == "/facebook/v26.0/debug_token?input_token=\(token)")
    #expect(requests[0]["authorization"] == "Bearer 77|\(appSecret)")
    #expect(requests[1]["authorization"] == "Bearer \(token)")
  }

  @Test("an account id that is not a number is refused before anything is sent")
  func accountID() async throws {
    let harness = try Harness(200, #"{"id":"1"}"#)
    for id in ["", "me", "1/../2", "12x"] {
      let error = try await failure {
        _ = try await harness.client.publish(container, account(id: id))
      }
      #expect(error.failureClass == .configuration)
      #expect(!error.requestMayHaveBeenSent)
    }
    #expect(harness.server.requests.isEmpty)
  }
}
