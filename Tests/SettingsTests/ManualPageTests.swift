import Testing

@testable import Settings

@Suite("belfry.yaml(5)")
struct ManualPageTests {
  @Test("the page has one entry for each key, in order, with its default")
  func keys() throws {
    let keys = SettingKey.all.filter(\.isAvailable)
    let entries = try repositoryFile("docs/man/belfry.yaml.5").matches(
      of: /(?m)^\.It Cm ([a-z0-9_.]+) Pq (?:default: (.+)|no default)$/
    )
    #expect(entries.map { String($0.output.1) } == keys.map(\.name))
    #expect(entries.map { $0.output.2.map(String.init) } == keys.map(\.defaultText))
  }
}
