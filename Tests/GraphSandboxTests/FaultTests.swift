import Testing

@testable import GraphSandbox

@Suite("Faults")
struct FaultTests {
  @Test("A fault meets the calls from at on, as often as times says, and counts them")
  func counting() {
    var world = CoreWorld()
    let fault: JSON = [
      "operation": "list_media", "at": 2, "times": 2, "answer": ["status": 503, "body": "busy"],
    ]
    let id = world.control("POST", "faults", fault).id
    _ = world.send("GET", "/instagram/v26.0/me")
    #expect((0..<4).map { _ in world.list().status } == [200, 503, 503, 200])
    let kept = world.control("GET", "faults").body.elements?.first
    #expect(kept?["calls"] == 4 && kept?["hits"] == 2 && kept?["id"]?.string == id)
  }

  @Test("Times 0 lasts until the fault is removed")
  func lasting() {
    var world = CoreWorld()
    let id = world.control("POST", "faults", ["preset": "server_down"]).id
    #expect((0..<3).map { _ in world.list().status } == [500, 500, 500])
    #expect(world.control("DELETE", "faults/\(id)").status == 200)
    #expect(world.list().status == 200)
    #expect(world.control("DELETE", "faults/\(id)").status == 404)
  }

  @Test("A fault can be for one account, or for one caption")
  func filters() throws {
    var world = CoreWorld()
    let account: JSON = .string(CoreWorld.facebook)
    _ = world.control("POST", "faults", ["preset": "server_down", "account": account])
    #expect(world.list().status == 200)
    let path = "/facebook/v26.0/\(CoreWorld.facebook)/media"
    #expect(world.send("GET", path).status == 500)
    _ = world.control("DELETE", "faults")
    _ = world.control("POST", "faults", ["preset": "publish_500", "caption": "bell"])
    let (plain, bell) = (
      try world.container(["caption": "plain"]), try world.container(["caption": "a bell"])
    )
    for id in [plain, bell] { _ = world.read(id, "status_code") }
    #expect([world.publish(plain).status, world.publish(bell).status] == [200, 500])
  }

  @Test(
    "A publish can take place and answer as if it had not, and not take place with the same answer",
    arguments: [
      ("publish_closed", 0, nil, nil), ("publish_500", 500, 2, nil),
      ("publish_spam", 403, 4, 2_207_051), ("publish_spam_400", 400, 4, 2_207_051),
      ("publish_permission", 403, 10, nil), ("publish_unparsable", 200, nil, nil),
      ("publish_without_id", 200, nil, nil), ("publish_cut_short", 200, nil, nil),
    ] as [(String, Int, Double?, Double?)]
  )
  func publishPresets(preset: String, status: Int, code: Double?, subcode: Double?) throws {
    for (effect, posts) in [("after", 1), ("before", 0)] {
      var world = CoreWorld()
      let container = try world.container()
      _ = world.read(container, "status_code")
      let fault: JSON = ["preset": .string(preset), "effect": .string(effect)]
      #expect(world.control("POST", "faults", fault).status == 200)
      let reply = world.publish(container)
      #expect(reply.status == status && reply.code == code && reply.subcode == subcode)
      #expect(world.core.published().count == posts, "\(effect)")
      #expect(
        world.read(container, "status_code").body["status_code"]
          == (posts == 1 ? "PUBLISHED" : "FINISHED")
      )
    }
  }

  @Test("Silence after a publish ends in its true answer, and in a cut when it was not done")
  func silence() throws {
    var world = CoreWorld()
    let container = try world.container()
    _ = world.read(container, "status_code")
    let request = SandboxRequest(
      method: "POST",
      target: "/instagram/v26.0/\(CoreWorld.instagram)/media_publish"
        + "?access_token=IGAAmax&creation_id=\(container)"
    )
    let stall: JSON = ["operation": "publish", "answer": ["stall": 90]]
    _ = world.control("POST", "faults", stall)
    let cut = world.deliver(request)
    #expect(cut.stall == 90 && cut.delivery == .close)
    #expect(world.core.published().isEmpty)
    _ = world.control("POST", "faults", ["preset": "publish_timeout"])
    let late = world.deliver(request)
    #expect(late.stall == 3600)
    #expect(CoreWorld.reply(late).id == world.core.published().first?.id)
  }

  @Test("A FINISHED container can answer 9007 some times before it is published")
  func notReadyThoughFinished() throws {
    var world = CoreWorld()
    let container = try world.container()
    _ = world.read(container, "status_code")
    _ = world.control("POST", "faults", ["preset": "publish_not_ready", "times": 2])
    #expect((0..<3).map { _ in world.publish(container).code } == [9007, 9007, nil])
    #expect(world.core.published().count == 1)
  }

  @Test("In a read outage every read of containers and media answers 100/33 while publishing works")
  func readOutage() throws {
    var world = CoreWorld()
    let container = try world.container()
    world.wall = world.wall.advanced(bySeconds: 5)
    _ = world.control("POST", "faults", ["preset": "read_outage"])
    #expect(world.read(container, "status_code").subcode == 33)
    #expect(world.list().subcode == 33)
    let media = world.publish(container)
    #expect(media.status == 200)
    #expect(world.read(media.id, "permalink").subcode == 33)
    let limit = "/instagram/v26.0/\(CoreWorld.instagram)/content_publishing_limit"
    #expect(world.send("GET", limit).status == 200)
  }

  @Test(
    "Each other preset answers its code and does nothing",
    arguments: [
      ("publish_quota", 9, 2_207_042), ("publish_fatal", -1, 2_207_001),
      ("permission_missing", 10, nil), ("account_restricted", 25, 2_207_050),
      ("token_revoked", 190, 460), ("token_expired", 190, 463), ("app_limit", 4, nil),
      ("user_limit", 17, nil), ("account_limit", 80002, nil), ("server_down", 2, nil),
      ("not_a_tester", 100, nil),
    ] as [(String, Double, Double?)]
  )
  func publishRefusals(preset: String, code: Double, subcode: Double?) throws {
    var world = CoreWorld()
    let container = try world.container()
    _ = world.read(container, "status_code")
    _ = world.control("POST", "faults", ["preset": .string(preset)])
    let reply = world.publish(container)
    #expect(reply.code == code && reply.subcode == subcode && !reply.message.isEmpty)
    #expect(world.core.published().isEmpty)
  }

  @Test(
    "A creation can be refused, or take place without an answer",
    arguments: [
      ("creation_quota", 9, 0), ("creation_failed", -1, 0), ("fetch_failed", 9004, 0),
      ("fetch_timeout", -2, 0), ("creation_closed", nil, 1),
    ] as [(String, Double?, Int)]
  )
  func creationFaults(preset: String, code: Double?, containers: Int) {
    var world = CoreWorld()
    _ = world.control("POST", "faults", ["preset": .string(preset)])
    let path = "/instagram/v26.0/\(CoreWorld.instagram)/media"
    let reply = world.send("POST", path, ["image_url": "http://host/square.jpg"])
    #expect(reply.code == code && reply.status != 200)
    #expect(world.core.state.containers.count == containers)
  }

  @Test("A scripted error keeps what it names and takes the rest from the catalogue")
  func scriptedError() {
    var world = CoreWorld()
    let error: JSON = [
      "code": 4, "subcode": 2_207_051, "message": "own words", "is_transient": true,
    ]
    let answer: JSON = ["status": 418, "error": error, "headers": ["x-note": "hello"]]
    _ = world.control("POST", "faults", ["answer": answer])
    let reply = world.list()
    #expect(reply.status == 418 && reply.message == "own words")
    #expect(reply.body["error"]?["is_transient"] == true)
    #expect(reply.body["error"]?["error_user_title"] == "Action is blocked")
    #expect(reply.answer.headers.contains(HeaderField(name: "x-note", value: "hello")))
  }

  @Test("Of two faults that meet a call the older one answers, and both are counted")
  func precedence() {
    var world = CoreWorld()
    for status in [501, 502] as [Int64] {
      let answer: JSON = ["status": .int(status), "body": ""]
      _ = world.control("POST", "faults", ["operation": "any", "answer": answer])
    }
    #expect(world.list().status == 501)
    #expect(world.core.faults.faults.map(\.hits) == [1, 1])
    #expect(world.core.record.requests.last?.faults.count == 2)
  }

  @Test(
    "A fault that cannot work is refused with the repair",
    arguments: [
      ["operation": "publsh", "answer": ["close": true]], ["preset": "publish_close"],
      ["operation": "publish"], ["at": 0, "answer": ["close": true]],
      ["answr": ["close": true]], ["answer": ["close": "yes"]], "close",
      ["signal": ["pid": 1, "signal": "KILL", "when": "receipt"]],
      ["signal": ["pid": -1, "signal": "KILL", "when": "receipt"]],
      ["signal": ["pid": 4242, "signal": "SEGV", "when": "receipt"]],
    ] as [JSON]
  )
  func refusedFaults(document: JSON) {
    var world = CoreWorld()
    let reply = world.control("POST", "faults", document)
    #expect(reply.status == 400)
    #expect(reply.body["error"]?["hint"]?.string?.isEmpty == false)
    #expect(world.core.faults.faults.isEmpty)
  }

  @Test("Every preset makes a valid fault")
  func presets() throws {
    for name in FaultPresets.all.keys {
      let fault = try Overlay.fault(["preset": .string(name)])
      #expect(fault.preset == name && fault.answer != nil)
    }
  }
}
