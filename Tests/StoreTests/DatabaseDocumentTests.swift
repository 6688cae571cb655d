import FoundationEssentials
import TestSupport
import Testing

/// The worked examples of `docs/database.md` are run, and print what the page says.
///
/// After a change that is meant: `BELFRY_TEST_ACCEPT=1 .ci/test --filter DatabaseDocumentTests`.
@Suite("docs/database.md", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct DatabaseDocumentTests {
  private static let path = "docs/database.md"

  @Test("The ten examples print what the page says")
  func examples() async throws {
    let world = try await World()
    for file in ["00_world.sql", "00_examples.sql"] {
      try await world.sql(try repositoryText("Tests/StoreTests/Sessions/\(file)"))
    }
    var page = try repositoryText(Self.path)
    let examples = page.matches(of: /```sql\n([^`]*)```\n```text\n([^`]*)```\n/).map {
      (sql: String($0.1), printed: String($0.2))
    }
    #expect(examples.count == 10)
    for (number, example) in zip(1..., examples) {
      let script = "\(world.postgres.directory)/example-\(number)-\(Int.random(in: 0...(.max))).sql"
      try example.sql.write(toFile: script, atomically: true, encoding: .utf8)
      let printed = try await world.session(script)
      try FileManager.default.removeItem(atPath: script)
      #expect(!printed.contains("ERROR"), "example \(number): \(printed)")
      if isAccepting {
        let text = printed.split(separator: "\n").map(Self.trimmed).joined(separator: "\n") + "\n"
        page = page.replacing(
          "```sql\n\(example.sql)```\n```text\n\(example.printed)```\n",
          with: "```sql\n\(example.sql)```\n```text\n\(text)```\n"
        )
        continue
      }
      let expected = try await world.steady(Self.plain(example.printed))
      if let difference = firstDifference(expected, try await world.steady(Self.plain(printed))) {
        Issue.record(
          "example \(number)\nexpected: \(difference.expected)\nprinted:  \(difference.printed)"
        )
      }
    }
    if isAccepting {
      try page.write(
        toFile: repositoryRoot.appending(path: Self.path).path,
        atomically: true,
        encoding: .utf8
      )
    }
  }

  @Test("The page names every table, view and role, and no other")
  func names() async throws {
    let world = try await World()
    let page = try repositoryText(Self.path)
    let names = try await world.sql(
      """
      SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
      UNION SELECT rolname FROM pg_roles WHERE rolname IN ('belfry_reader', 'belfry_writer', 'belfry_operator', 'belfry_daemon')
      """
    )
    for name in names.split(separator: "\n") { #expect(page.contains("`\(name)`"), "\(name)") }
  }

  @Test("The shortcuts of etc/psqlrc work")
  func shortcuts() async throws {
    let world = try await World()
    try await world.sql(try repositoryText("Tests/StoreTests/Sessions/00_world.sql"))
    _ = try await world.post(of: 1, due: "now() + interval '1 day'")
    let shortcuts = try repositoryText("etc/psqlrc").matches(of: /(?m)^\\set ([a-z]+) '/).map {
      $0.1
    }
    #expect(shortcuts.count >= 10)
    let script = "\(world.postgres.directory)/psqlrc-\(Int.random(in: 0...(.max))).sql"
    let uses = shortcuts.map { ":\($0)" }.joined(separator: "\n")
    try (repositoryText("etc/psqlrc") + "\\set post 1\n" + uses + "\n").write(
      toFile: script,
      atomically: true,
      encoding: .utf8
    )
    let printed = try await world.session(script, "--set=ON_ERROR_STOP=1")
    try FileManager.default.removeItem(atPath: script)
    #expect(!printed.contains("ERROR"), "\(printed)")
    #expect(printed.contains("goes out") && printed.contains("queued by"))
  }

  /// Without what depends on the width of columns.
  private static func plain(_ text: String) -> String {
    text.replacing(/\ +/, with: " ").replacing(/-{2,}/, with: "--").split(separator: "\n").map(
      trimmed
    )
    .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func trimmed(_ line: Substring) -> Substring {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
