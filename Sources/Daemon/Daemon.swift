import Glibc
import HTTPTransport
public import Logging
import Postgres
import Publishing
import ServiceLifecycle
import Settings
import Store
import Synchronization
import Systemd
import UnixSignals

// The daemon: composition root of `belfry run`.
//
// Authority. PostgreSQL decides what is due, who leases it and what came of it. This process holds nothing
// that a restart would miss.
//
// Services, in the order in which they start; they stop in the reverse order:
//
//     heartbeat    keeps the leases alive, on a connection of its own; a failure ends the process
//     database     tells the journal once when PostgreSQL goes away and once when it is back
//     watchdog     feeds systemd's watchdog while every part answers
//     signals      SIGHUP reads the configuration anew, SIGUSR1 wakes now
//     listener     LISTEN: the queue changed
//     publishing   timer ─► wake ─► claim ─► pipelines; drains first when the process is to end
//
// READY=1 is sent when the database has answered, its schema is the right one, the key opens the stored
// credentials, and signals are heard: before that, a SIGTERM simply ends the process, and SIGHUP and SIGUSR1 mean
// nothing. Until PostgreSQL answers for the first time the daemon waits for it; a connection
// string, schema or key that is wrong ends it with exit 78, which systemd does not restart.
//
// SIGTERM: nothing new is claimed, posts before the pivot are put back, posts past it are finished, within
// `publishing.drain` seconds plus one call's time limit. What is not finished then is recovered by the next
// start, from the step log.

/// Runs the service until it is told to stop.
public struct Daemon: Sendable {
  let file: String?
  let environment: [String: String]
  let logger: Logger

  /// Runs with this configuration file (nil for the usual place) and environment.
  public init(file: String?, environment: [String: String], logger: Logger) {
    self.file = file
    self.environment = environment
    self.logger = logger
  }

  /// Runs until SIGTERM or SIGINT has drained it.
  ///
  /// - Throws: `ProgramError`.
  public func run() async throws(ProgramError) {
    // By default they would end the process; SignalService hears them later.
    for number in [SIGHUP, SIGUSR1] { _ = signal(number, SIG_IGN) }
    let installation = try await Installation.load(
      file: file,
      environment: environment,
      logger: logger
    )
    let notifier = ServiceNotifier()
    let database = installation.database("run")
    try await awaitDatabase(database, installation, notifier)
    let transport = try installation.transport()
    let session = try await InstanceSession.begin(
      installation,
      program: "run",
      environment: environment
    )
    let drain = DrainSignal()
    let health = PlatformHealth()
    let publishing: PublishingService
    do {
      let workshop = try Workshop(
        installation,
        database: database,
        transport: transport,
        session: session,
        drain: drain,
        health: health
      )
      publishing = PublishingService(workshop, settings: installation.settings, notifier: notifier)
    } catch {
      await session.end()
      await database.close()
      throw error
    }
    let reload = Reload(
      self,
      installation,
      database: database,
      transport: transport,
      session: session,
      drain: drain,
      health: health,
      publishing: publishing
    )
    notifier.notify(.status("starting"))
    let failure = Mutex<ProgramError?>(nil)
    let services: [any Service] = [
      HeartbeatService(
        session: session,
        publishing: publishing,
        failure: { error in
          failure.withLock { $0 = error }
        }
      ),
      DatabaseWatch(database: database, logger: logger, publishing: publishing),
      WatchdogService(
        notifier: notifier,
        transport: transport,
        publishing: publishing,
        session: session,
        logger: logger
      ),
      SignalService(
        listening: { announce(session, notifier) },
        reload: { await reload.perform() },
        publishing: publishing,
        logger: logger
      ),
      ListenerService(installation: installation, publishing: publishing, logger: logger),
      publishing,
    ]
    let stopped = await supervise(services, installation.settings)
    notifier.notify(.stopping, .status("stopped"))
    await session.end()
    await database.close()
    transport.shutdown()
    if let error = failure.withLock(\.self) { throw error }
    if let stopped { throw stopped }
    logger.notice(
      "belfry has stopped",
      metadata: ["message_id": "\(JournalMessage.service.rawValue)"]
    )
  }

  /// Says that the process is ready, and that every signal is heard from now on.
  private func announce(_ session: InstanceSession, _ notifier: ServiceNotifier) {
    logger.notice(
      "belfry \(Installation.version) is ready, instance \(session.id)",
      metadata: ["message_id": "\(JournalMessage.service.rawValue)", "instance": "\(session.id)"]
    )
    notifier.notify(.ready)
  }

  private func supervise(_ services: [any Service], _ settings: Settings) async -> ProgramError? {
    var quiet = logger
    quiet.logLevel = .error
    var configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: quiet
    )
    configuration.maximumGracefulShutdownDuration =
      settings.publishing.drain + settings.instagram.timeout
    do {
      try await ServiceGroup(configuration: configuration).run()
      return nil
    } catch is CancellationError {
      return nil
    } catch let error as ProgramError {
      return error
    } catch {
      return ProgramError(
        .unavailable,
        "a service ended unexpectedly: \(error)",
        hint: "systemd starts belfry again; report this if it recurs."
      )
    }
  }

  /// Waits for PostgreSQL as long as it is merely away.
  private func awaitDatabase(
    _ database: Database,
    _ installation: Installation,
    _ notifier: ServiceNotifier
  ) async throws(ProgramError) {
    var hasSaidSo = false
    var pause = Duration.milliseconds(200)
    while true {
      do throws(ProgramError) {
        try await installation.requireReady(database)
        return
      } catch {
        guard error.exit == .unavailable else {
          await database.close()
          throw error
        }
        if !hasSaidSo {
          hasSaidSo = true
          logger.warning(
            "waiting for PostgreSQL: \(error.message)",
            metadata: [
              "message_id": "\(JournalMessage.database.rawValue)", "hint": "\(error.hint)",
            ]
          )
        }
        notifier.notify(
          .status("waiting for PostgreSQL: \(error.message)"),
          .extendTimeout(.seconds(60))
        )
      }
      do {
        try await Task.sleep(for: pause)
      } catch {
        throw ProgramError(.unavailable, "stopped while waiting for PostgreSQL", hint: "Start it.")
      }
      pause = min(pause * 2, .seconds(5))
    }
  }
}
