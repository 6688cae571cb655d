import TestSupport
import Testing

/// The documents that repeat the table of messages; `make docs` writes them through this suite.
@Suite("Generated documents of the journal", .serialized)
struct GeneratedDocumentTests {
  @Test("systemd/belfry.catalog says what the table says")
  func catalogue() throws {
    try expectDocument("systemd/belfry.catalog", is: JournalDocuments.catalogue)
  }

  @Test("docs/journal.md says what the table says")
  func manual() throws {
    let page = "docs/journal.md"
    try expectDocument(page, has: JournalDocuments.fields, between: "fields")
    try expectDocument(page, has: JournalDocuments.events, between: "events")
    try expectDocument(page, has: JournalDocuments.failureEvents, between: "failures")
    try expectDocument(page, has: JournalDocuments.classes, between: "classes")
  }
}
