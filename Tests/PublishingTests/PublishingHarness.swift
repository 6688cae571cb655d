import FoundationEssentials
import Glibc
import GraphSandbox
import HTTPTransport
import Instagram
import Journal
import Leases
import Logging
import Media
import Postgres
import Publishing
import Sealing
import Store
import Synchronization
import TestSupport

/// The publishing parts of one instance, put together in this process around an installation.
struct PublishingHarness: Sendable {
  let instance: Int64
  let runner: WakeRunner
  let trust: TrustWindow
  let journal = Journal()
  private let database: Database
  private let transport: CurlTransport

  /// Registers an instance and puts its parts together.
  ///
  /// - Parameters:
  ///   - lease: how long the database believes in the instance; nothing sends heartbeats here.
  ///   - margin: how much earlier the instance itself stops.
  ///   - giveUp: how long a container may take.
  static func open(
    _ installation: TestInstallation,
    lease: Duration = .seconds(60),
    margin: Duration = .seconds(1),
    giveUp: Duration = .seconds(20)
  ) async throws -> PublishingHarness {
    let database = Database(ConnectionConfiguration(installation.conninfo))
    let identity = InstanceIdentity(
      host: "harness",
      machineID: nil,
      bootID: "boot",
      unit: "tests",
      invocationID: nil,
      pid: getpid(),
      pidNamespace: nil,
      startTicks: 1,
      program: "run",
      version: "0"
    )
    let trust = TrustWindow(lease: lease, margin: margin)
    let departure = ContinuousClock.now
    let instance = try await InstanceStore(database).register(identity, lease: lease)
    trust.confirm(departure: departure)
    return try PublishingHarness(installation, database, instance, trust, giveUp)
  }

  private init(
    _ installation: TestInstallation,
    _ database: Database,
    _ instance: Int64,
    _ trust: TrustWindow,
    _ giveUp: Duration
  ) throws {
    self.database = database
    self.instance = instance
    self.trust = trust
    transport = try CurlTransport()
    var logger = Logger(label: "harness")
    logger.logLevel = .info
    logger.handler = journal
    let queue = QueueStore(database)
    let owners = MediaStore(database)
    let client = InstagramClient(
      transport: transport,
      configuration: InstagramConfiguration(
        facebookGraphURL: installation.sandbox.facebookURL,
        instagramGraphURL: installation.sandbox.instagramURL,
        timeout: .seconds(3)
      )
    )
    var key = [UInt8](
      try Data(contentsOf: URL(filePath: "\(installation.directory)/credentials/belfry.key"))
    )
    let environment = PublishingEnvironment(
      instance: instance,
      leases: LeaseStore(database),
      queue: queue,
      stepLog: { term in PostStepLog(database, term: term) },
      owners: owners,
      accounts: Accounts(
        store: CredentialStore(database),
        sealer: TokenSealer(current: try SealingKey(wiping: &key))
      ),
      platform: Platform(
        client: client,
        usage: RateLimitTracker(),
        breaker: PlatformBreaker(),
        upkeep: UpkeepStore(database),
        owners: owners,
        logger: logger
      ),
      photos: Photos(
        host: try WebrootHost(
          directory: "\(installation.directory)/public",
          baseURL: "\(installation.sandbox.baseURL)/_files/"
        ),
        queue: queue,
        directory: "\(installation.directory)/photos",
        transport: transport
      ),
      polling: Polling(first: .milliseconds(20), cap: .milliseconds(100), giveUp: giveUp),
      trust: trust,
      inFlight: InFlightLeases(),
      drain: DrainSignal(),
      clock: { Date.now.timeIntervalSince1970 },
      logger: logger
    )
    runner = WakeRunner(
      environment,
      reconciler: Reconciler(
        environment,
        unconfirmedPosts: UnconfirmedPostStore(database),
        patience: ReconcilePatience(
          recheck: .milliseconds(50),
          grace: .milliseconds(200),
          giveUp: .seconds(2)
        )
      ),
      wakes: WakeStore(database),
      maxInFlight: 16
    )
  }

  /// One pass over what is due, waiting for every post.
  @discardableResult
  func pass() async throws -> WakeTally { try await runner.pass() }

  /// Closes connections; the row of the instance stays as it is, as after a crash.
  func close() async {
    transport.shutdown()
    await database.close()
  }
}

extension TestInstallation {
  /// Lends a harness to `body`.
  @discardableResult
  func harness<R>(
    lease: Duration = .seconds(60),
    margin: Duration = .seconds(1),
    giveUp: Duration = .seconds(20),
    _ body: (PublishingHarness) async throws -> R
  ) async throws -> R {
    let harness = try await PublishingHarness.open(
      self,
      lease: lease,
      margin: margin,
      giveUp: giveUp
    )
    do {
      let result = try await body(harness)
      await harness.close()
      return result
    } catch {
      await harness.close()
      throw error
    }
  }
}

/// Keeps what was logged, in order.
final class Journal: LogHandler {
  struct Entry: Sendable {
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata
  }

  private let kept = Mutex<[Entry]>([])

  var entries: [Entry] { kept.withLock(\.self) }

  var logLevel: Logger.Level {
    get { .info }
    set {}
  }

  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {
    let entry = Entry(
      level: event.level,
      message: event.message.description,
      metadata: event.metadata ?? [:]
    )
    kept.withLock { $0.append(entry) }
  }

  /// The entries of this kind.
  func of(_ kind: JournalMessage) -> [Entry] {
    entries.filter { $0.metadata["message_id"]?.description == kind.id }
  }
}
