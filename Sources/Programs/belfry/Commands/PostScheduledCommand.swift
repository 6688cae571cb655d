import ArgumentParser
import Daemon
import Logging
import Operations
import Store

struct PostScheduledCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "post-scheduled",
    abstract: "Publish what is due, once, and exit.",
    discussion: """
      For hosts without systemd: safe to run from cron, twice at once, and beside 'belfry run'. Exit 0: \
      nothing failed; 1: something needs a human; 75: database or platform unavailable, what was due \
      waits for the next pass; 78: configuration wrong.
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  func run() async throws {
    let context = try await common.context(level: .info, changesPosts: true)
    let tally = try await OneShotRunner(context).postScheduled()
    if listing.json {
      try Console.printJSON(Report(tally))
    } else {
      print(
        "\(tally.posted) posted, \(tally.deferred) deferred, \(tally.failed) failed, "
          + "\(tally.unconfirmed) unconfirmed"
      )
    }
    if tally.failed + tally.unconfirmed + tally.held > 0 {
      throw ExitCode(CommandExit.needsHuman.rawValue)
    }
    if tally.deferred > 0 { throw ExitCode(CommandExit.unavailable.rawValue) }
  }

  private struct Report: Encodable {
    let posted: Int
    let deferred: Int
    let failed: Int
    let unconfirmed: Int

    init(_ tally: WakeTally) {
      posted = tally.posted
      deferred = tally.deferred
      failed = tally.failed
      unconfirmed = tally.unconfirmed
    }
  }
}
