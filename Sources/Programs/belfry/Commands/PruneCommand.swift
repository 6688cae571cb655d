import ArgumentParser
import Daemon
import Operations
import Store
import Timekeeping

struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove old history: steps, earlier attempts, wakes, instances, audit.",
    discussion: """
      Without --apply it only counts. Posts, photos and personas are never removed, nor is anything of posts \
      that are queued, in flight or unconfirmed, nor the last attempt of any post. Works in small \
      transactions beside a running daemon; it may be interrupted and repeated at any time.
      """
  )

  /// How long something is kept.
  enum Keep: ExpressibleByArgument, CustomStringConvertible {
    case days(Days)
    case forever

    init?(argument: String) {
      if argument == "forever" {
        self = .forever
      } else if let days = Days(argument) {
        self = .days(days)
      } else {
        return nil
      }
    }

    var days: Days? {
      if case .days(let days) = self { days } else { nil }
    }

    var description: String {
      switch self {
      case .days(let days): "\(days)"
      case .forever: "forever"
      }
    }

    var defaultValueDescription: String { description }
  }

  /// The shortest time that is accepted: reports look back this far, and an answer may still be open.
  static let shortest = Days(7)

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  @Flag(name: .long, help: "Remove; without it the rows are only counted.")
  var apply = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long to keep steps and earlier attempts of posts that are over: 90d, 12w, 2y, forever.",
      valueName: "time"
    )
  )
  var steps = Keep.days(Days(90))

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long to keep wakes, and stopped instances that nothing names any more.",
      valueName: "time"
    )
  )
  var wakes = Keep.days(Days(90))

  @Option(name: .long, help: ArgumentHelp("How long to keep the audit.", valueName: "time"))
  var audit = Keep.days(Days(730))

  func validate() throws {
    for (name, keep) in [("--steps", steps), ("--wakes", wakes), ("--audit", audit)] {
      guard let days = keep.days, days.count < Self.shortest.count else { continue }
      throw ValidationError("\(name) \(days) is too short, keep at least \(Self.shortest)")
    }
  }

  func run() async throws {
    let operations = RetentionOperations(try await common.context())
    let tally = try await operations.prune(
      RetentionPeriods(steps: steps.days, wakes: wakes.days, audit: audit.days),
      isApplied: apply
    ) {
      Console.writeError("\($0)\n")
    }
    let rows = [
      Row(table: "post_steps", keep: "\(steps)", rows: tally.steps),
      Row(table: "post_attempts", keep: "\(steps)", rows: tally.attempts),
      Row(table: "wakes", keep: "\(wakes)", rows: tally.wakes),
      Row(table: "instances", keep: "\(wakes)", rows: tally.instances),
      Row(table: "audit", keep: "\(audit)", rows: tally.audit),
    ]
    if listing.json { return try Console.printJSON(Report(applied: apply, tables: rows)) }
    Console.printTable(
      ["TABLE", "KEEP", apply ? "REMOVED" : "TO REMOVE"],
      rows.map { [$0.table, $0.keep, "\($0.rows)"] }
    )
    if !apply { print("nothing was removed; run it again with --apply") }
  }

  private struct Report: Encodable {
    let applied: Bool
    let tables: [Row]
  }

  private struct Row: Encodable {
    let table: String
    let keep: String
    let rows: Int
  }
}
