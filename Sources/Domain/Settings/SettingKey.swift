import Configuration

/// What a setting's text must be.
enum SettingKind: Sendable {
  case text
  case wholeNumber
  /// Seconds, with fractions if one likes.
  case seconds
  case flag
}

/// One key of the configuration: its name, its kind and its default.
///
/// This table is the only list of keys; the file's check, the environment's check, `belfry config` and
/// the documentation test all read it.
struct SettingKey: Sendable {
  /// The dotted name, as in the file.
  let name: String
  let kind: SettingKind
  /// The value in force when nobody sets one; nil for a value that has to come from somebody.
  let defaultText: String?
  /// False for keys of a later version: setting one is refused rather than ignored.
  let isAvailable: Bool

  private init(_ name: String, _ kind: SettingKind, _ text: String?, isAvailable: Bool = true) {
    self.name = name
    self.kind = kind
    defaultText = text
    self.isAvailable = isAvailable
  }

  /// The variable that overrides it: `publishing.max_in_flight` is `BELFRY_PUBLISHING_MAX_IN_FLIGHT`.
  var environmentName: String {
    Self.environmentPrefix + name.map { $0 == "." ? "_" : $0.uppercased() }.joined()
  }

  var components: [String] { name.split(separator: ".").map(String.init) }

  /// Every variable with this beginning is meant for us.
  static let environmentPrefix = "BELFRY_"

  /// Variables with this beginning belong to the test suites and are none of ours.
  static let testEnvironmentPrefix = "BELFRY_TEST_"

  /// All keys, in the order of the documentation.
  static let all: [SettingKey] = [
    SettingKey("database", .text, "dbname=belfry"),
    SettingKey("schedule.wake", .wholeNumber, "3600"),
    SettingKey("schedule.punctual", .flag, "true"),
    SettingKey("publishing.max_in_flight", .wholeNumber, "256"),
    SettingKey("publishing.lease", .seconds, "60"),
    SettingKey("publishing.heartbeat", .seconds, "15"),
    SettingKey("publishing.drain", .seconds, "30"),
    SettingKey("publishing.poll.first", .seconds, "3"),
    SettingKey("publishing.poll.cap", .seconds, "30"),
    SettingKey("publishing.poll.give_up", .seconds, "300"),
    SettingKey("publishing.reconcile.recheck", .seconds, "60"),
    SettingKey("publishing.reconcile.grace", .seconds, "600"),
    SettingKey("publishing.reconcile.give_up", .seconds, "86400"),
    SettingKey("instagram.version", .text, "v26.0"),
    SettingKey("instagram.timeout", .seconds, "30"),
    SettingKey("instagram.facebook_graph_url", .text, "https://graph.facebook.com"),
    SettingKey("instagram.instagram_graph_url", .text, "https://graph.instagram.com"),
    SettingKey("media.host", .text, "webroot"),
    SettingKey("media.photos", .text, "/var/lib/belfry/photos"),
    SettingKey("media.webroot.directory", .text, "/var/lib/belfry/public"),
    SettingKey("media.webroot.base_url", .text, nil),
    SettingKey("media.webroot.verify", .flag, "true"),
    SettingKey("metrics.file", .text, nil),
    SettingKey("media.s3.endpoint", .text, nil, isAvailable: false),
    SettingKey("media.s3.bucket", .text, nil, isAvailable: false),
    SettingKey("media.s3.region", .text, nil, isAvailable: false),
    SettingKey("media.s3.prefix", .text, nil, isAvailable: false),
    SettingKey("media.s3.path_style", .flag, nil, isAvailable: false),
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The names of all sections, `media` and `media.webroot` for example.
  static let sections: Set<String> = Set(
    all.flatMap { key in
      let components = key.components
      return (1..<components.count).map { components.prefix($0).joined(separator: ".") }
    }
  )
}
