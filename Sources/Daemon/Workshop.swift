import HTTPTransport
import Instagram
import Leases
import Logging
import Postgres
import Publishing
import Settings
import Store
import Timekeeping

/// The parts that publish, put together from an installation for one instance.
struct Workshop: Sendable {
  let environment: PublishingEnvironment
  let reconciler: Reconciler
  let wakes: WakeStore
  let status: StatusStore

  /// Puts the parts together.
  ///
  /// - Throws: `ProgramError` when a setting names something that cannot be used.
  init(
    _ installation: Installation,
    database: Database,
    transport: any HTTPTransport,
    session: InstanceSession,
    drain: DrainSignal
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
      owners: MediaOwners(store: MediaStore(database)),
      accounts: Accounts(store: CredentialStore(database), sealer: try installation.sealer()),
      client: installation.client(over: transport),
      photos: try installation.photos(queue: queue, transport: transport),
      polling: Polling(first: poll.first, cap: poll.cap, giveUp: poll.giveUp),
      trust: session.trust,
      drain: drain,
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
      )
    )
    wakes = WakeStore(database)
    status = StatusStore(database)
  }
}
