import Testing

@testable import GraphSandbox

@Suite("Tokens")
struct TokenTests {
  private static let me = "/instagram/v26.0/me"

  @Test("A token of the other surface, an unknown one and none are refused")
  func wrongTokens() {
    var world = CoreWorld()
    for token in ["EAAsarah", "IGAAnobody"] {
      let reply = world.send("GET", Self.me, token: token)
      #expect(reply.status == 400 && reply.code == 190 && reply.subcode == nil)
      #expect(reply.message == "Invalid OAuth access token - Cannot parse access token")
      #expect(reply.answer.headers.contains { $0.name == "WWW-Authenticate" })
    }
    #expect(world.send("GET", "/facebook/v26.0/me", token: "IGAAmax").code == 190)
    #expect(world.send("GET", Self.me, token: "").code == 104)
    world.core.settings.invalidTokenStatus = 401
    #expect(world.send("GET", Self.me, token: "EAAsarah").status == 401)
  }

  @Test("A token ends at its expiry with 190/463, and the message has both times")
  func expiry() {
    var world = CoreWorld()
    _ = world.control("POST", "accounts", ["id": "17841400000000002", "token_expires_in": 60])
    #expect(world.send("GET", Self.me).status == 200)
    world.wall = world.wall.advanced(bySeconds: 60)
    let reply = world.send("GET", Self.me)
    #expect(reply.code == 190 && reply.subcode == 463)
    #expect(
      reply.message
        == "Error validating access token: Session has expired on Monday, 21-Sep-26 07:14:20 PDT. "
        + "The current time is Monday, 21-Sep-26 07:14:20 PDT."
    )
  }

  @Test(
    "A revoked token answers its subcode in mid-flow",
    arguments: [(0, nil), (458, 458), (459, 459), (460, 460), (467, 467), (492, 492)]
      as [(Int64, Double?)]
  )
  func revocation(subcode: Int64, answered: Double?) throws {
    var world = CoreWorld()
    let container = try world.container()
    _ = world.control(
      "POST",
      "accounts",
      ["id": "17841400000000002", "revoked": .int(subcode)]
    )
    let reply = world.publish(container)
    #expect(reply.code == 190 && reply.subcode == answered)
    _ = world.control("POST", "accounts", ["id": "17841400000000002", "revoked": .null])
    #expect(world.read(container, "status_code").status == 200)
  }

  @Test("A missing permission is named, and answered with 403")
  func scopes() {
    var world = CoreWorld()
    let basic: JSON = ["instagram_basic"]
    _ = world.control("POST", "accounts", ["id": "17841400000000001", "scopes": basic])
    let path = "/facebook/v26.0/\(CoreWorld.facebook)/media"
    let reply = world.send("POST", path, ["image_url": "http://host/square.jpg"])
    #expect(reply.status == 403 && reply.code == 10)
    #expect(
      reply.message
        == "(#10) Requires instagram_content_publish permission to manage the object"
    )
    #expect(world.send("GET", path).status == 200)
  }

  @Test("An app secret proof is asked for on Facebook when the account requires it, and checked")
  func proof() {
    var world = CoreWorld()
    let me = "/facebook/v26.0/me"
    #expect(world.send("GET", me).status == 200)
    _ = world.control("POST", "accounts", ["id": "17841400000000001", "require_app_secret": true])
    let without = world.send("GET", me)
    #expect(without.status == 400 && without.code == 100 && without.subcode == nil)
    #expect(
      without.message == "API calls from the server require an appsecret_proof argument"
    )
    #expect(
      world.send("GET", me, ["appsecret_proof": "00"]).message
        == "Invalid appsecret_proof provided in the API argument"
    )
    // HMAC-SHA256 of "EAAsarah" under "secret", as openssl computes it.
    let proof = "ce7c8c0875ef0480f5472654f334d2a722f475fd55ffc4fbff8d74b7eb489e59"
    #expect(world.send("GET", me, ["appsecret_proof": proof]).status == 200)
  }

  @Test("A refresh needs an age of 24 hours and a life, and gives 60 days more")
  func refresh() throws {
    var world = CoreWorld()
    let path = "/instagram/refresh_access_token"
    let grant = ["grant_type": "ig_refresh_token"]
    _ = world.control("POST", "accounts", ["id": "17841400000000002", "token_age": 86_399])
    #expect(world.send("GET", path, grant).code == 100)
    world.wall = world.wall.advanced(bySeconds: 1)
    let reply = world.send("GET", path, grant)
    let token = try #require(reply.body["access_token"]?.string)
    #expect(token != "IGAAmax" && token.hasPrefix("IGAA"))
    #expect(reply.body["expires_in"] == 5_184_000 && reply.body["token_type"] == "bearer")
    world.wall = world.wall.advanced(bySeconds: 5_183_999)
    #expect(world.send("GET", Self.me, token: token).status == 200)
    #expect(world.send("GET", Self.me).subcode == 463)
    #expect(world.send("GET", path, grant).subcode == 463)
    world.core.settings.refreshChangesToken = false
    #expect(world.send("GET", path, grant, token: token).body["access_token"]?.string == token)
  }

  @Test("A Facebook user token is exchanged with the app's secret; a Page token answers 2 for ever")
  func exchange() throws {
    var world = CoreWorld()
    let path = "/facebook/v26.0/oauth/access_token"
    var parameters = [
      "grant_type": "fb_exchange_token", "client_id": "1000000000000001",
      "client_secret": "wrong", "fb_exchange_token": "EAAsarah",
    ]
    #expect(world.send("GET", path, parameters, token: "").code == 1)
    parameters["client_secret"] = "secret"
    let reply = world.send("GET", path, parameters, token: "")
    let token = try #require(reply.body["access_token"]?.string)
    #expect(world.send("GET", "/facebook/v26.0/me", token: token).status == 200)
    _ = world.control("POST", "accounts", ["id": "17841400000000001", "token_kind": "page"])
    let page = world.send("GET", path, parameters, token: "")
    #expect(page.status == 500 && page.code == 2)
    #expect(page.body["error"]?["is_transient"] == true)
  }

  @Test("The token's debugger tells scopes and expiry, and a dead token's error inside data")
  func debug() {
    var world = CoreWorld()
    let path = "/facebook/v26.0/debug_token"
    let app = "1000000000000001|secret"
    let live = world.send("GET", path, ["input_token": "EAAsarah"], token: app).body["data"]
    #expect(live?["is_valid"] == true && live?["type"] == "USER")
    #expect(live?["scopes"]?.elements?.contains("instagram_content_publish") == true)
    #expect(live?["expires_at"] == .int(CoreWorld.start.unixSeconds + 5_011_200))
    _ = world.control("POST", "accounts", ["id": "17841400000000001", "revoked": 460])
    let dead = world.send("GET", path, ["input_token": "EAAsarah"], token: app)
    #expect(dead.status == 200 && dead.body["data"]?["is_valid"] == false)
    #expect(dead.body["data"]?["error"]?["subcode"] == 460)
    #expect(world.send("GET", path, ["input_token": "EAAsarah"], token: "x|y").code == 190)
    let other = world.send("GET", path, ["input_token": "IGAAmax"], token: app)
    #expect(other.body["data"]?["is_valid"] == false)
    world.core.settings.debugTokenReadsInstagram = true
    let read = world.send("GET", path, ["input_token": "IGAAmax"], token: app)
    #expect(read.body["data"]?["is_valid"] == true)
  }
}
