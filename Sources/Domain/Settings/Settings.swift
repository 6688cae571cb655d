/// Everything that an operator can set, read once and then immutable.
///
/// Values come from environment variables (`BELFRY_…`), else from the file, else from the defaults, and
/// have been checked: types, ranges, the relations between them, and that every key and variable
/// exists. Secrets are not here; see ``Credentials``.
public struct Settings: Sendable {
  /// Where the file lies unless `--config` says otherwise.
  public static let defaultFile = "/etc/belfry/belfry.yaml"

  /// When to wake.
  public struct Schedule: Sendable, Hashable {
    /// The time between two wakes, in whole seconds that divide a day.
    public let wake: Duration
    /// Whether to wake at the second a post is due, too.
    public let punctual: Bool
  }

  /// How to publish.
  public struct Publishing: Sendable, Hashable {
    /// How many posts may be in flight at once.
    public let maxInFlight: Int
    /// How long an instance may send no heartbeat before another takes over; ``heartbeatsPerLease`` heartbeats at
    /// least.
    public let lease: Duration
    /// The time between two heartbeats.
    public let heartbeat: Duration
    /// How long posts in flight may take to finish after SIGTERM; not less than one call may take.
    public let drain: Duration
    /// How often to ask whether a container is ready.
    public let poll: Poll
    /// How to find out whether a post went out.
    public let reconcile: Reconcile
  }

  /// How often to ask whether a container is ready: `first <= cap <= giveUp`.
  public struct Poll: Sendable, Hashable {
    /// The first pause.
    public let first: Duration
    /// The longest pause.
    public let cap: Duration
    /// How long to ask in all.
    public let giveUp: Duration
  }

  /// How to find out whether a post went out: `recheck <= grace <= giveUp`.
  public struct Reconcile: Sendable, Hashable {
    /// The time between two reads that say "not published", and the first pause between looks.
    public let recheck: Duration
    /// How long a listing may lag before "no match" counts.
    public let grace: Duration
    /// When the post is left to a human.
    public let giveUp: Duration
  }

  /// How to reach Meta.
  public struct Instagram: Sendable, Hashable {
    /// The Graph API's version, like `v26.0`.
    public let version: String
    /// The longest that one call may take.
    public let timeout: Duration
    /// The root for accounts that log in with Facebook; no slash at its end.
    public let facebookGraphURL: WebAddress
    /// The root for accounts that log in with Instagram; no slash at its end.
    public let instagramGraphURL: WebAddress
  }

  /// How photos become public.
  public struct Media: Sendable, Hashable {
    /// Who serves them.
    public let host: MediaHost
    /// The directory that relative photo paths begin in; absolute.
    public let photos: String
  }

  /// Who serves a photo while Meta fetches it.
  public enum MediaHost: Sendable, Hashable {
    /// A directory that a web server shows.
    case webroot(Webroot)
    /// Nobody: every photo has a public https address of its own.
    case none
  }

  /// A directory that a web server shows.
  public struct Webroot: Sendable, Hashable {
    /// The directory; absolute.
    public let directory: String
    /// The address of the directory; ends in a slash.
    public let baseURL: WebAddress
    /// Whether each photo is fetched back before Meta is told of it.
    public let verify: Bool
  }

  /// What monitoring reads.
  public struct Metrics: Sendable, Hashable {
    /// The file for node_exporter's textfile collector, an absolute path; nil when none is wanted.
    public let file: String?
  }

  /// The libpq connection string; holds no password.
  public let database: String
  /// When to wake.
  public let schedule: Schedule
  /// How to publish.
  public let publishing: Publishing
  /// How to reach Meta.
  public let instagram: Instagram
  /// How photos become public.
  public let media: Media
  /// What monitoring reads.
  public let metrics: Metrics
  /// The file that was read.
  public let file: String
  /// Every value in force and where it came from, in the order of the documentation.
  public let provenance: [SettingValue]

  /// Reads and checks the configuration.
  ///
  /// - Parameter file: the file, or nil for ``defaultFile``; either must exist, and may be empty.
  /// - Parameter environment: the process environment.
  /// - Throws: ``SettingsError`` for the first thing that is wrong.
  public static func load(
    file: String? = nil,
    environment: [String: String]
  ) async throws(SettingsError) -> Settings {
    let file = try SettingsFile.load(file ?? defaultFile)
    return try Settings(file: file, environment: environment)
  }

  init(file: SettingsFile, environment: [String: String]) throws(SettingsError) {
    var reader = try SettingsReader(file: file, environment: environment)
    database = try reader.database()
    schedule = try reader.schedule()
    let timeout = try reader.seconds("instagram.timeout")
    publishing = try reader.publishing(timeout: timeout.value)
    instagram = try reader.instagram(timeout: timeout.value)
    metrics = try reader.metrics()
    media = try reader.media(file: file.path)
    self.file = file.path
    let order = Dictionary(
      uniqueKeysWithValues: SettingKey.all.enumerated().map { ($0.element.name, $0.offset) }
    )
    provenance = reader.provenance.sorted { (order[$0.key] ?? 0) < (order[$1.key] ?? 0) }
  }
}
