import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What `--experimental-dump-help` says about a command.
private struct Described: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String
    }
    let kind: String
    let names: [Name]?
    let valueName: String?
    let shouldDisplay: Bool
  }
  let commandName: String
  let shouldDisplay: Bool
  let arguments: [Argument]?
  let subcommands: [Described]?

  /// The commands without subcommands, each with the words that call it.
  func leaves(after words: [String] = []) -> [(words: [String], command: Described)] {
    let below = (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    if below.isEmpty { return [(words, self)] }
    return below.flatMap { $0.leaves(after: words + [$0.commandName]) }
  }

  /// How each argument begins in the page: `Ar persona`, `Fl -caption`.
  var macros: [String] {
    (arguments ?? []).filter(\.shouldDisplay).flatMap { argument in
      guard argument.kind != "positional" else { return ["Ar \(argument.valueName ?? "")"] }
      return (argument.names ?? []).filter { $0.kind == "long" }.map { "Fl -\($0.name)" }
    }
  }
}

private struct Dump: Decodable {
  let command: Described
}

@Suite("Manual pages of the programs")
struct ProgramManualTests {
  private func page(_ name: String) throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "/\(root)/docs/man/\(name)"))
    return try #require(String(validating: bytes, as: UTF8.self))
  }

  private func described(_ program: String) async throws -> Described {
    let output = try await ChildProcess.run(
      try builtProduct(program),
      ["--experimental-dump-help"]
    )
    expectSuccess(output)
    return try JSONDecoder().decode(Dump.self, from: Data(output.stdout.utf8)).command
  }

  @Test("belfry(1) has every command, in order, with every argument; 'make docs' writes them")
  func belfry() async throws {
    let leaves = try await described("belfry").leaves()
    #expect(leaves.count >= 12)
    // Entries that are too long go on in the next line.
    let text = try page("belfry.1").replacing(" \\\n", with: " ")
    let marked = try #require(
      text.firstMatch(of: /(?s)\.\\" commands begin\n(.*)\.\\" commands end\n/)
    )
    let entries = marked.output.1.split(separator: ".It Ic ", omittingEmptySubsequences: true)
    try #require(entries.count == leaves.count)
    let everywhere: Set = ["Fl -config", "Fl -help", "Fl -version"]
    for (entry, leaf) in zip(entries, leaves) {
      let head = entry.prefix { $0 != "\n" }
      #expect((head + " ").hasPrefix(leaf.words.joined(separator: " ") + " "))
      for macro in leaf.command.macros where !everywhere.contains(macro) {
        #expect(head.contains(macro), "\(leaf.words): \(macro)")
      }
    }
    for macro in everywhere { #expect(text.contains(macro), "\(macro)") }
  }

  @Test("graph-sandbox(1) has every option")
  func sandbox() async throws {
    let text = try page("graph-sandbox.1")
    let macros = try await described("graph-sandbox").macros
    #expect(macros.count >= 6)
    for macro in macros { #expect(text.contains(".It \(macro)") || text.contains(", \(macro)")) }
  }
}
