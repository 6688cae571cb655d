import FoundationEssentials
import TestSupport
import Testing

// Sessions with psql, compared with what they printed when somebody last looked at it.
//
// Each `Sessions/NN_subject.sql` runs in a database of its own, after `00_world.sql`; what psql prints, errors and
// hints included, has to be `NN_subject.out`. After a change that is meant, write the files anew and read the
// difference:
//
//     BELFRY_TEST_ACCEPT=1 .ci/test --filter SessionTests && git diff Tests/StoreTests/Sessions

@Suite("Sessions with psql", .serialized, .timeLimit(.minutes(3)))
struct SessionTests {
  private static let folder = repositoryRoot.appending(path: "Tests/StoreTests/Sessions").path

  static let sessions: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".sql") && !$0.hasPrefix("00_") }.map {
      String($0.dropLast(4))
    }
    .sorted()
  }()

  @Test("prints what it printed when somebody last looked", arguments: sessions)
  func session(_ name: String) async throws {
    let world = try await World()
    try await world.sql(try repositoryText("Tests/StoreTests/Sessions/00_world.sql"))
    let printed = try await world.steady(
      try await world.session("\(Self.folder)/\(name).sql", "-a", "-A")
    )
    if isAccepting {
      try printed.write(toFile: "\(Self.folder)/\(name).out", atomically: true, encoding: .utf8)
    }
    let expected = try repositoryText("Tests/StoreTests/Sessions/\(name).out")
    if let difference = firstDifference(expected, printed) {
      Issue.record(
        "\(name): line \(difference.line)\nexpected: \(difference.expected)\nprinted:  \(difference.printed)"
      )
    }
  }

  @Test("There are sessions, and nothing among them that is none")
  func complete() throws {
    #expect(Self.sessions.count >= 10)
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    let expected = Self.sessions.flatMap { ["\($0).sql", "\($0).out"] }
    #expect(Set(names) == Set(expected + ["00_world.sql", "00_examples.sql"]))
  }
}
