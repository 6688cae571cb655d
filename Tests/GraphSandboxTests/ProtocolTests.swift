import Testing

@testable import GraphSandbox

@Suite("The protocol")
struct ProtocolTests {
  @Test(
    "Versions from v21.0 to v26.0, and none, answer; others do not",
    arguments: [
      ("v21.0/", true), ("v26.0/", true), ("", true), ("v20.0/", false), ("v99.0/", false),
    ]
  )
  func versions(version: String, isKnown: Bool) {
    var world = CoreWorld()
    let reply = world.send("GET", "/instagram/\(version)me", ["fields": "user_id"])
    #expect((reply.status == 200) == isKnown)
    #expect(reply.code == (isKnown ? nil : 2635))
  }

  @Test("A doubled version, and a path that is too long, answer 2500")
  func strangePaths() {
    var world = CoreWorld()
    #expect(world.send("GET", "/instagram/v26.0/v26.0/me").code == 2500)
    #expect(world.send("GET", "/instagram/v26.0/1/2/3").code == 2500)
  }

  @Test("The host names a surface as well as the path does")
  func hosts() {
    var world = CoreWorld()
    let host = [HeaderField(name: "Host", value: "graph.instagram.com")]
    let reply = world.send("GET", "/v26.0/me", ["fields": "username"], headers: host)
    #expect(reply.body["username"] == "max")
  }

  @Test(
    "What v26.0 removed is refused in strict mode, under v26.0 and later under every version",
    arguments: ["pretty", "debug", "date_format"]
  )
  func removedParameters(name: String) {
    var world = CoreWorld()
    func status(_ version: String) -> Int {
      world.send("GET", "/instagram/\(version)/me", [name: "1"]).status
    }
    #expect(status("v26.0") == 400)
    #expect(status("v25.0") == 200)
    world.wall = Moment(milliseconds: 1_793_059_200_000)
    #expect(status("v25.0") == 400)
    world.core.settings.strict = false
    #expect(status("v26.0") == 200)
  }

  @Test("The root call with ids, and conditional requests, are refused in strict mode")
  func removedForms() {
    var world = CoreWorld()
    let ids = world.send("GET", "/instagram/v26.0/", ["ids": "1,2"])
    #expect(ids.code == 100 && ids.message.contains("ids"))
    let condition = [HeaderField(name: "If-None-Match", value: "\"x\"")]
    let reply = world.send("GET", "/instagram/v26.0/me", headers: condition)
    #expect(reply.code == 100 && reply.message.contains("If-None-Match"))
  }

  @Test("Every error has a fresh trace id, and its optional fields can be left out")
  func envelope() {
    var world = CoreWorld()
    let errors = (0..<2).map { _ in world.publish("1").body["error"] ?? .null }
    #expect(errors[0]["fbtrace_id"] != errors[1]["fbtrace_id"])
    #expect(errors[0]["fbtrace_id"]?.string?.count == 23)
    #expect(errors[0]["error_user_title"] != nil && errors[0]["is_transient"] == false)
    world.core.settings.optionalErrorFields = false
    #expect(
      world.publish("1").body["error"]?.members?.keys.sorted()
        == ["code", "error_subcode", "fbtrace_id", "message", "type"]
    )
  }

  @Test("Localised errors keep their numbers and change their words")
  func localised() {
    var world = CoreWorld()
    let english = world.publish("1").body["error"]
    world.core.settings.localised = true
    let other = world.publish("1").body["error"]
    #expect(english?["code"] == other?["code"])
    #expect(english?["error_subcode"] == other?["error_subcode"])
    #expect(english?["error_user_title"] != other?["error_user_title"])
    #expect(english?["error_user_msg"] != other?["error_user_msg"])
  }

  @Test("Usage headers come on some calls, on all or on none, and tell a hit limit")
  func usageHeaders() throws {
    var world = CoreWorld()
    func has(_ reply: CoreWorld.Reply) -> Bool {
      reply.answer.headers.contains { $0.name == "x-app-usage" }
    }
    #expect((0..<4).map { _ in has(world.list()) } == [false, true, false, true])
    world.core.settings.usageHeaders = .always
    #expect((0..<2).map { _ in has(world.publish("1")) } == [true, true])
    world.core.settings.usageHeaders = .never
    #expect(!has(world.list()))
    world.core.settings.usageHeaders = .some
    _ = world.control("POST", "faults", ["preset": "account_limit"])
    let limited = world.list()
    let header = try #require(
      limited.answer.headers.first { $0.name == "x-business-use-case-usage" }
    )
    let usage = JSON(parsing: Array(header.value.utf8))?[CoreWorld.instagram]?.elements?.first
    #expect(limited.code == 80002)
    #expect(usage?["call_count"] == 100 && usage?["estimated_time_to_regain_access"] == 19)
  }

  @Test(
    "Parameters arrive by query, form, JSON or multipart alike",
    arguments: ["query", "form", "json", "multipart"]
  )
  func carriers(carrier: String) {
    var world = CoreWorld()
    let caption = "Mörgen & \"light\" #1+1=2"
    let url = "http://host/square.jpg"
    let form =
      "image_url=\(PercentCoding.encode(url))&caption=\(PercentCoding.encode(caption))"
    let path = "/instagram/v26.0/\(CoreWorld.instagram)/media"
    var request = SandboxRequest(method: "POST", target: path)
    request.headers = [HeaderField(name: "authorization", value: "Bearer IGAAmax")]
    func type(_ value: String) {
      request.headers.append(HeaderField(name: "content-type", value: value))
    }
    switch carrier {
    case "query": request.target += "?" + form
    case "form":
      type("application/x-www-form-urlencoded")
      request.body = Array(form.utf8)
    case "json":
      type("application/json; charset=utf-8")
      request.body = (["image_url": .string(url), "caption": .string(caption)] as JSON).bytes
    default:
      type("multipart/form-data; boundary=\"b0\"")
      let parts = [("image_url", url), ("caption", caption)].map {
        "--b0\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n"
      }
      request.body = Array((parts.joined() + "--b0--\r\n").utf8)
    }
    let reply = CoreWorld.reply(world.deliver(request))
    #expect(reply.status == 200, "\(reply.body.text)")
    #expect(world.core.state.containers[reply.id]?.caption == caption)
  }

  @Test("Fields nest, and modifiers between name and braces are passed over")
  func fieldSyntax() {
    #expect(
      FieldRequest.list("id, children.limit(3){id,owner{id}},config,") == [
        FieldRequest(name: "id"),
        FieldRequest(
          name: "children",
          nested: [
            FieldRequest(name: "id"),
            FieldRequest(name: "owner", nested: [FieldRequest(name: "id")]),
          ]
        ),
        FieldRequest(name: "config"),
      ]
    )
  }
}
