import Testing

@testable import GraphSandbox

@Suite("Containers")
struct ContainerTests {
  @Test("A container is IN_PROGRESS until read often enough, then FINISHED, then PUBLISHED")
  func lifeByReads() throws {
    var world = CoreWorld()
    world.core.settings.pollsUntilFinished = 3
    let id = try world.container()
    let states = (0..<3).map { _ in world.read(id, "status_code,status").body }
    #expect(
      states.map { $0["status_code"] } == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]
    )
    #expect(states[0]["status"] == "In Progress: Media is still being processed.")
    #expect(
      states[2]["status"] == "Finished: Media has been uploaded and it is ready to be published."
    )
    #expect(world.publish(id).status == 200)
    let read = world.read(id, "status_code,status")
    #expect(read.body["status_code"] == "PUBLISHED")
    #expect(read.body["status"] == "Published: Media has been successfully published.")
  }

  @Test("A container is FINISHED by time alone, and never when only reads count")
  func lifeByTime() throws {
    var world = CoreWorld()
    world.core.settings.pollsUntilFinished = 100
    let id = try world.container()
    world.wall = world.wall.advanced(bySeconds: 4.9)
    #expect(world.read(id, "status_code").body["status_code"] == "IN_PROGRESS")
    world.wall = world.wall.advanced(bySeconds: 0.1)
    #expect(world.read(id, "status_code").body["status_code"] == "FINISHED")
    world.core.settings.secondsUntilFinished = nil
    #expect(world.read(id, "status_code").body["status_code"] == "IN_PROGRESS")
  }

  @Test("An unpublished container is EXPIRED after 24 hours and cannot be published")
  func expiry() throws {
    var world = CoreWorld()
    let (kept, published) = (try world.container(), try world.container())
    _ = world.read(published, "status_code")
    _ = world.publish(published)
    _ = world.control("POST", "clock", ["advance": 86_400])
    #expect(world.read(kept, "status_code").body["status_code"] == "EXPIRED")
    #expect(world.read(published, "status_code").body["status_code"] == "PUBLISHED")
    let reply = world.publish(kept)
    #expect(reply.code == 24 && reply.subcode == 2_207_008)
    #expect(world.core.published().count == 1)
  }

  @Test("Fields are honoured strictly: id always, unknown ones refused, nothing unasked")
  func strictFields() throws {
    var world = CoreWorld()
    let id = try world.container()
    #expect(world.read(id, "").body == ["id": .string(id)])
    #expect(world.read(id, "status_code").body.members?.keys.sorted() == ["id", "status_code"])
    let reply = world.read(id, "status_code,permalink")
    #expect(reply.status == 400 && reply.code == 100 && reply.subcode == nil)
    #expect(reply.message == "(#100) Tried accessing nonexisting field (permalink)")
  }

  @Test(
    "A picture that Instagram would refuse is refused by the creation itself",
    arguments: [
      ("unreachable", 9004, 2_207_052), ("slow", -2, 2_207_003), ("endless", 36000, 2_207_004),
      ("one byte too large", 36000, 2_207_004), ("PNG", 36001, 2_207_005),
      ("HTML", 9004, 2_207_052), ("empty", 9004, 2_207_052),
      ("only a beginning", 36001, 2_207_005), ("too narrow", 36003, 2_207_009),
      ("too wide", 36003, 2_207_009),
    ]
  )
  func refusedPictures(what: String, code: Int, subcode: Int) throws {
    let results: [String: FetchResult] = [
      "unreachable": .failed("404"), "slow": .timedOut, "endless": .tooLarge,
      "one byte too large": .body([UInt8](repeating: 0, count: 8 * 1024 * 1024 + 1)),
      "PNG": .body([0x89, 0x50, 0x4E, 0x47, 0x0D]), "HTML": .body(Array("<html>".utf8)),
      "empty": .body([]), "only a beginning": .body([0xFF, 0xD8, 0xFF, 0xE0]),
      "too narrow": .body(testJPEG(width: 790, height: 1000)),
      "too wide": .body(testJPEG(width: 1930, height: 1000)),
    ]
    var world = CoreWorld()
    let result = try #require(results[what])
    world.pictures["http://host/bad.jpg"] = result
    let reply = world.send(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      ["image_url": "http://host/bad.jpg"]
    )
    #expect(reply.status == 400)
    #expect(reply.code == Double(code) && reply.subcode == Double(subcode))
    #expect(world.core.state.containers.isEmpty)
  }

  @Test("Ratios from 4:5 to 1.91:1 are taken", arguments: [(4, 5), (191, 100), (1, 1), (3, 2)])
  func acceptedRatios(width: Int, height: Int) throws {
    var world = CoreWorld()
    world.pictures["http://host/good.jpg"] = .body(testJPEG(width: width * 9, height: height * 9))
    _ = try world.container(["image_url": "http://host/good.jpg"])
  }

  @Test("An address with other than ASCII characters is refused without being fetched")
  func asciiAddress() {
    var world = CoreWorld()
    let reply = world.send(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      ["image_url": "http://host/straße.jpg"]
    )
    #expect(reply.subcode == 2_207_052)
    #expect(world.fetches.isEmpty)
  }

  @Test(
    "Texts beyond Instagram's limits are refused, those at the limit taken",
    arguments: [
      ("caption", String(repeating: "x", count: 2200), nil, nil),
      ("caption", String(repeating: "x", count: 2201), 36004, 2_207_010),
      ("caption", String(repeating: "🔔", count: 1100), nil, nil),
      ("caption", String(repeating: "🔔", count: 1101), 36004, 2_207_010),
      ("caption", (0..<20).map { "@u\($0)" }.joined(separator: " "), nil, nil),
      ("caption", (0..<21).map { "@u\($0)" }.joined(separator: " "), 100, 2_207_040),
      ("caption", (0..<30).map { "#t\($0)" }.joined(separator: " "), nil, nil),
      ("caption", (0..<31).map { "#t\($0)" }.joined(separator: " "), 100, nil),
      ("alt_text", String(repeating: "x", count: 1000), nil, nil),
      ("alt_text", String(repeating: "x", count: 1001), 100, nil),
    ] as [(String, String, Int?, Int?)]
  )
  func textLimits(name: String, value: String, code: Int?, subcode: Int?) {
    var world = CoreWorld()
    let reply = world.send(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      ["image_url": "http://host/square.jpg", name: value]
    )
    #expect(reply.code == code.map(Double.init) && reply.subcode == subcode.map(Double.init))
    #expect(reply.status == (code == nil ? 200 : 400))
    #expect(world.fetches.isEmpty == (code != nil))
  }

  @Test(
    "Parameters with a mistake are refused with Meta's numbers",
    arguments: [
      (["media_type": "POSTER"], 100, 2_207_023),
      (["collaborators": "a,b,c,d"], 100, nil),
      (["collaborators": "[\"@max\"]"], 100, 2_207_018),
      (["user_tags": "[{\"username\":\"a\",\"x\":0.5,\"y\":1.2}]"], 100, nil),
      (["user_tags": "[{\"username\":\"a\"}]"], 100, nil), (["user_tags": "nobody"], 100, nil),
      (["location_id": "Berlin"], 100, nil), (["trial_params": "{}"], 100, nil),
      (["is_carousel_item": "true"], 100, nil),
      (["media_type": "STORIES", "alt_text": "x"], 100, nil),
      (["media_type": "CAROUSEL", "children": "1"], 100, 2_207_028),
      (["media_type": "CAROUSEL", "children": "1,2"], 24, 2_207_008),
    ] as [([String: String], Int, Int?)]
  )
  func parameters(changes: [String: String], code: Int, subcode: Int?) {
    var world = CoreWorld()
    let good = ["image_url": "http://host/square.jpg", "caption": "x"]
    let reply = world.send(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      good.merging(changes) { $1 }
    )
    #expect(reply.code == Double(code) && reply.subcode == subcode.map(Double.init))
    #expect(reply.message != "")
  }

  @Test("Good tags and places are taken")
  func goodPeople() throws {
    var world = CoreWorld()
    _ = try world.container([
      "user_tags": "[{\"username\":\"a\",\"x\":0,\"y\":1.0}]", "collaborators": "[\"b\",\"c\"]",
      "location_id": "7640348500",
    ])
  }

  @Test("A collaborator that cannot be reached refuses the container and is named")
  func inaccessibleCollaborator() {
    var world = CoreWorld()
    world.core.settings.inaccessibleCollaborators = ["gone"]
    let reply = world.send(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      ["image_url": "http://host/square.jpg", "collaborators": "here,gone"]
    )
    #expect(reply.subcode == 2_207_018)
    #expect(
      reply.body["error"]?["error_user_msg"] == "The users cannot be accessed: gone"
    )
  }

  @Test("A missing image_url is IGApiException on Instagram and OAuthException on Facebook")
  func missingAddress() {
    var world = CoreWorld()
    let types = [
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      "/facebook/v26.0/\(CoreWorld.facebook)/media",
    ].map { world.send("POST", $0).body["error"]?["type"] }
    #expect(types == ["IGApiException", "OAuthException"])
  }

  @Test("A video is refused honestly", arguments: ["REELS", "VIDEO"])
  func noVideos(type: String) {
    var world = CoreWorld()
    let reply = world.send(
      "POST",
      "/instagram/v26.0/\(CoreWorld.instagram)/media",
      ["media_type": type, "video_url": "http://host/a.mp4"]
    )
    #expect(reply.status == 501 && reply.code == 3)
  }

  @Test("The creation after the limit of a rolling day is refused with 9/2207069")
  func creationLimit() throws {
    var world = CoreWorld()
    for _ in 0..<400 { _ = try world.container() }
    let path = "/instagram/v26.0/\(CoreWorld.instagram)/media"
    let reply = world.send("POST", path, ["image_url": "http://host/square.jpg"])
    #expect(reply.code == 9 && reply.subcode == 2_207_069)
    world.wall = world.wall.advanced(bySeconds: 86_400)
    _ = try world.container()
  }
}
