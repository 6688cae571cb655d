import FoundationEssentials
import Postgres
import Store
import TestSupport
import Testing

// Sessions with psql, compared with what they printed when somebody last looked at it.
//
// Each `Sessions/NN_subject.sql` runs in a database of its own, after `00_world.sql`; what psql prints, errors and
// hints included, has to be `NN_subject.out`. Moments near now are replaced, since they change. After a change that
// is meant, write the files anew and read the difference:
//
//     BELFRY_TEST_ACCEPT=1 .ci/test --filter SessionTests && git diff Tests/StoreTests/Sessions

@Suite("Sessions with psql", .serialized, .timeLimit(.minutes(3)))
struct SessionTests {
  private static let folder = repositoryRoot.appending(path: "Tests/StoreTests/Sessions").path

  static let sessions: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".sql") && $0 != "00_world.sql" }.map { String($0.dropLast(4)) }
      .sorted()
  }()

  @Test("prints what it printed when somebody last looked", arguments: sessions)
  func session(_ name: String) async throws {
    let world = try await World()
    try await world.sql(try text("00_world.sql"))
    let printed = try await run("\(name).sql", in: world)
    if ProcessInfo.processInfo.environment["BELFRY_TEST_ACCEPT"] != nil {
      try printed.write(toFile: "\(Self.folder)/\(name).out", atomically: true, encoding: .utf8)
    }
    let expected = try text("\(name).out")
    guard printed != expected else { return }
    let difference = firstDifference(expected, printed)
    Issue.record("\(name): line \(difference.line)\nexpected: \(difference.expected)\nprinted:  \(difference.printed)")
  }

  @Test("There are sessions, and nothing among them that is none")
  func complete() throws {
    #expect(Self.sessions.count >= 10)
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    let expected = Self.sessions.flatMap { ["\($0).sql", "\($0).out"] } + ["00_world.sql"]
    #expect(Set(names) == Set(expected))
  }

  // MARK: Running

  private func text(_ name: String) throws -> String {
    try repositoryText("Tests/StoreTests/Sessions/\(name)")
  }

  private func run(_ file: String, in world: World) async throws -> String {
    // One stream, so that errors stand where they happened.
    let output = try await ChildProcess.run(
      "/bin/sh",
      [
        "-c",
        "exec psql -X -q -a -A --set=SHOW_CONTEXT=never --dbname=\"$1\" <\"$2\" 2>&1", "sh", world.conninfo,
        "\(Self.folder)/\(file)",
      ],
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "PGTZ": "UTC", "PGCLIENTENCODING": "UTF8"]
    )
    return steady(output.stdout, near: try await daysNearNow(world))
  }

  private func daysNearNow(_ world: World) async throws -> [String] {
    let days = try await world.sql("SELECT (current_date + n)::text FROM generate_series(-45, 45) AS n")
    return days.split(separator: "\n").map(String.init)
  }

  /// Replaces what depends on the moment at which the test runs.
  private func steady(_ text: String, near days: [String]) -> String {
    var text = text
    for day in days { text = text.replacing(day, with: "<day>") }
    text = text.replacing(/(Mon|Tue|Wed|Thu|Fri|Sat|Sun) <day>/, with: "<day>")
    text = text.replacing(/<day>[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d| UTC)?/, with: "<day> <time>")
    text = text.replacing(/\b(today|yesterday) \d\d:\d\d/, with: "<day> <time>")
    text = text.replacing(/\bin \d+ (s|min|h|d)\b/, with: "in <while>")
    text = text.replacing(/\b\d+ (s|min|h|d) ago/, with: "<while> ago")
    return text.replacing(/\d+ days in the past/, with: "<number> days in the past")
  }

  private func firstDifference(
    _ expected: String,
    _ printed: String
  ) -> (line: Int, expected: Substring, printed: Substring) {
    let left = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let right = printed.split(separator: "\n", omittingEmptySubsequences: false)
    for index in 0..<max(left.count, right.count) {
      let (one, other) = (
        index < left.count ? left[index] : "(nothing)", index < right.count ? right[index] : "(nothing)"
      )
      if one != other { return (index + 1, one, other) }
    }
    return (0, "", "")
  }
}
