import ArgumentParser
import Daemon
import Operations
import Systemd

/// The one executable.
///
/// Each subcommand parses, calls one function, and prints.
@main
struct Belfry: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "belfry",
    abstract: "Publish queued Instagram posts: never twice, never lost, never a lie.",
    discussion: """
      Posts are queued with psql, published by 'belfry run' under systemd, and looked at with \
      'belfry status', psql and journalctl. Exit codes: 0 done, 1 something needs a human, 64 usage, \
      75 database or platform unavailable, 78 configuration wrong.
      """,
    version: ServiceContext.version,
    subcommands: [
      RunCommand.self, PostScheduledCommand.self, SchedulePostCommand.self, StatusCommand.self,
      QueueCommand.self, ShowCommand.self, ProblemsCommand.self, HoldCommand.self,
      ReleaseCommand.self, RetryCommand.self, CancelCommand.self, MoveCommand.self,
      ResolveCommand.self, CredentialsCommand.self, MigrateCommand.self, ConfigCommand.self,
      ImportRailsCommand.self, PruneCommand.self,
    ]
  )

  static func main() async {
    // Before anything secret is read: whatever command this is, its memory is not for a core dump.
    ProcessMemory.forbidDumps()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as CommandError {
      Console.fail(error)
    } catch {
      exit(withError: error)
    }
  }
}

/// Options that every subcommand has.
struct CommonOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Configuration file.",
      discussion: "Each key can also be set by environment: schedule.wake is BELFRY_SCHEDULE_WAKE.",
      valueName: "file"
    )
  )
  var config: String?
}

/// The option of every listing.
struct ListingOptions: ParsableArguments {
  @Flag(name: .long, help: "Print JSON: the stable form for scripts.")
  var json = false
}
