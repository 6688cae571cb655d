// The keys of the configuration, in the order of the documentation. After a change: make docs.

extension SettingKey {
  /// All keys.
  static let all: [SettingKey] =
    [
      SettingKey(
        "database",
        .text,
        default: "dbname=belfry",
        """
        A libpq connection string or URI, without a password. Several hosts make a failover: \
        `host=a,b dbname=belfry target_session_attrs=read-write`.
        """
      )
    ] + schedule + publishing + poll + reconcile + instagram + media + metrics + s3

  /// What each section is about.
  static let sectionMeanings = [
    "schedule": "When to look for due posts.",
    "publishing": "How posts are published.",
    "publishing.poll": "How often to ask Instagram whether a container is ready to be published.",
    "publishing.reconcile":
      "How to find out whether a post was published when the answer was lost.",
    "instagram": "How to reach the Graph API.",
    "media": "Where photos are, and how they become public while Instagram fetches them.",
    "media.webroot": "Public copies of photos in a directory that a web server shows.",
    "metrics": "Numbers for Prometheus.",
  ]

  private static let schedule = [
    SettingKey(
      "schedule.wake",
      .wholeNumber(1...Settings.secondsPerDay, .seconds),
      default: "3600",
      condition: "a divisor of \(Settings.secondsPerDay)",
      "The time between two wakes. They are aligned to the wall clock: 3600 is the top of every hour."
    ),
    SettingKey(
      "schedule.punctual",
      .flag,
      default: "true",
      "Whether to wake at the second a post is due, too."
    ),
  ]

  private static let publishing = [
    SettingKey(
      "publishing.max_in_flight",
      .wholeNumber(1...10_000, .posts),
      default: "256",
      "How many posts may be in flight at once."
    ),
    SettingKey(
      "publishing.lease",
      .seconds(0.3...3_600),
      default: "60",
      condition: """
        at least \(Settings.heartbeatsPerLease) times `publishing.heartbeat`, and at least `instagram.timeout` + \
        `publishing.heartbeat` + \(Settings.trustReserve.components.seconds)
        """,
      "When an instance has sent no heartbeat for this long, another instance takes over its posts."
    ),
    SettingKey(
      "publishing.heartbeat",
      .seconds(0.1...1_200),
      default: "15",
      "The time between two heartbeats of an instance."
    ),
    SettingKey(
      "publishing.drain",
      .seconds(1...3_600),
      default: "30",
      condition: "at least `instagram.timeout`",
      """
      How long posts in flight may take to finish after SIGTERM. `TimeoutStopSec=` of belfry.service must be \
      longer than this time and `instagram.timeout` together.
      """
    ),
  ]

  private static let poll = [
    SettingKey(
      "publishing.poll.first",
      .seconds(0.01...300),
      default: "3",
      "The first pause between two reads of a container's status."
    ),
    SettingKey(
      "publishing.poll.cap",
      .seconds(0.01...3_600),
      default: "30",
      condition: "at least `publishing.poll.first`",
      "The longest pause between two reads; pauses grow."
    ),
    SettingKey(
      "publishing.poll.give_up",
      .seconds(0.1...82_800),
      default: "300",
      condition: "at least `publishing.poll.cap`",
      "How long to wait for one container in all."
    ),
  ]

  private static let reconcile = [
    SettingKey(
      "publishing.reconcile.recheck",
      .seconds(0.01...3_600),
      default: "60",
      """
      The time between two reads of the container that must agree that the post is not published, and the first \
      pause between two checks.
      """
    ),
    SettingKey(
      "publishing.reconcile.grace",
      .seconds(0.01...86_400),
      default: "600",
      condition: "at least `publishing.reconcile.recheck`",
      """
      How long the account's list of media may lag: before this time, a post that is not in the list does not \
      count as not published.
      """
    ),
    SettingKey(
      "publishing.reconcile.give_up",
      .seconds(0.1...604_800),
      default: "86400",
      condition: "at least `publishing.reconcile.grace`",
      "How long to ask Instagram; afterwards the operator decides with `belfry resolve`."
    ),
  ]

  private static let instagram = [
    SettingKey(
      "instagram.version",
      .text,
      default: "v26.0",
      "The version of the Graph API."
    ),
    SettingKey(
      "instagram.timeout",
      .seconds(1...300),
      default: "30",
      "The time limit of one call."
    ),
    SettingKey(
      "instagram.facebook_graph_url",
      .text,
      default: "https://graph.facebook.com",
      "The address of the API for accounts that log in with Facebook; only tests and proxies change it."
    ),
    SettingKey(
      "instagram.instagram_graph_url",
      .text,
      default: "https://graph.instagram.com",
      "The address of the API for accounts that log in with Instagram; only tests and proxies change it."
    ),
  ]

  private static let media = [
    SettingKey(
      "media.host",
      .text,
      default: "webroot",
      condition: "`webroot` or `none`",
      """
      How photos become public while Instagram fetches them. With `none`, every photo has a public https address \
      of its own.
      """
    ),
    SettingKey(
      "media.photos",
      .text,
      default: "/var/lib/belfry/photos",
      condition: "an absolute path",
      "The directory in which relative paths of photos begin."
    ),
    SettingKey(
      "media.webroot.directory",
      .text,
      default: "/var/lib/belfry/public",
      condition: "an absolute path",
      "The directory that the web server shows."
    ),
    SettingKey(
      "media.webroot.base_url",
      .text,
      example: "https://media.example.org/",
      condition: "an address that ends in `/`",
      "The address at which the web server shows the directory. It must be set when `media.host` is `webroot`."
    ),
    SettingKey(
      "media.webroot.verify",
      .flag,
      default: "true",
      "Whether to fetch each photo back through that address before Instagram is told of it."
    ),
  ]

  private static let metrics = [
    SettingKey(
      "metrics.file",
      .text,
      example: "/var/lib/prometheus/node-exporter/belfry.prom",
      condition: "an absolute path that ends in `.prom`",
      """
      The file that node_exporter's textfile collector reads; the service must be able to write its directory. \
      Without this key no file is written. The metrics are listed in docs/metrics.md.
      """
    )
  ]

  private static let s3 = [
    SettingKey(unavailable: "media.s3.endpoint", .text),
    SettingKey(unavailable: "media.s3.bucket", .text),
    SettingKey(unavailable: "media.s3.region", .text),
    SettingKey(unavailable: "media.s3.prefix", .text),
    SettingKey(unavailable: "media.s3.path_style", .flag),
  ]
}
