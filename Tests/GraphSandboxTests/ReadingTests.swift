import Testing

@testable import GraphSandbox

@Suite("Reading media and accounts")
struct ReadingTests {
  @Test("The listing is newest first, in pages that cursors walk both ways")
  func pages() throws {
    var world = CoreWorld()
    var ids: [String] = []
    for number in 0..<7 { ids.append(try world.post(["caption": "Post \(number)"])) }
    let newest = Array(ids.reversed())
    func idsOf(_ reply: CoreWorld.Reply) -> [String] {
      reply.body["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
    }
    let first = world.list(["limit": "3"])
    #expect(idsOf(first) == Array(newest[0..<3]))
    let next = first.body["paging"]?["next"]?.string ?? ""
    #expect(next.contains("access_token=IGAAmax") && next.contains("after="))
    let after = first.body["paging"]?["cursors"]?["after"]?.string ?? ""
    let second = world.list(["limit": "3", "after": after])
    #expect(idsOf(second) == Array(newest[3..<6]))
    let last = world.list([
      "limit": "3", "after": second.body["paging"]?["cursors"]?["after"]?.string ?? "",
    ])
    #expect(idsOf(last) == [newest[6]])
    #expect(last.body["paging"]?["next"] == nil)
    let before = second.body["paging"]?["cursors"]?["before"]?.string ?? ""
    #expect(idsOf(world.list(["limit": "3", "before": before])) == Array(newest[0..<3]))
    #expect(world.list(["after": "%%%"]).code == 100)
    #expect(world.list(["limit": "0"]).code == 100)
  }

  @Test("A page has 25 media unless asked otherwise, and 100 at most")
  func pageSizes() throws {
    var world = CoreWorld()
    world.core.settings.quotaTotal = 1000
    for number in 0..<101 { _ = try world.post(["caption": "Post \(number)"]) }
    #expect(world.list().body["data"]?.elements?.count == 25)
    #expect(world.list(["limit": "5000"]).body["data"]?.elements?.count == 100)
  }

  @Test("Since and until choose by the time of publication")
  func timeWindow() throws {
    var world = CoreWorld()
    let old = try world.post(["caption": "old"])
    world.wall = world.wall.advanced(bySeconds: 600)
    let new = try world.post(["caption": "new"])
    let between = String(world.wall.unixSeconds - 300)
    #expect(world.list(["since": between]).body["data"] == [["id": .string(new)]])
    #expect(world.list(["until": between]).body["data"] == [["id": .string(old)]])
    #expect(world.list(["since": "yesterday"]).code == 100)
  }

  @Test("A new post shows in the listing only after the delay, and can be read at once")
  func listingDelay() throws {
    var world = CoreWorld()
    world.core.settings.listingDelay = 30
    let id = try world.post()
    #expect(world.list().body["data"] == [])
    #expect(world.read(id, "caption").body["caption"] == "Morning light")
    _ = world.control("POST", "clock", ["advance": 30])
    #expect(world.list().body["data"] == [["id": .string(id)]])
  }

  @Test("A media reads back what was published, in Graph's forms")
  func mediaFields() throws {
    var world = CoreWorld()
    let id = try world.post(["caption": "With @sarah", "alt_text": "A bell"])
    let fields =
      "caption,media_type,media_product_type,media_url,permalink,shortcode,timestamp,username,"
      + "owner,alt_text,children,is_ai_generated,thumbnail_url"
    let body = world.read(id, fields).body
    #expect(body["caption"] == "With @sarah" && body["alt_text"] == "A bell")
    #expect(body["media_type"] == "IMAGE" && body["media_product_type"] == "FEED")
    #expect(body["media_url"] == .string("http://sandbox/_sandbox/images/\(id).jpg"))
    #expect(body["timestamp"] == "2026-09-21T14:13:20+0000")
    #expect(body["username"] == "max" && body["owner"]?["id"]?.string == CoreWorld.instagram)
    #expect(body["children"] == nil && body["thumbnail_url"] == nil)
    #expect(body["is_ai_generated"] == false)
    #expect(world.read(id, "").body == ["id": .string(id)])
    #expect(world.read(id, "nonsense").code == 100)
    world.core.settings.stripAtInCaptions = true
    #expect(world.read(id, "caption").body["caption"] == "With sarah")
    #expect(world.core.published()[0].caption == "With @sarah")
  }

  @Test("An unknown and a foreign media answer 100/33, typed by the surface")
  func unknownMedia() throws {
    var world = CoreWorld()
    let id = try world.post()
    let foreign = world.send("GET", "/facebook/v26.0/\(id)")
    #expect(foreign.code == 100 && foreign.subcode == 33)
    #expect(foreign.body["error"]?["type"] == "GraphMethodException")
    let unknown = world.read("17800000000000000", "caption")
    #expect(unknown.subcode == 33 && unknown.body["error"]?["type"] == "IGApiException")
    #expect(
      unknown.message
        == "Unsupported get request. Object with ID '17800000000000000' does not exist, cannot be "
        + "loaded due to missing permissions, or does not support this operation"
    )
  }

  @Test("Deleting works on Facebook with its permission, and is 100/33 on Instagram")
  func deletion() throws {
    var world = CoreWorld()
    let id = try world.post()
    let refused = world.send("DELETE", "/instagram/v26.0/\(id)")
    #expect(refused.subcode == 33 && refused.message.hasPrefix("Unsupported delete request."))
    let path = "/facebook/v26.0/\(CoreWorld.facebook)/media"
    let container = world.send("POST", path, ["image_url": "http://host/square.jpg"]).id
    _ = world.send("GET", "/facebook/v26.0/\(container)", ["fields": "status_code"])
    let media = world.send("POST", path + "_publish", ["creation_id": container]).id
    let scopes: JSON = ["instagram_basic", "instagram_content_publish"]
    _ = world.control("POST", "accounts", ["id": "17841400000000001", "scopes": scopes])
    #expect(
      world.send("DELETE", "/facebook/v26.0/\(media)").message
        == "(#10) Requires instagram_manage_contents permission to manage the object"
    )
    _ = world.control("POST", "accounts", ["id": "17841400000000001", "scopes": .null])
    #expect(world.send("DELETE", "/facebook/v26.0/\(media)").body == ["success": true])
    #expect(world.send("GET", "/facebook/v26.0/\(media)").subcode == 33)
    #expect(world.core.published(account: CoreWorld.facebook).map(\.deleted) == [true])
  }

  @Test("Me has two ids on Instagram, flat or wrapped, and is a person on Facebook")
  func me() {
    var world = CoreWorld()
    let flat = world.send("GET", "/instagram/v26.0/me", ["fields": "user_id,username"])
    #expect(flat.body["user_id"]?.string == CoreWorld.instagram)
    #expect(flat.body["username"] == "max" && flat.id != CoreWorld.instagram)
    world.core.settings.meWrapped = true
    let wrapped = world.send("GET", "/instagram/v26.0/me", ["fields": "user_id,username"])
    #expect(wrapped.body == ["data": [flat.body]])
    let facebook = world.send("GET", "/facebook/v26.0/me")
    #expect(facebook.body.members?.keys.sorted() == ["id", "name"])
    let posted = world.send("POST", "/instagram/v26.0/me/media", ["image_url": "http://host/a"])
    #expect(posted.message == "Unsupported request - method type: post")
  }

  @Test("An account tells its name and how many posts it has")
  func account() throws {
    var world = CoreWorld()
    _ = try world.post()
    let path = "/instagram/v26.0/\(CoreWorld.instagram)"
    let reply = world.send("GET", path, ["fields": "username,media_count"])
    #expect(
      reply.body
        == ["id": .string(CoreWorld.instagram), "username": "max", "media_count": 1]
    )
    #expect(world.send("GET", path, ["fields": "user_name"]).code == 100)
  }
}
