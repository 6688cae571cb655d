public import Leases
public import Logging
public import Posts
public import Store

/// Everything that publishing needs, put together once by the composition root.
public struct PublishingEnvironment: Sendable {
  /// The row of `instances` that owns the leases.
  public var instance: Int64
  /// Claims and outcomes.
  public var leases: LeaseStore
  /// New posts and photos.
  public var queue: QueueStore
  /// Makes the step log of a leased post.
  public var stepLog: @Sendable (LeaseTerm) -> PostStepLog
  /// Which media belong to rows.
  public var owners: MediaStore
  /// Opens credentials.
  public var accounts: Accounts
  /// Speaks to Instagram.
  public var platform: Platform
  /// Finds and exposes photos.
  public var photos: Photos
  /// How containers are watched.
  public var polling: Polling
  /// What becomes of failures.
  public var retryPolicy: RetryPolicy
  /// How long leases are believed in.
  public var trust: TrustWindow
  /// The leases that tasks of this process work on.
  public var inFlight: InFlightLeases
  /// Says that the process wants to end.
  public var drain: DrainSignal
  /// Counts what became of posts.
  public var tally: OutcomeTally
  /// Wall clock, seconds since 1970.
  public var clock: @Sendable () -> Double
  /// Where it is told.
  public var logger: Logger

  /// Puts the parts together.
  public init(
    instance: Int64,
    leases: LeaseStore,
    queue: QueueStore,
    stepLog: @escaping @Sendable (LeaseTerm) -> PostStepLog,
    owners: MediaStore,
    accounts: Accounts,
    platform: Platform,
    photos: Photos,
    polling: Polling,
    retryPolicy: RetryPolicy = RetryPolicy(),
    trust: TrustWindow,
    inFlight: InFlightLeases,
    drain: DrainSignal,
    tally: OutcomeTally = OutcomeTally(),
    clock: @escaping @Sendable () -> Double,
    logger: Logger
  ) {
    self.instance = instance
    self.leases = leases
    self.queue = queue
    self.stepLog = stepLog
    self.owners = owners
    self.accounts = accounts
    self.platform = platform
    self.photos = photos
    self.polling = polling
    self.retryPolicy = retryPolicy
    self.trust = trust
    self.inFlight = inFlight
    self.drain = drain
    self.tally = tally
    self.clock = clock
    self.logger = logger
  }
}
