import Testing

@testable import GraphSandbox

@Suite("Small parts")
struct PartsTests {
  @Test(
    "Moments have Graph's form",
    arguments: [
      (0, "1970-01-01T00:00:00+0000"), (1_569_537_403, "2019-09-26T22:36:43+0000"),
      (951_782_399, "2000-02-28T23:59:59+0000"), (951_782_400, "2000-02-29T00:00:00+0000"),
      (1_798_761_599, "2026-12-31T23:59:59+0000"),
    ] as [(Int64, String)]
  )
  func moments(seconds: Int64, text: String) {
    #expect(Moment(milliseconds: seconds * 1000).graphText == text)
  }

  @Test("Mentions and hashtags are counted as words, not as characters")
  func marks() {
    let caption = "@a mail@b.de ##x #1 (#y) # z @@c @"
    #expect(CaptionRules.count("@", in: caption) == 2)
    #expect(CaptionRules.count("#", in: caption) == 3)
  }

  @Test("A JPEG's size is read past comments and fill bytes, and never from a broken file")
  func jpegSize() {
    let plain = testJPEG(width: 1440, height: 800, comment: "hello")
    #expect(JPEGHeader.size(of: plain).map { [$0.width, $0.height] } == [1440, 800])
    #expect(JPEGHeader.size(of: [0xFF, 0xD8, 0xFF] + plain.dropFirst(2)) != nil)
    for length in 0..<(plain.count - 13) {
      #expect(JPEGHeader.size(of: Array(plain.prefix(length))) == nil)
    }
    #expect(JPEGHeader.size(of: testJPEG(width: 0, height: 800)) == nil)
    #expect(JPEGHeader.size(of: [0xFF, 0xD8, 0xFF, 0xDA, 0, 2] + plain.dropFirst(2)) == nil)
  }

  @Test("Ids have 17 digits and only grow; short codes differ with them")
  func identifiers() {
    var source = IdentifierSource(seed: 1)
    let ids = (0..<1000).map { _ in source.next(at: CoreWorld.start) }
    #expect(ids.allSatisfy { $0.count == 17 } && ids == ids.sorted() && Set(ids).count == 1000)
    let earlier = source.next(at: CoreWorld.start.advanced(bySeconds: -1000))
    #expect(earlier > ids[999])
    #expect(Set(ids.map(IdentifierSource.shortcode)).count == 1000)
  }

  @Test("Percent-encoding comes back as it was, and broken escapes stay")
  func percent() {
    let text = "Zwölf #Glocken + 100% & mehr?"
    #expect(PercentCoding.decodeForm(PercentCoding.encode(text)) == text)
    #expect(PercentCoding.decodeForm("a+b%2") == "a b%2")
    #expect(PercentCoding.decodeForm("%zz%41") == "%zzA")
    #expect(PercentCoding.decodePath("a+b") == "a+b")
  }

  @Test("An address is taken apart, and only http is one")
  func targets() throws {
    let target = try #require(Target("http://127.0.0.1:8080/a%20b.jpg?x=1&y=%23"))
    #expect(target.host == "127.0.0.1" && target.port == 8080)
    #expect(target.path == "/a%20b.jpg?x=1&y=%23" && target.isPrivate)
    #expect(Target("http://example.org")?.path == "/")
    #expect(Target("http://example.org")?.isPrivate == false)
    #expect(Target("https://example.org/a.jpg") == nil && Target("a.jpg") == nil)
  }

  @Test("Robots rules hold for everyone and for the fetcher, not for others")
  func robots() {
    let rules = Robots(
      """
      User-agent: other
      Disallow: /open
      # for us
      User-agent: something
      User-agent: facebookexternalhit
      Disallow: /closed
      Disallow:
      User-agent: *
      Disallow: /never
      """
    )
    #expect(!rules.forbids("/open/a.jpg"))
    #expect(rules.forbids("/closed/a.jpg") && rules.forbids("/never"))
  }
}
