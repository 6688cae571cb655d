import Testing

@testable import GraphSandbox

@Suite("The control API")
struct ControlTests {
  @Test("Settings change by the key, and unknown or wrong ones are refused as a whole")
  func settings() {
    var world = CoreWorld()
    let reply = world.control(
      "POST",
      "settings",
      ["listing_delay": 2.5, "second_publish": "same_id", "seconds_until_finished": .null]
    )
    #expect(reply.body["listing_delay"] == 2.5)
    #expect(world.core.settings.secondPublish == .sameID)
    #expect(world.core.settings.secondsUntilFinished == nil)
    #expect(world.core.settings.quotaTotal == 100)
    let before = world.core.settings
    for bad: JSON in [["quota": 3], ["quota_total": "3"], ["second_publish": "maybe"], []] {
      #expect(world.control("POST", "settings", bad).status == 400)
    }
    #expect(world.core.settings == before)
  }

  @Test("Every property of settings, accounts and faults has its key")
  func completeKeys() throws {
    let settings = try JSON(encoding: SandboxSettings()).members ?? [:]
    #expect(
      settings.keys.sorted() == SandboxSettings.CodingKeys.allCases.map(\.stringValue).sorted()
    )
    var account = CoreWorld.accounts[0]
    (account.scopes, account.revoked, account.quotaTotal, account.spamBlock) = ([], 1, 1, 1)
    #expect(
      try JSON(encoding: account).members?.keys.sorted()
        == SandboxAccount.CodingKeys.allCases.map(\.stringValue).sorted()
    )
  }

  @Test("An account is added, changed by the key, and listed")
  func accounts() {
    var world = CoreWorld()
    let lena: JSON = ["id": "33", "username": "lena", "login": "facebook", "token": "EAAlena"]
    #expect(world.control("POST", "accounts", lena).status == 200)
    #expect(world.send("GET", "/facebook/v26.0/33", token: "EAAlena").status == 200)
    _ = world.control("POST", "accounts", ["id": "33", "token": "EAAnew"])
    #expect(world.send("GET", "/facebook/v26.0/33", token: "EAAlena").code == 190)
    #expect(world.send("GET", "/facebook/v26.0/33", token: "EAAnew").status == 200)
    #expect(world.control("GET", "accounts").body.elements?.count == 3)
    for bad: JSON in [
      ["id": "44", "username": "lena", "token": "x"], ["id": "x1", "username": "a", "token": "x"],
      ["id": "44", "token": "x"], ["id": "44", "username": "b", "token": "x", "nick": "c"],
    ] {
      #expect(world.control("POST", "accounts", bad).status == 400)
    }
  }

  @Test("One token can open several accounts, and only those")
  func sharedToken() {
    var world = CoreWorld()
    let second: JSON = [
      "id": "55", "username": "second", "login": "facebook", "token": "EAAsarah",
    ]
    _ = world.control("POST", "accounts", second)
    #expect(world.send("GET", "/facebook/v26.0/55").status == 200)
    #expect(world.send("GET", "/facebook/v26.0/\(CoreWorld.facebook)").status == 200)
    #expect(world.send("GET", "/facebook/v26.0/\(CoreWorld.instagram)").subcode == 33)
  }

  @Test("The clock advances, stands and goes on, but never back")
  func clock() {
    var world = CoreWorld()
    _ = world.control("POST", "clock", ["freeze": true])
    world.wall = world.wall.advanced(bySeconds: 50)
    #expect(world.core.now(at: world.wall) == CoreWorld.start)
    _ = world.control("POST", "clock", ["advance": 7])
    #expect(world.core.now(at: world.wall) == CoreWorld.start.advanced(bySeconds: 7))
    let reply = world.control("POST", "clock", ["freeze": false])
    #expect(reply.body["frozen"] == false && reply.body["text"] == "2026-09-21T14:13:27+0000")
    world.wall = world.wall.advanced(bySeconds: 3)
    #expect(world.core.now(at: world.wall) == CoreWorld.start.advanced(bySeconds: 10))
    #expect(world.control("POST", "clock", ["advance": -1]).status == 400)
  }

  @Test("Every Graph call is recorded in order, without its token")
  func requests() throws {
    var world = CoreWorld()
    let container = try world.container(["caption": "Recorded"])
    _ = world.control("POST", "faults", ["preset": "publish_closed"])
    _ = world.publish(container)
    _ = world.read(container, "nonsense")
    let entries = world.control("GET", "requests").body.elements ?? []
    #expect(entries.map { $0["operation"] } == ["create", "publish", "status"])
    #expect(entries[0]["parameters"]?["caption"] == "Recorded")
    #expect(entries[0]["parameters"]?["access_token"] == "<token>")
    #expect(entries[0]["status"] == 200 && entries[0]["outcome"] == "answered")
    #expect(entries[1]["status"] == nil && entries[1]["outcome"] == "closed")
    #expect(entries[2]["status"] == 400 && entries[2]["error_code"] == 100)
    #expect(!world.control("GET", "requests").body.text.contains("IGAAmax"))
    let chosen = world.control("GET", "requests?operation=publish&after=1").body.elements
    #expect(chosen?.count == 1)
  }

  @Test("Media and containers are told by account")
  func witnesses() throws {
    var world = CoreWorld()
    let media = try world.post()
    let other = try world.container(["caption": "Waiting"])
    let all = world.control("GET", "media?account=\(CoreWorld.instagram)").body.elements
    #expect(all?.count == 1 && all?.first?["id"]?.string == media)
    #expect(all?.first?["caption"] == "Morning light" && all?.first?["width"] == 1080)
    #expect(world.control("GET", "media?account=\(CoreWorld.facebook)").body == [])
    let containers = world.control("GET", "containers").body.elements
    #expect(containers?.map { $0["status_code"] } == ["PUBLISHED", "IN_PROGRESS"])
    #expect(containers?.last?["id"]?.string == other)
    #expect(world.control("GET", "duplicates").body == [])
    let image = world.control("GET", "images/\(media).jpg").answer
    #expect(image.body == testJPEG(width: 1080, height: 1080))
    #expect(world.control("GET", "images/1.jpg").status == 404)
  }

  @Test("A reset forgets everything but the seed, and hands out no id twice")
  func reset() throws {
    var world = CoreWorld()
    let old = try world.post()
    _ = world.control("POST", "settings", ["quota_total": 1])
    _ = world.control("POST", "faults", ["preset": "publish_closed"])
    _ = world.control("POST", "clock", ["advance": 1000])
    #expect(world.control("POST", "reset").status == 200)
    #expect(world.core.published().isEmpty && world.core.record.requests.isEmpty)
    #expect(world.core.settings == SandboxSettings() && world.core.faults.faults.isEmpty)
    #expect(world.core.now(at: world.wall) == CoreWorld.start)
    #expect(try world.post() > old)
  }

  @Test("A seed has accounts and settings, and nothing else")
  func seed() throws {
    var configuration = SandboxConfiguration()
    let seed: JSON = [
      "accounts": [["id": "1", "username": "a", "token": "IGAA1"]],
      "settings": ["quota_total": 25],
    ]
    try configuration.readSeed(seed.bytes)
    #expect(configuration.accounts.map(\.username) == ["a"])
    #expect(configuration.settings.quotaTotal == 25)
    for bad in ["[]", "{\"account\":[]}", "{\"settings\":{\"x\":1}}", "nonsense"] {
      #expect(throws: SandboxSeedError.self) { try configuration.readSeed(Array(bad.utf8)) }
    }
  }

  @Test("An unknown address and a broken body are refused")
  func mistakes() {
    var world = CoreWorld()
    #expect(world.control("GET", "nothing").status == 404)
    let broken = SandboxRequest(
      method: "POST",
      target: "/_sandbox/clock",
      body: Array("{".utf8)
    )
    #expect(CoreWorld.reply(world.deliver(broken)).status == 400)
  }
}
