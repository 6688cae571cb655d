import Testing

@testable import GraphSandbox

@Suite("Publishing")
struct PublishingTests {
  @Test("A publish answers the id and nothing else, and the post has what was sent")
  func happyPath() throws {
    var world = CoreWorld()
    let container = try world.container([
      "alt_text": "A bell tower", "is_ai_generated": "true",
      "caption": "Bells @noon #tower",
    ])
    _ = world.read(container, "status_code")
    let reply = world.publish(container)
    #expect(reply.body == ["id": .string(reply.id)])
    #expect(reply.id.count == 17 && reply.id != container)
    let media = try #require(world.core.published().first)
    #expect(media.id == reply.id && media.containerID == container)
    #expect(media.caption == "Bells @noon #tower" && media.altText == "A bell tower")
    #expect(media.isAIGenerated && media.width == 1080 && media.height == 1080)
    #expect(media.imageSHA256?.count == 64)
    #expect(
      media.permalink
        == "https://www.instagram.com/p/\(media.id.isEmpty ? "" : IdentifierSource.shortcode(of: media.id))/"
    )
    #expect(media.timestamp == "2026-09-21T14:13:20+0000")
  }

  @Test("A container that is not FINISHED answers 9007/2207027 with is_transient false")
  func notReady() throws {
    var world = CoreWorld()
    let id = try world.container()
    let reply = world.publish(id)
    #expect(reply.status == 400 && reply.code == 9007 && reply.subcode == 2_207_027)
    #expect(reply.message == "Media ID is not available")
    #expect(reply.body["error"]?["is_transient"] == false)
    #expect(world.core.published().isEmpty)
  }

  @Test("An unknown container, and one of another account, answer 24/2207008")
  func foreignContainer() throws {
    var world = CoreWorld()
    let id = try world.container()
    for creation in ["17800000000000000", id] {
      let reply = world.send(
        "POST",
        "/facebook/v26.0/\(CoreWorld.facebook)/media_publish",
        ["creation_id": creation]
      )
      #expect(reply.code == 24 && reply.subcode == 2_207_008)
    }
    let read = world.send("GET", "/facebook/v26.0/\(id)", ["fields": "status_code"])
    #expect(read.code == 100 && read.subcode == 33)
    #expect(read.body["error"]?["type"] == "GraphMethodException")
  }

  @Test("A second publish makes a second post by default, which the duplicates tell")
  func secondPost() throws {
    var world = CoreWorld()
    let container = try world.container()
    _ = world.read(container, "status_code")
    let ids = [world.publish(container).id, world.publish(container).id]
    #expect(ids[0] != ids[1])
    #expect(world.core.published().map(\.id) == ids)
    #expect(world.core.duplicates().map(\.reason) == ["container", "caption"])
    #expect(world.core.duplicates().allSatisfy { $0.media == ids })
  }

  @Test("A second publish can answer the same id, or an error, instead")
  func otherSecondPublishes() throws {
    var world = CoreWorld()
    world.core.settings.secondPublish = .sameID
    let container = try world.container()
    _ = world.read(container, "status_code")
    let id = world.publish(container).id
    #expect(world.publish(container).id == id)
    world.core.settings.secondPublish = .error
    #expect(world.publish(container).subcode == 2_207_008)
    #expect(world.core.published().count == 1)
    #expect(world.core.duplicates().isEmpty)
  }

  @Test("Two posts with one caption are duplicates; on two accounts, or without caption, not")
  func duplicateCaptions() throws {
    var world = CoreWorld()
    let first = try world.post(["caption": "Same"])
    let second = try world.post(["caption": "Same", "image_url": "http://host/other.jpg"])
    _ = try world.post(["caption": ""])
    _ = try world.post(["caption": ""])
    _ = try world.post(["caption": "Other"])
    #expect(
      world.core.duplicates() == [
        Duplicate(
          account: CoreWorld.instagram,
          reason: "caption",
          value: "Same",
          media: [first, second]
        )
      ]
    )
  }

  @Test("The quota counts successful publishes of a rolling day, and refuses with 9/2207042")
  func quota() throws {
    var world = CoreWorld()
    world.core.settings.quotaTotal = 2
    let path = "/instagram/v26.0/\(CoreWorld.instagram)/content_publishing_limit"
    _ = try world.post()
    world.wall = world.wall.advanced(bySeconds: 3600)
    _ = try world.post()
    let third = try world.container()
    _ = world.read(third, "status_code")
    let reply = world.publish(third)
    #expect(reply.code == 9 && reply.subcode == 2_207_042)
    let limit = world.send("GET", path, ["fields": "quota_usage,config"])
    let config: JSON = ["quota_total": 2, "quota_duration": 86_400]
    #expect(limit.body == ["data": [["quota_usage": 2, "config": config]]])
    #expect(world.send("GET", path).body == ["data": [["quota_usage": 2]]])
    let since = String(world.wall.unixSeconds - 60)
    #expect(world.send("GET", path, ["since": since]).body == ["data": [["quota_usage": 1]]])
    #expect(world.send("GET", path, ["since": "1"]).code == 100)
    #expect(world.send("GET", path, ["fields": "rate_limit_settings"]).code == 100)
    world.wall = world.wall.advanced(bySeconds: 82_800)
    #expect(world.send("GET", path).body == ["data": [["quota_usage": 1]]])
  }

  @Test("A restricted account answers 25/2207050 to creations and publishes")
  func restricted() throws {
    var world = CoreWorld()
    let container = try world.container()
    _ = world.control("POST", "accounts", ["id": "17841400000000002", "restricted": true])
    #expect(world.publish(container).subcode == 2_207_050)
    let path = "/instagram/v26.0/\(CoreWorld.instagram)/media"
    #expect(world.send("POST", path, ["image_url": "http://host/square.jpg"]).code == 25)
    #expect(world.list().status == 200)
  }

  @Test("The spam detector's hold grows with each call that meets it, then ends")
  func spamBlock() throws {
    var world = CoreWorld()
    let container = try world.container()
    _ = world.read(container, "status_code")
    _ = world.control("POST", "accounts", ["id": "17841400000000002", "spam_block": 100])
    let reply = world.publish(container)
    #expect(reply.status == 403 && reply.code == 4 && reply.subcode == 2_207_051)
    world.wall = world.wall.advanced(bySeconds: 150)
    #expect(world.publish(container).subcode == 2_207_051)
    world.wall = world.wall.advanced(bySeconds: 150)
    #expect(world.publish(container).status == 200)
  }

  @Test("A carousel is one post with its children in order; it can lose one silently")
  func carousel() throws {
    var world = CoreWorld()
    let address = ["image_url": "http://host/square.jpg", "is_carousel_item": "true"]
    let path = "/instagram/v26.0/\(CoreWorld.instagram)/media"
    let children = (0..<3).map { _ in world.send("POST", path, address).id }
    let parameters = [
      "media_type": "CAROUSEL", "children": children.joined(separator: ","), "caption": "Three",
    ]
    let parent = world.send("POST", path, parameters).id
    #expect(world.read(parent, "status_code").body["status_code"] == "IN_PROGRESS")
    for child in children { _ = world.read(child, "status_code") }
    #expect(world.read(parent, "status_code").body["status_code"] == "FINISHED")
    #expect(world.publish(children[0]).code == 100)
    let media = world.publish(parent).id
    let read = world.read(media, "media_type,children{id,permalink}").body
    #expect(read["media_type"] == "CAROUSEL_ALBUM")
    #expect(read["children"]?["data"]?.elements?.count == 3)
    #expect(read["children"]?["data"]?.elements?.first?["permalink"] == nil)
    #expect(world.list().body["data"] == [["id": .string(media)]])
    #expect(world.read(children[0], "status_code").body["status_code"] == "PUBLISHED")
    #expect(world.core.duplicates().isEmpty)
    world.core.settings.carouselLosesChild = true
    let again = world.publish(parent).id
    #expect(world.core.published().first { $0.id == again }?.children.count == 2)
  }

  @Test("A story is listed under stories, for a day, and not in the feed")
  func story() throws {
    var world = CoreWorld()
    world.pictures["http://host/tall.jpg"] = .body(testJPEG(width: 1080, height: 1920))
    let id = try world.post(["media_type": "STORIES", "image_url": "http://host/tall.jpg"])
    let path = "/instagram/v26.0/\(CoreWorld.instagram)/stories"
    #expect(world.send("GET", path).body["data"] == [["id": .string(id)]])
    #expect(world.list().body["data"] == [])
    world.wall = world.wall.advanced(bySeconds: 86_400)
    #expect(world.send("GET", path).body["data"] == [])
  }
}
