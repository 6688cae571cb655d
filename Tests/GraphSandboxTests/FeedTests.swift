import Testing

@testable import GraphSandbox

@Suite("The feed pages")
struct FeedTests {
  private func get(_ target: String, _ world: CoreWorld) -> (status: Int, text: String) {
    let answer = world.core.page(
      SandboxRequest(method: "GET", target: target),
      wall: world.wall
    )
    return (answer.status, String(decoding: answer.body, as: UTF8.self))
  }

  @Test("A feed shows the published pictures, newest first, and links each post")
  func feed() throws {
    var world = CoreWorld()
    let (old, new) = (try world.post(["caption": "old"]), try world.post(["caption": "new"]))
    let page = get("/feed/max", world)
    #expect(page.status == 200)
    let places = try [new, old].map {
      try #require(page.text.firstRange(of: "/_sandbox/images/\($0).jpg")).lowerBound
    }
    #expect(places[0] < places[1])
    #expect(page.text.contains("href=\"/p/\(IdentifierSource.shortcode(of: new))\""))
    #expect(page.text.contains("<b>2</b> posts"))
  }

  @Test("The first page shows every account")
  func overview() {
    let page = get("/", CoreWorld())
    #expect(page.text.contains("/feed/max") && page.text.contains("/feed/sarah"))
    #expect(page.text.contains("No posts yet"))
  }

  @Test("A caption cannot become markup")
  func escaping() throws {
    var world = CoreWorld()
    let id = try world.post([
      "caption": "<script>alert('1')</script>&\"", "alt_text": "\"><img src=x>",
    ])
    for target in ["/", "/feed/max", "/p/\(IdentifierSource.shortcode(of: id))"] {
      let page = get(target, world)
      #expect(page.status == 200)
      #expect(!page.text.contains("<script") && !page.text.contains("<img src=x>"))
      #expect(page.text.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"))
    }
  }

  @Test("A page has no script, and loads nothing from elsewhere")
  func selfContained() throws {
    var world = CoreWorld()
    _ = try world.post()
    let answer = world.core.page(SandboxRequest(method: "GET", target: "/"), wall: world.wall)
    let policy = answer.headers.first { $0.name == "Content-Security-Policy" }?.value ?? ""
    #expect(policy.hasPrefix("default-src 'none'"))
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(!text.contains("src=\"http") && !text.contains("@import"))
  }

  @Test("A post's page has its picture, caption, alternative text and time")
  func post() throws {
    var world = CoreWorld()
    let id = try world.post(["alt_text": "A bell", "is_ai_generated": "true"])
    let text = get("/p/\(IdentifierSource.shortcode(of: id))", world).text
    for part in [
      "/_sandbox/images/\(id).jpg", "Morning light", "A bell", "2026-09-21T14:13:20+0000",
      "AI info",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(get("/p/nothing", world).status == 404)
    #expect(get("/feed/nobody", world).status == 404)
  }
}
