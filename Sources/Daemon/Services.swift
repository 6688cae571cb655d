import HTTPTransport
import Logging
import Postgres
import Publishing
import Scheduling
import ServiceLifecycle
import Systemd
import UnixSignals

/// Keeps the leases alive, and looks at the queue with each beat: posts of a dead neighbour, posts that a
/// lost notification did not announce.
struct HeartbeatService: Service {
  let session: InstanceSession
  let publishing: PublishingService
  let failure: @Sendable (ProgramError) -> Void

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        try await session.beat { publishing.wake(.due) }
      }
    } catch let error as ProgramError {
      failure(error)
      throw error
    }
  }
}

/// Tells the journal once when PostgreSQL goes away, and once when it is back.
struct DatabaseWatch: Service {
  let database: Database
  let logger: Logger
  let publishing: PublishingService

  func run() async throws {
    let metadata: Logger.Metadata = ["message_id": "\(JournalMessage.database.rawValue)"]
    var wasLost = false
    for await change in database.changes.cancelOnGracefulShutdown() {
      switch change {
      case .lost(let error):
        wasLost = true
        logger.error(
          "PostgreSQL is away: \(error.message)",
          metadata: metadata.merging(["hint": "\(error.hint ?? "")"]) { _, new in new }
        )
        await reconnect()
      case .connected:
        if wasLost { logger.notice("PostgreSQL is back", metadata: metadata) }
        wasLost = false
        publishing.wake(.due)
      }
    }
  }

  private func reconnect() async {
    let database = database
    await cancelWhenGracefulShutdown { try? await database.connectEventually() }
  }
}

/// Hears PostgreSQL say that the queue changed, on a connection of its own.
///
/// Notifications are a courtesy: whatever is missed while the connection is down, or behind a pooler that
/// does not pass them on, is found by the next beat of the heart.
struct ListenerService: Service {
  let installation: Installation
  let publishing: PublishingService
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var pause = Duration.milliseconds(100)
      while !Task.isCancelled {
        let connection = PostgresConnection(installation.connection("listen"))
        do {
          try await connection.connect()
          try await connection.listen(on: "belfry_queue")
          pause = .milliseconds(100)
          // What was queued while nobody listened.
          publishing.wake(.notified)
          let watch = Task { await prove(connection) }
          for await _ in connection.notifications { publishing.wake(.notified) }
          watch.cancel()
        } catch {
          logger.debug("the listener has no connection: \(error)")
        }
        await connection.close()
        try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
        pause = min(pause * 2, .seconds(30))
      }
    }
  }

  /// A connection that a firewall dropped silently looks idle for ever; a statement now and then tells.
  private func prove(_ connection: PostgresConnection) async {
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: .seconds(60))
        _ = try await connection.execute("SELECT")
      } catch {
        await connection.close()
        return
      }
    }
  }
}

/// SIGHUP reads the configuration anew, SIGUSR1 wakes now.
struct SignalService: Service {
  /// Called once, when signals are heard: ours, and the group's, which listens before it starts services.
  let listening: @Sendable () -> Void
  let reload: @Sendable () async -> Void
  let publishing: PublishingService
  let logger: Logger

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1)
    listening()
    for await signal in signals.cancelOnGracefulShutdown() {
      switch signal {
      case .sigusr1:
        logger.info(
          "woken by SIGUSR1",
          metadata: ["message_id": "\(JournalMessage.wake.rawValue)"]
        )
        publishing.wake(.requested)
      default: await reload()
      }
    }
  }
}

/// Feeds systemd's watchdog while every part answers: the timer, the wakes, the transport's thread
/// and the heartbeat.
///
/// A database that is away does not count: waiting for it is what the service should do.
struct WatchdogService: Service {
  let notifier: ServiceNotifier
  let transport: CurlTransport
  let publishing: PublishingService
  let session: InstanceSession
  let logger: Logger

  func run() async throws {
    guard let interval = notifier.watchdogInterval else {
      return try await gracefulShutdown()
    }
    // sd_watchdog_enabled(3) recommends half of the interval.
    let pause = interval / 2
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        if await everythingAnswers(within: pause / 2) { notifier.notify(.watchdog) }
        try? await Task.sleep(for: pause)
      }
    }
  }

  private func everythingAnswers(within limit: Duration) async -> Bool {
    guard await transport.ping(within: limit) else {
      logger.error("the HTTP thread does not answer; systemd will restart the service")
      return false
    }
    guard session.isBeating else {
      logger.error("the heart has stopped beating; systemd will restart the service")
      return false
    }
    // Were one of these stuck, this call would not return, and nothing would feed the watchdog.
    await publishing.answer()
    return true
  }
}
