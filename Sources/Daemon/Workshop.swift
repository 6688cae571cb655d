import HTTPTransport
import Instagram
import Leases
import Logging
import Postgres
import Publishing
import Settings
import Store
import Timekeeping

/// What Instagram's answers have taught, and what was done; kept across reloads.
struct PlatformHealth: Sendable {
  let usage = UsageBook()
  let breaker = PlatformBreaker()
  let tally = OutcomeTally()
}

/// The parts that publish, put together from an installation for one instance.
struct Workshop: Sendable {
  let environment: PublishingEnvironment
  let reconciler: Reconciler
  let janitor: Janitor
  let wakes: WakeStore
  let status: StatusStore
  let metrics: MetricsStore

  /// Puts the parts together.
  ///
  /// - Throws: `ProgramError` when a setting names something that cannot be used.
  init(
    _ installation: Installation,
    database: Database,
    transport: any HTTPTransport,
    session: InstanceSession,
    drain: DrainSignal,
    health: PlatformHealth
  ) throws(ProgramError) {
    let queue = QueueStore(database)
    let poll = installation.settings.publishing.poll
    var logger = installation.logger
    logger[metadataKey: "instance"] = "\(session.id)"
    environment = PublishingEnvironment(
      instance: session.id,
      leases: LeaseStore(database),
      queue: queue,
      stepLog: { term in PostStepLog(database, term: term) },
      owners: MediaStore(database),
      accounts: Accounts(store: CredentialStore(database), sealer: try installation.sealer()),
      platform: Platform(
        client: installation.client(over: transport) { accountID, usage in
          health.usage.note(usage, of: accountID)
        },
        usage: health.usage,
        breaker: health.breaker,
        upkeep: UpkeepStore(database),
        owners: MediaStore(database),
        logger: logger
      ),
      photos: try installation.photos(queue: queue, transport: transport),
      polling: Polling(first: poll.first, cap: poll.cap, giveUp: poll.giveUp),
      trust: session.trust,
      held: session.held,
      drain: drain,
      tally: health.tally,
      clock: { (SystemWallClock().now() - WallTime(secondsSinceEpoch: 0)).inSeconds },
      logger: logger
    )
    let patience = installation.settings.publishing.reconcile
    reconciler = Reconciler(
      environment,
      doubts: DoubtStore(database),
      patience: ReconcilePatience(
        recheck: patience.recheck,
        grace: patience.grace,
        giveUp: patience.giveUp
      ),
      callLimit: installation.settings.instagram.timeout
    )
    janitor = Janitor(environment, upkeep: UpkeepStore(database))
    wakes = WakeStore(database)
    status = StatusStore(database)
    metrics = MetricsStore(database)
  }
}
