@testable import GraphSandbox
import Postgres
import Store
import TestSupport
import Testing

/// The stand-in for Instagram refuses captions by rules of its own; what the database accepts, it has to accept.
@Suite(
  "The limits of captions, in SQL and in Swift",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(2))
)
struct CaptionRuleTests {
  private static let words = [
    "sea", "#sea", "#häuser", "#日本", "x#y", "me@example.org", "@max", "@max.outside", "é#tag", "#",
    "##double", "@", "#1",
    "#️⃣", "😀", "👩‍👩‍👧", "#😀", "😀#sun", "e\u{301}#x", "#e\u{301}t", "…#a", "#a…", "(#b)", "#a#b", "#a,#b",
    "_#c", "@é", "٣#٣", "\u{a0}#d",
  ]

  @Test("A caption's length is the same: UTF-16 units")
  func length() async throws {
    let world = try await World()
    for word in Self.words + [Self.words.joined(separator: " "), ""] {
      let counted = try await world.sql("SELECT utf16_length(\(quoted(word)))")
      #expect(counted == "\(word.utf16.count)", "\(word)")
    }
  }

  @Test(
    "Marks are never counted lower than the stand-in counts them, and the same in ordinary text"
  )
  func marks() async throws {
    let world = try await World()
    var captions = Self.words
    for first in Self.words { for second in Self.words { captions.append(first + second) } }
    captions.append(Self.words.joined(separator: " "))
    for mark: Character in ["#", "@"] {
      let list = captions.map(quoted).joined(separator: ", ")
      let counts = try await world.sql(
        "SELECT cardinality(marked_words(caption, '\(mark)')) FROM unnest(ARRAY[\(list)]) WITH ORDINALITY AS c (caption, n) ORDER BY n"
      ).split(separator: "\n").compactMap { Int($0) }
      try #require(counts.count == captions.count)
      for (caption, counted) in zip(captions, counts) {
        let expected = CaptionRules.count(mark, in: caption)
        #expect(counted >= expected, "\(mark) in \(caption)")
        if caption.allSatisfy(\.isASCII) { #expect(counted == expected, "\(mark) in \(caption)") }
      }
    }
  }

  @Test("The limits are the same")
  func limits() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    func isAccepted(_ caption: String) async throws -> Bool {
      try await world.refusal(
        of:
          "INSERT INTO scheduling_posts (persona_id, caption) VALUES (\(persona), \(quoted(caption)))"
      ) == nil
    }
    func many(_ mark: String, _ count: Int) -> String {
      (0..<count).map { "\(mark)t\($0)" }.joined(separator: " ")
    }
    for (accepted, refused) in [
      (
        String(repeating: "x", count: CaptionRules.captionLength),
        String(repeating: "x", count: CaptionRules.captionLength + 1)
      ),
      (many("#", CaptionRules.hashtags), many("#", CaptionRules.hashtags + 1)),
      (many("@", CaptionRules.mentions), many("@", CaptionRules.mentions + 1)),
    ] {
      #expect(try await isAccepted(accepted))
      #expect(try await !isAccepted(refused))
    }
  }

  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
