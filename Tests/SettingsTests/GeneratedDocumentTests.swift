import TestSupport
import Testing

@testable import Settings

/// The documents that repeat the table of keys; `make docs` writes them through this suite.
@Suite("Generated documents of the configuration")
struct GeneratedDocumentTests {
  @Test("etc/belfry.yaml says what the table says")
  func sample() throws {
    try expectDocument("etc/belfry.yaml", is: ConfigurationDocuments.sample)
  }

  @Test("docs/configuration.md says what the table says")
  func markdown() throws {
    try expectDocument(
      "docs/configuration.md",
      has: ConfigurationDocuments.markdown,
      between: "keys"
    )
  }

  @Test("systemd/README.md says what the list of credentials says")
  func credentials() throws {
    let rows = Credentials.Name.all.compactMap { name in
      name.content.map { "| `\(name)` | \($0) |" }
    }
    // An empty line on both sides, as Markdown wants it between a comment and a table.
    let lines = ["", "| name | content |", "|---|---|"] + rows + [""]
    try expectDocument(
      "systemd/README.md",
      has: lines.joined(separator: "\n"),
      between: "credentials"
    )
  }

  @Test("belfry.yaml(5) says what the table says")
  func manual() throws {
    try expectDocument(
      "docs/man/belfry.yaml.5",
      has: ConfigurationDocuments.manual,
      between: "keys"
    )
  }
}
