import ArgumentParser
import Daemon
import Logging

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
    let daemon = Daemon(
      file: common.config,
      environment: CommonOptions.environment,
      logger: CommonOptions.logger(level: .info)
    )
    try await daemon.run()
  }
}
