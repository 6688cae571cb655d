import HTTPTransport
import Logging
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
  private let notifier = ServiceNotifier()
  private let settings: Mutex<Settings>

  init(
    _ daemon: Daemon,
    _ installation: Installation,
    database: Database,
    transport: CurlTransport,
    session: InstanceSession,
    drain: DrainSignal,
    health: PlatformHealth,
    publishing: PublishingService
  ) {
    self.daemon = daemon
    self.database = database
    self.transport = transport
    self.session = session
    self.drain = drain
    self.health = health
    self.publishing = publishing
    settings = Mutex(installation.settings)
  }

  func perform() async {
    notifier.notify(.reloading, .status("reloading the configuration"))
    let metadata: Logger.Metadata = ["message_id": "\(JournalMessage.service.rawValue)"]
    do throws(ProgramError) {
      let installation = try await Installation.load(
        file: daemon.file,
        environment: daemon.environment,
        logger: daemon.logger
      )
      let workshop = try Workshop(
        installation,
        database: database,
        transport: transport,
        session: session,
        drain: drain,
        health: health
      )
      let fixed = fixedKeys(old: settings.withLock(\.self), new: installation.settings)
      publishing.replace(workshop, settings: installation.settings)
      settings.withLock { $0 = installation.settings }
      daemon.logger.notice(
        "configuration reloaded from \(installation.settings.file)",
        metadata: metadata
      )
      if !fixed.isEmpty {
        daemon.logger.warning(
          "changes of \(fixed.joined(separator: ", ")) take effect after systemctl restart belfry",
          metadata: metadata
        )
      }
    } catch {
      daemon.logger.error(
        "the new configuration is refused, the old one stays: \(error.message)",
        metadata: metadata.merging(["hint": "\(error.hint)"]) { _, new in new }
      )
    }
    notifier.notify(.ready)
    await publishing.refreshStatus()
  }

  private func fixedKeys(old: Settings, new: Settings) -> [String] {
    var keys: [String] = []
    if old.database != new.database { keys.append("database") }
    if old.publishing.lease != new.publishing.lease { keys.append("publishing.lease") }
    if old.publishing.heartbeat != new.publishing.heartbeat { keys.append("publishing.heartbeat") }
    return keys
  }
}
