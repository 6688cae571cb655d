import TestSupport
import Testing

@testable import Settings

@Suite("Documented keys")
struct DocumentationTests {
  private let keys = SettingKey.all.filter(\.isAvailable)

  @Test("The sample file, as it is shipped, sets nothing")
  func sampleIsAllComments() throws {
    let settings = try settings(
      try repositoryText("etc/belfry.yaml"),
      environment: ["BELFRY_MEDIA_HOST": "none"]
    )
    #expect(!settings.provenance.contains { $0.source == .file })
  }

  @Test("The sample file with its keys uncommented sets every key to its default")
  func sampleDefaults() throws {
    let lines = try repositoryText("etc/belfry.yaml").split(separator: "\n").map { line in
      // Prose has a space after its '#', a key has none.
      guard let match = line.wholeMatch(of: /( *)#([a-z0-9_]+:.*)/) else { return String(line) }
      return String(match.output.1 + match.output.2)
    }
    let settings = try settings(lines.joined(separator: "\n"))
    #expect(settings.provenance.map(\.key) == keys.map(\.name))
    for value in settings.provenance {
      #expect(value.source == .file, "\(value.key)")
      let key = SettingKey.byName[value.key]
      let expected = key?.defaultText ?? key?.example
      #expect(value.value == expected, "\(value.key)")
    }
  }

  @Test("The minimal file is enough")
  func minimal() throws {
    let settings = try settings(try repositoryText("etc/belfry-minimal.yaml"))
    guard case .webroot(let webroot) = settings.media.host else {
      Issue.record("the minimal file has no webroot")
      return
    }
    #expect(webroot.baseURL.text == "https://media.example.org/")
  }

  @Test("Every key that can be set says what it decides, and every section what it is about")
  func meanings() {
    for key in keys {
      #expect(key.meaning.hasSuffix("."), "\(key.name)")
      #expect(key.defaultText != nil || key.example != nil, "\(key.name)")
    }
    let sections = Set(
      keys.flatMap { key in
        (1..<key.components.count).map { key.components.prefix($0).joined(separator: ".") }
      }
    )
    #expect(sections == Set(SettingKey.sectionMeanings.keys))
  }

  @Test(
    "Both ends of every range are in it, and what is beyond them is refused",
    arguments: keyRanges
  )
  func ranges(name: String, inside: [String], outside: [String]) throws {
    let key = try #require(SettingKey.byName[name])
    func error(_ value: String) -> SettingsError? {
      do {
        _ = try settings(
          "",
          environment: ["BELFRY_MEDIA_HOST": "none", key.environmentName: value]
        )
        return nil
      } catch {
        return error
      }
    }
    let message = "which is not in the range"
    // A value may still be refused because another key forbids it, but not for its range.
    for value in inside { #expect(error(value)?.message.contains(message) != true, "\(value)") }
    for value in outside { #expect(error(value)?.message.contains(message) == true, "\(value)") }
  }
}

/// The keys with ranges: values at both ends, and values beyond them.
private let keyRanges: [(name: String, inside: [String], outside: [String])] =
  SettingKey.all.compactMap { key in
    switch key.kind {
    case .text, .flag: nil
    case .wholeNumber(let range, _):
      (
        key.name, ["\(range.lowerBound)", "\(range.upperBound)"],
        ["\(range.lowerBound - 1)", "\(range.upperBound + 1)"]
      )
    case .seconds(let range):
      (
        key.name, ["\(range.lowerBound)", "\(range.upperBound)"],
        ["\(range.lowerBound / 2)", "\(range.upperBound + 0.5)"]
      )
    }
  }
