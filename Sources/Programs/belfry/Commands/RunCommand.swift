import ArgumentParser
import Daemon
import Journal
import Logging
import Operations
import Publishing
import Systemd

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run the service in the foreground.",
    discussion: """
      Wakes on the wall clock and, with schedule.punctual, at each due second. SIGTERM drains and ends, \
      SIGHUP reads the configuration anew, SIGUSR1 wakes now.
      """
  )

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let logger = CommonOptions.logger(level: .info)
    let daemon = Daemon(
      file: common.config,
      environment: CommonOptions.environment,
      logger: logger
    )
    do {
      try await daemon.run()
    } catch {
      // The journal gets one entry with its fields, a terminal or a file the two lines of every command.
      guard CommonOptions.backend == .journal else { throw error }
      logger.log(.gaveUp, "\(error.message)", ["hint": "\(error.hint)"])
      throw ExitCode(error.exit.rawValue)
    }
  }
}
