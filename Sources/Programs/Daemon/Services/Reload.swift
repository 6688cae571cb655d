import HTTPTransport
import Journal
import Logging
import Operations
import Postgres
import Publishing
import Settings
import Synchronization
import Systemd

// SIGHUP. The new configuration is read whole and tried before anything changes; if it is wrong, the old one
// stays in force and the journal says why. systemd 252 knows no Type=notify-reload, so RELOADING=1 carries
// the monotonic time stamp by hand and READY=1 ends it either way.
//
// What a running process cannot change, because its leases and its row in `instances` rest on it, is named
// in the journal and waits for a restart: database, publishing.lease, publishing.heartbeat.

/// Reads the configuration anew and puts it in force.
final class Reload: Sendable {
  private let daemon: Daemon
  private let database: Database
  private let transport: CurlTransport
  private let session: InstanceSession
  private let drain: DrainSignal
  private let health: PlatformHealth
  private let publishing: PublishingService
  private let reporter: StatusReporter
  private let logger: Logger
  private let notifier = ServiceNotifier()
  private let settings: Mutex<Settings>

  init(
    _ daemon: Daemon,
    _ context: ServiceContext,
    database: Database,
    transport: CurlTransport,
    session: InstanceSession,
    drain: DrainSignal,
    health: PlatformHealth,
    publishing: PublishingService,
    reporter: StatusReporter,
    logger: Logger
  ) {
    self.daemon = daemon
    self.database = database
    self.transport = transport
    self.session = session
    self.drain = drain
    self.health = health
    self.publishing = publishing
    self.reporter = reporter
    self.logger = logger
    settings = Mutex(context.settings)
  }

  func perform() async {
    guard !drain.hasBegun else { return }
    notifier.notify(.reloading, .status("reloading the configuration"))
    do throws(CommandError) {
      let context = try await ServiceContext.load(
        file: daemon.file,
        environment: daemon.environment,
        logger: daemon.logger
      )
      let stack = try PublishingStack(
        context,
        database: database,
        transport: transport,
        session: session,
        drain: drain,
        health: health
      )
      let fixed = fixedKeys(old: settings.withLock(\.self), new: context.settings)
      publishing.replace(stack, settings: context.settings)
      settings.withLock { $0 = context.settings }
      reporter.configurationIsRefused(nil)
      logger.log(.reloaded, "configuration reloaded from \(context.settings.file)")
      if !fixed.isEmpty {
        logger.log(
          .restartNeeded,
          "changes of \(fixed.joined(separator: ", ")) take effect after systemctl restart belfry",
          ["hint": "systemctl restart belfry"]
        )
      }
    } catch {
      reporter.configurationIsRefused(error.message)
      logger.log(
        .reloadRefused,
        "the new configuration is refused, the old one stays: \(error.message)",
        ["hint": "\(error.hint)"]
      )
    }
    // After STOPPING=1 the service is not ready any more, whatever was asked for before.
    if !drain.hasBegun { notifier.notify(.ready) }
  }

  private func fixedKeys(old: Settings, new: Settings) -> [String] {
    var keys: [String] = []
    if old.database != new.database { keys.append("database") }
    if old.publishing.lease != new.publishing.lease { keys.append("publishing.lease") }
    if old.publishing.heartbeat != new.publishing.heartbeat { keys.append("publishing.heartbeat") }
    return keys
  }
}
