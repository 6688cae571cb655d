import HTTPTransport
import Journal
import Logging
import Operations
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
  /// Told why the heartbeat stopped: the group may end with what that did to other services instead.
  let failure: @Sendable (CommandError) -> Void

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        try await session.beat { publishing.wake(.due) }
      }
    } catch let error as CommandError {
      failure(error)
      throw error
    }
  }
}

/// Tells the journal and the status line when PostgreSQL goes away and when it is back, and reconnects.
struct DatabaseWatch: Service {
  let database: Database
  let outages: OutageLog
  let reporter: StatusReporter
  let publishing: PublishingService

  func run() async throws {
    for await change in database.changes.cancelOnGracefulShutdown() {
      switch change {
      case .lost(let error):
        outages.began(
          "PostgreSQL is away",
          error.message,
          hint: error.hint ?? "Look whether PostgreSQL runs: systemctl status postgresql"
        )
        reporter.databaseIsAway(error.message)
        await reconnect()
      case .connected:
        outages.ended()
        reporter.databaseIsAway(nil)
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
/// does not pass them on, is found by the next heartbeat.
struct ListenerService: Service {
  let context: ServiceContext
  let publishing: PublishingService
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var pause = Duration.milliseconds(100)
      while !Task.isCancelled {
        let connection = PostgresConnection(context.connection("listen"))
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
  let signals: ProcessSignals
  /// Called once, when the services run and signals are acted on.
  let ready: @Sendable () -> Void
  let reload: @Sendable () async -> Void
  let publishing: PublishingService
  let logger: Logger

  func run() async throws {
    ready()
    for await signal in signals.requests.cancelOnGracefulShutdown() {
      switch signal {
      case .sigusr1:
        logger.log(.wake, "woken by SIGUSR1")
        publishing.wake(.requested)
      default: await reload()
      }
    }
  }
}
