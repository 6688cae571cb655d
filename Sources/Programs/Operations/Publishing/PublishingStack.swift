package import HTTPTransport
import Instagram
import Leases
import Logging
package import Postgres
package import Publishing
import Settings
package import Store
import Timekeeping

/// What Instagram's answers have taught, and what was done; kept across reloads.
package struct PlatformHealth: Sendable {
  package let usage = RateLimitTracker()
  package let breaker = PlatformBreaker()
  package let tally = OutcomeTally()

  /// Nothing is known yet.
  package init() {}
}

/// The parts that publish, put together for one instance.
package struct PublishingStack: Sendable {
  package let environment: PublishingEnvironment
  package let reconciler: Reconciler
  package let janitor: Janitor
  package let wakes: WakeStore
  package let status: StatusStore
  package let metrics: MetricsStore

  /// Puts the parts together.
  ///
  /// - Throws: `CommandError` when a setting names something that cannot be used.
  package init(
    _ context: ServiceContext,
    database: Database,
    transport: any HTTPTransport,
    session: InstanceSession,
    drain: DrainSignal,
    health: PlatformHealth
  ) throws(CommandError) {
    let queue = QueueStore(database)
    let poll = context.settings.publishing.poll
    var logger = context.logger
    logger[metadataKey: "instance"] = "\(session.id)"
    environment = PublishingEnvironment(
      instance: session.id,
      leases: LeaseStore(database),
      queue: queue,
      stepLog: { term in PostStepLog(database, term: term) },
      owners: MediaStore(database),
      accounts: Accounts(store: CredentialStore(database), sealer: try context.sealer()),
      platform: Platform(
        client: context.client(over: transport) { accountID, usage in
          health.usage.note(usage, of: accountID)
        },
        usage: health.usage,
        breaker: health.breaker,
        upkeep: UpkeepStore(database),
        owners: MediaStore(database),
        logger: logger
      ),
      photos: try context.photos(queue: queue, transport: transport),
      polling: Polling(first: poll.first, cap: poll.cap, giveUp: poll.giveUp),
      trust: session.trust,
      inFlight: session.inFlight,
      drain: drain,
      tally: health.tally,
      clock: { (SystemWallClock().now() - WallTime(secondsSinceEpoch: 0)).inSeconds },
      logger: logger
    )
    let patience = context.settings.publishing.reconcile
    reconciler = Reconciler(
      environment,
      unconfirmedPosts: UnconfirmedPostStore(database),
      patience: ReconcilePatience(
        recheck: patience.recheck,
        grace: patience.grace,
        giveUp: patience.giveUp
      ),
      callLimit: context.settings.instagram.timeout
    )
    janitor = Janitor(environment, upkeep: UpkeepStore(database))
    wakes = WakeStore(database)
    status = StatusStore(database)
    metrics = MetricsStore(database)
  }
}
