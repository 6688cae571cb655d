import Testing

@testable import Settings

/// The text of a file of this repository.
func repositoryFile(_ path: String) throws -> String {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let file = try SmallFile.read("/\(root)/\(path)", limit: 1 << 20).get()
  return try #require(String(validating: file.bytes, as: UTF8.self))
}

@Suite("Documented keys")
struct DocumentationTests {
  private let keys = SettingKey.all.filter(\.isAvailable)

  @Test("The sample file, as it is shipped, sets nothing")
  func sampleIsAllComments() throws {
    let settings = try settings(
      try repositoryFile("etc/belfry.yaml"),
      environment: ["BELFRY_MEDIA_HOST": "none"]
    )
    #expect(!settings.provenance.contains { $0.source == .file })
  }

  @Test("The sample file with its keys uncommented sets every key to its default")
  func sampleDefaults() throws {
    let lines = try repositoryFile("etc/belfry.yaml").split(separator: "\n").map { line in
      // Prose has a space after its '#', a key has none.
      guard let match = line.wholeMatch(of: /( *)#([a-z0-9_]+:.*)/) else { return String(line) }
      return String(match.output.1 + match.output.2)
    }
    let settings = try settings(lines.joined(separator: "\n"))
    #expect(settings.provenance.map(\.key) == keys.map(\.name))
    for value in settings.provenance {
      #expect(value.source == .file, "\(value.key)")
      let examples = [
        "media.webroot.base_url": "https://media.example.org/",
        "metrics.file": "/var/lib/prometheus/node-exporter/belfry.prom",
      ]
      let expected = SettingKey.byName[value.key]?.defaultText ?? examples[value.key]
      #expect(value.value == expected, "\(value.key)")
    }
  }

  @Test("The minimal file is enough")
  func minimal() throws {
    let settings = try settings(try repositoryFile("etc/belfry-minimal.yaml"))
    guard case .webroot(let webroot) = settings.media.host else {
      Issue.record("the minimal file has no webroot")
      return
    }
    #expect(webroot.baseURL.text == "https://media.example.org/")
  }

  @Test("The manual has one row for each key, in order, with its default")
  func manual() throws {
    let rows = try repositoryFile("docs/configuration.md").matches(
      of: /(?m)^\| `([a-z0-9_.]+)` \| (?:`([^`]*)`)? ?\|/
    )
    #expect(rows.map { String($0.output.1) } == keys.map(\.name))
    #expect(rows.map { $0.output.2.map(String.init) } == keys.map(\.defaultText))
  }
}
