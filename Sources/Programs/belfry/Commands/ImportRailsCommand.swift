import ArgumentParser
import Daemon
import Operations
import RailsImport
import Store

struct ImportRailsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-rails",
    abstract: "Bring personas, clusters, photos and posts over from the Rails app's database.",
    discussion: """
      Without --apply it changes nothing and reports what it would do. The Rails database is only read. Run \
      it again as often as you like: what came over once stays as it is here. Stop the Rails app's cron job \
      before --apply. Exit 0: everything came; 1: something was left behind and needs a human.
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp(
      "Connection string of the Rails database, without a password.",
      valueName: "conninfo"
    )
  )
  var origin: String

  @Flag(name: .long, help: "Import; without it the import is only rehearsed.")
  var apply = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Directory of ActiveStorage's files, for photos without a path.",
      valueName: "dir"
    )
  )
  var storage: String?

  func validate() throws {
    if let storage, !storage.hasPrefix("/") {
      throw ValidationError("--storage needs an absolute path, '\(storage)' is none")
    }
  }

  func run() async throws {
    let operations = RailsImportOperations(try await common.context())
    let report = try await operations.importRails(from: origin, storage: storage, isApplied: apply)
    {
      Console.writeError("\($0)\n")
    }
    if listing.json {
      try Console.printJSON(RailsJSON(report))
    } else {
      RailsText.print(report)
    }
    if !report.isComplete { throw ExitCode(CommandExit.needsHuman.rawValue) }
  }
}

/// The text form; it may change, JSON is the contract.
private enum RailsText {
  static func print(_ report: RailsReport) {
    Swift.print("from the Rails database \(report.database)")
    Console.printTable(
      ["", "FOUND", "NEW", "MATCHED", "CAME BEFORE", "LEFT"],
      report.tallies.map { tally in
        [
          tally.kind.table, "\(tally.found)", "\(tally.brought)", "\(tally.matched)",
          "\(tally.known)", "\(tally.left)",
        ]
      },
      indent: "  "
    )
    if !report.states.isEmpty {
      let states = report.states.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      Swift.print("new posts: \(states.joined(separator: ", "))")
    }
    list("LOOK AT", report.notes, limit: 20)
    list("NEEDS YOU", report.left)
    for (table, rows) in report.otherTables {
      Swift.print("not brought over: \(table), \(rows) rows; strategies have no import yet")
    }
    Swift.print(conclusion(report))
  }

  /// Findings with the same words are one entry, with their ids: all of them unless there is a limit.
  private static func list(_ title: String, _ findings: [RailsReport.Finding], limit: Int? = nil) {
    guard !findings.isEmpty else { return }
    Swift.print(title)
    var groups: [[RailsReport.Finding]] = []
    var positions: [[String]: Int] = [:]
    for finding in findings {
      let key = [finding.kind.rawValue, finding.cause, finding.advice]
      if let position = positions[key] {
        groups[position].append(finding)
      } else {
        positions[key] = groups.count
        groups.append([finding])
      }
    }
    for group in groups {
      guard let first = group.first else { continue }
      let noun = first.kind.rawValue
      let head =
        group.count == 1 ? "\(noun) \(first.originID)" : "\(group.count) \(noun)s"
      Swift.print(Console.wrapped("\(head): \(first.cause)", first: "  ", indent: "    "))
      Swift.print(Console.wrapped("fix: \(first.advice)", first: "    ", indent: "    "))
      guard group.count > 1 else { continue }
      var runs = ranges(group.map(\.originID).sorted())
      if let limit, runs.count > limit {
        runs = runs.prefix(limit) + ["…; --json lists all"]
      }
      let list = "there: \(runs.joined(separator: ", "))"
      Swift.print(Console.wrapped(list, first: "    ", indent: "    "))
    }
  }

  /// Ids in order, three and more in a row as `5-9`.
  private static func ranges(_ ids: [Int64]) -> [String] {
    var runs: [ClosedRange<Int64>] = []
    for id in ids {
      if let last = runs.last, last.upperBound == id - 1 {
        runs[runs.count - 1] = last.lowerBound...id
      } else {
        runs.append(id...id)
      }
    }
    return runs.map { run in
      switch run.count {
      case 1: "\(run.lowerBound)"
      case 2: "\(run.lowerBound), \(run.upperBound)"
      default: "\(run.lowerBound)-\(run.upperBound)"
      }
    }
  }

  private static func conclusion(_ report: RailsReport) -> String {
    if report.isApplied {
      return report.brought == 0 ? "nothing new: nothing was changed" : "imported"
    }
    return report.brought == 0
      ? "a rehearsal: there is nothing new to import"
      : "a rehearsal: nothing was changed; run it again with --apply"
  }
}

/// The JSON form of `belfry import-rails`.
private struct RailsJSON: Encodable {
  struct Table: Encodable {
    let table: String
    let found: Int
    let new: Int
    let matched: Int
    let cameBefore: Int
    let left: Int
  }

  struct Finding: Encodable {
    let kind: String
    let originId: Int64
    let cause: String
    let advice: String

    init(_ finding: RailsReport.Finding) {
      kind = finding.kind.rawValue
      originId = finding.originID
      cause = finding.cause
      advice = finding.advice
    }
  }

  struct Other: Encodable {
    let table: String
    let rows: Int
  }

  let applied: Bool
  let database: String
  let source: String
  let tables: [Table]
  let newPosts: [String: Int]
  let notes: [Finding]
  let left: [Finding]
  let notBroughtOver: [Other]

  init(_ report: RailsReport) {
    applied = report.isApplied
    database = report.database
    source = report.source
    tables = report.tallies.map { tally in
      Table(
        table: tally.kind.table,
        found: tally.found,
        new: tally.brought,
        matched: tally.matched,
        cameBefore: tally.known,
        left: tally.left
      )
    }
    newPosts = report.states
    notes = report.notes.map(Finding.init)
    left = report.left.map(Finding.init)
    notBroughtOver = report.otherTables.map { Other(table: $0.table, rows: $0.rows) }
  }
}
