import FoundationEssentials
import Posts
import TestSupport
import Testing

@testable import Journal

/// Words only: what is left of a text without line breaks and marks of Markdown.
private func words(_ text: some StringProtocol) -> String {
  var plain = String(text).replacing(/\[([^\]]*)\]\([^)]*\)/) { String($0.output.1) }
  for mark in ["**", "`"] { plain = plain.replacing(mark, with: "") }
  return plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// One entry of a catalogue, as systemd reads it (catalog.c: `-- ID`, headers, an empty line, text).
private struct CatalogueEntry {
  let id: String
  let headers: [String: String]
  let body: String

  static func read(_ text: String) throws -> [CatalogueEntry] {
    // systemd ignores lines that begin with these, wherever they stand.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("#") && !$0.hasPrefix(";") }
    return try lines.joined(separator: "\n").split(separator: #/(?m)^-- /#).dropFirst().map {
      part in
      let head = try #require(part.firstIndex(of: "\n"))
      let halves = part[head...].dropFirst().split(separator: "\n\n", maxSplits: 1)
      #expect(halves.count == 2, "\(part.prefix(40))")
      let headers = halves[0].split(separator: "\n").map { line in
        line.split(separator: ": ", maxSplits: 1).map(String.init)
      }
      #expect(headers.allSatisfy { $0.count == 2 }, "\(halves[0])")
      return CatalogueEntry(
        id: String(part[..<head]),
        headers: Dictionary(uniqueKeysWithValues: headers.map { ($0[0], $0[1]) }),
        body: halves.count == 2 ? String(halves[1]) : ""
      )
    }
  }
}

@Suite("The message catalogue")
struct JournalCatalogueTests {
  private let text: String
  private let entries: [CatalogueEntry]

  init() throws {
    text = try repositoryText("systemd/belfry.catalog")
    entries = try CatalogueEntry.read(text)
  }

  @Test("Each entry has an id that systemd takes, says what it is about, and fits a terminal")
  func form() {
    #expect(entries.map(\.id) == JournalDocuments.kinds.map(\.id))
    for entry in entries {
      #expect(entry.id.wholeMatch(of: /[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}/) != nil)
      #expect(entry.headers["Defined-By"] == "Belfry", "\(entry.id)")
      #expect(entry.headers["Subject"]?.isEmpty == false, "\(entry.id)")
      #expect(!entry.body.isEmpty, "\(entry.id)")
      for line in entry.body.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test("Every entry says what to do: nothing, a command, or where it is written")
  func repairs() {
    for entry in entries {
      let body = words(entry.body)
      let says = [
        "Nothing needs to be done", "BELFRY_HINT", "    belfry ", "    systemctl ", "    UPDATE ",
      ]
      #expect(says.contains { entry.body.contains($0) || body.contains($0) }, "\(entry.id)")
    }
  }

  @Test("Fields that are filled in are fields that entries have")
  func fields() {
    let known = Set(JournalMessage.fields.map { "BELFRY_\($0.key.uppercased())" })
    let used = Set(text.matches(of: /@([A-Z_]+)@/).map { String($0.output.1) })
    #expect(used.isSubset(of: known), "\(used.subtracting(known))")
  }

  @Test("The texts of the classes are those of docs/errors.md", arguments: FailureClass.allCases)
  func classes(_ failureClass: FailureClass) throws {
    let manual = try repositoryText("docs/errors.md")
    let heading = "### `\(failureClass.rawValue)`\n"
    let start = try #require(manual.firstRange(of: heading)).upperBound
    let rest = manual[start...]
    let section = rest[..<(rest.firstRange(of: "\n## ")?.lowerBound ?? rest.endIndex)]
    let meaning = words(
      section[..<(section.firstRange(of: "\n### ")?.lowerBound ?? section.endIndex)]
    )
    // The manual's example is the post at hand here.
    .replacing("resolve 412", with: "resolve @BELFRY_POST@")
    #expect(meaning.contains("Belfry") && meaning.contains("You"))
    let id = JournalMessage.deferred(failureClass).id
    let entry = try #require(entries.first { $0.id == id })
    #expect(words(entry.body).contains(meaning), "\(words(entry.body))\n\(meaning)")
    #expect(entry.headers["Subject"]?.hasSuffix(": \(failureClass.rawValue)") == true)
  }

  @Test("systemd's own reader takes the catalogue", .enabled(if: journalctl != nil))
  func systemdReadsIt() async throws {
    let root = "/tmp/belfry-catalogue-\(UInt64.random(in: 0...(.max)))"
    defer { try? FileManager.default.removeItem(atPath: root) }
    for directory in ["usr/lib/systemd/catalog", "var/lib/systemd/catalog"] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/\(directory)",
        withIntermediateDirectories: true
      )
    }
    try text.write(
      toFile: "\(root)/usr/lib/systemd/catalog/belfry.catalog",
      atomically: false,
      encoding: .utf8
    )
    let program = try #require(journalctl)
    let update = try await ChildProcess.run(program, ["--root=\(root)", "--update-catalog"])
    #expect(update.status.isSuccess && update.stderr == "", "\(update.stderr)")
    let dump = try await ChildProcess.run(program, ["--root=\(root)", "--dump-catalog"])
    let read = try CatalogueEntry.read("\n" + dump.stdout)
    #expect(read.map(\.id).sorted() == entries.map(\.id).sorted())
    for entry in read {
      let written = entries.first { $0.id == entry.id }
      #expect(words(entry.body) == words(written?.body ?? ""), "\(entry.id)")
    }
  }
}

private let journalctl = ["/usr/bin/journalctl", "/bin/journalctl"].first {
  FileManager.default.isExecutableFile(atPath: $0)
}
