import Glibc
import HTTPTransport
import Journal
import Leases
public import Logging
public import Operations
import Postgres
import Publishing
import ServiceLifecycle
import Settings
import Store
import Synchronization
import Systemd

// The daemon: composition root of `belfry run`.
//
// Authority. PostgreSQL decides what is due, who leases it and what came of it. This process holds nothing
// that a restart would miss.
//
// Services, in the order in which they start; they stop in the reverse order:
//
//     drain        tells the manager that the service stops, and asks for time while posts are finished
//     heartbeat    keeps the leases alive, on a connection of its own; a failure ends the process
//     database     tells journal and status line when PostgreSQL goes away and when it is back
//     watchdog     feeds systemd's watchdog while every part answers (Watchdog.swift)
//     reporter     rewrites the status line and the metrics file (StatusReporter.swift)
//     signals      SIGHUP reads the configuration anew, SIGUSR1 wakes now
//     listener     LISTEN: the queue changed
//     publishing   timer ─► wake ─► claim ─► pipelines; drains first when the process is to end
//
// Signals are heard from the beginning (ProcessSignals.swift). READY=1 is sent when the database has answered,
// its schema is the right one, the key opens the stored credentials, and the services run. Until PostgreSQL
// answers for the first time the daemon waits for it; a connection string, schema or key that is wrong ends it
// with exit 78, which systemd does not restart.
//
// SIGTERM: before there is anything to drain, the process ends at once with 0. Afterwards nothing new is
// claimed, posts before the pivot are put back, posts past it are finished, within `publishing.drain` seconds
// plus one call's time limit. What is not finished then is recovered by the next start, from the step log.

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
  /// - Throws: `CommandError`.
  public func run() async throws(CommandError) {
    let notifier = ServiceNotifier()
    do {
      let drain = DrainSignal()
      let signals = await ProcessSignals(drain: drain)
      let context = try await ServiceContext.load(
        file: file,
        environment: environment,
        logger: logger
      )
      if try await awaitDatabase(context, drain, notifier) {
        try await serve(context, drain, signals, notifier)
      }
    } catch {
      notifier.notify(.stopping, .status("stopped: \(error.message)"))
      throw error
    }
    notifier.notify(.stopping, .status("stopped"))
    logger.log(.stopped, "belfry has stopped")
  }

  /// From the registration of this instance to its farewell.
  private func serve(
    _ context: ServiceContext,
    _ drain: DrainSignal,
    _ signals: ProcessSignals,
    _ notifier: ServiceNotifier
  ) async throws(CommandError) {
    let database = context.database("run")
    let transport = try context.transport()
    let session: InstanceSession
    do {
      session = try await InstanceSession.begin(
        context,
        program: "run",
        environment: environment
      )
    } catch {
      await database.close()
      // Told to end, and nothing had begun: what the database said meanwhile is nobody's problem.
      if drain.hasBegun { return }
      throw error
    }
    var logger = logger
    logger[metadataKey: "instance"] = "\(session.id)"
    let result: Result<Void, CommandError>
    let failure = Mutex<CommandError?>(nil)
    do throws(CommandError) {
      let parts = Parts(
        database: database,
        transport: transport,
        session: session,
        drain: drain,
        health: PlatformHealth(),
        reporter: StatusReporter(),
        notifier: notifier,
        logger: logger
      )
      notifier.notify(.status("starting"))
      let services = try services(context, parts, signals) { error in
        failure.withLock { $0 = error }
      }
      result = await supervise(services, context, drain)
    } catch {
      result = .failure(error)
    }
    await session.end()
    await database.close()
    transport.shutdown()
    if let error = failure.withLock(\.self) { throw error }
    try result.get()
  }

  /// What the services share.
  private struct Parts {
    let database: Database
    let transport: CurlTransport
    let session: InstanceSession
    let drain: DrainSignal
    let health: PlatformHealth
    let reporter: StatusReporter
    let notifier: ServiceNotifier
    let logger: Logger
  }

  private func services(
    _ context: ServiceContext,
    _ parts: Parts,
    _ signals: ProcessSignals,
    heartbeatFailed: @escaping @Sendable (CommandError) -> Void
  ) throws(CommandError) -> [any Service] {
    let settings = context.settings
    let (session, logger, notifier) = (parts.session, parts.logger, parts.notifier)
    let stack = try PublishingStack(
      context,
      database: parts.database,
      transport: parts.transport,
      session: session,
      drain: parts.drain,
      health: parts.health
    )
    let publishing = PublishingService(stack, settings: settings, reporter: parts.reporter)
    let reload = Reload(
      self,
      context,
      database: parts.database,
      transport: parts.transport,
      session: session,
      drain: parts.drain,
      health: parts.health,
      publishing: publishing,
      reporter: parts.reporter,
      logger: logger
    )
    return [
      DrainService(
        drain: parts.drain,
        notifier: notifier,
        inFlight: { session.inFlight.count },
        limit: settings.publishing.drain + settings.instagram.timeout,
        logger: logger
      ),
      HeartbeatService(session: session, publishing: publishing, failure: heartbeatFailed),
      DatabaseWatch(
        database: parts.database,
        outages: OutageLog(logger),
        reporter: parts.reporter,
        publishing: publishing
      ),
      WatchdogService(notifier: notifier, probes: probes(parts, publishing), logger: logger),
      StatusReportingService(
        parts.reporter,
        publishing: publishing,
        notifier: notifier,
        drain: parts.drain,
        health: parts.health,
        logger: logger
      ),
      SignalService(
        signals: signals,
        ready: {
          // Told to end while it started: it was never ready.
          if !parts.drain.hasBegun { announce(session, notifier, logger) }
        },
        reload: { await reload.perform() },
        publishing: publishing,
        logger: logger
      ),
      ListenerService(context: context, publishing: publishing, logger: logger),
      publishing,
    ]
  }

  private func probes(_ parts: Parts, _ publishing: PublishingService) -> [LivenessProbe] {
    let (transport, session, database) = (parts.transport, parts.session, parts.database)
    return [
      LivenessProbe(
        name: "the HTTP transport",
        completed: { transport.ticks },
        answer: { await transport.ping(within: .seconds(3600)) }
      ),
      LivenessProbe(
        name: "the database connection",
        completed: { database.completed },
        answer: {
          await database.answer()
          return true
        }
      ),
      LivenessProbe(
        name: "the heartbeat's connection",
        completed: { session.completed },
        answer: {
          await session.answer()
          return true
        }
      ),
      LivenessProbe(name: "the heartbeat", answer: { session.isAlive }),
      LivenessProbe(
        name: "the loop of wakes",
        // A wake that waits for a slow database is as alive as the database is.
        completed: { database.isAwaited ? database.completed : nil },
        answer: {
          await publishing.answer()
          return true
        }
      ),
      LivenessProbe(
        name: "the timer",
        answer: {
          await publishing.timerAnswers()
          return true
        }
      ),
    ]
  }

  /// Says that the process is ready: work can begin, and every signal is acted on from now on.
  private func announce(
    _ session: InstanceSession,
    _ notifier: ServiceNotifier,
    _ logger: Logger
  ) {
    logger.log(.ready, "belfry \(ServiceContext.version) is ready, instance \(session.id)")
    notifier.notify(.ready)
  }

  private func supervise(
    _ services: [any Service],
    _ context: ServiceContext,
    _ drain: DrainSignal
  ) async -> Result<Void, CommandError> {
    var quiet = logger
    quiet.logLevel = .critical
    var configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
      logger: quiet
    )
    configuration.maximumGracefulShutdownDuration =
      context.settings.publishing.drain + context.settings.instagram.timeout
    let group = ServiceGroup(configuration: configuration)
    let trigger = Task {
      await drain.begun()
      if drain.hasBegun { await group.triggerGracefulShutdown() }
    }
    defer { trigger.cancel() }
    do {
      try await group.run()
      return .success(())
    } catch is CancellationError {
      return .success(())
    } catch let error as CommandError {
      return .failure(error)
    } catch {
      return .failure(
        CommandError(
          .unavailable,
          "a service ended unexpectedly: \(error)",
          hint: "systemd starts belfry again; report this if it recurs."
        )
      )
    }
  }

  /// Waits for PostgreSQL as long as it is merely away; false when the process is to end first.
  ///
  /// On a connection of its own: what happened to it is told here, and not once more by the services.
  private func awaitDatabase(
    _ context: ServiceContext,
    _ drain: DrainSignal,
    _ notifier: ServiceNotifier
  ) async throws(CommandError) -> Bool {
    let database = context.database("run")
    let outages = OutageLog(logger)
    var pause = Duration.milliseconds(200)
    while true {
      // An attempt may take a while, and has nothing that would be lost.
      let attempt = await drain.unlessBegun { () async -> Result<Void, CommandError> in
        do throws(CommandError) {
          return .success(try await context.requireReady(database))
        } catch {
          return .failure(error)
        }
      }
      guard let attempt else { return false }
      switch attempt {
      case .success:
        outages.ended()
        await database.close()
        return true
      case .failure(let error) where error.exit == .unavailable:
        outages.began("waiting for PostgreSQL", error.message, hint: error.hint)
        notifier.notify(
          .status("waiting for PostgreSQL: \(error.message)"),
          .extendTimeout(.seconds(60))
        )
      case .failure(let error):
        await database.close()
        throw error
      }
      await drain.pause(pause)
      if drain.hasBegun { return false }
      pause = min(pause * 2, .seconds(5))
    }
  }
}
