public import Postgres

/// One numbered change of the schema, as shipped.
public struct Migration: Hashable, Sendable {
  /// Its number; migrations are applied in this order, and never changed once released.
  public let version: Int
  /// Its file's name without number and extension.
  public let name: String
  /// Its SQL.
  public let script: SQLText

  /// Every migration that this build knows, in order; the files are in `db/migrations`.
  public static let all: [Migration] = [
    Migration(1, "create_scheduling_posts", PackageResources._001_create_scheduling_posts_sql),
    Migration(
      2,
      "track_clusters_and_strategies",
      PackageResources._002_track_clusters_and_strategies_sql
    ),
    Migration(3, "add_caption_metadata", PackageResources._003_add_caption_metadata_sql),
    Migration(4, "add_leases_and_step_log", PackageResources._004_add_leases_and_step_log_sql),
    Migration(5, "seal_credentials", PackageResources._005_seal_credentials_sql),
    Migration(6, "guard_transitions", PackageResources._006_guard_transitions_sql),
    Migration(
      7,
      "reconcile_unconfirmed_posts",
      PackageResources._007_reconcile_unconfirmed_posts_sql
    ),
    Migration(8, "index_unsettled_posts", PackageResources._008_index_unsettled_posts_sql),
    Migration(
      9,
      "refuse_what_cannot_be_published",
      PackageResources._009_refuse_what_cannot_be_published_sql
    ),
    Migration(
      10,
      "queue_with_names_and_times",
      PackageResources._010_queue_with_names_and_times_sql
    ),
    Migration(11, "keep_an_audit_trail", PackageResources._011_keep_an_audit_trail_sql),
    Migration(12, "act_with_functions", PackageResources._012_act_with_functions_sql),
    Migration(13, "answer_with_views", PackageResources._013_answer_with_views_sql),
    Migration(14, "grant_least_privilege", PackageResources._014_grant_least_privilege_sql),
    Migration(15, "comment_every_column", PackageResources._015_comment_every_column_sql),
    Migration(16, "remember_imports", PackageResources._016_remember_imports_sql),
    Migration(17, "find_owners", PackageResources._017_find_owners_sql),
  ]

  private init(_ version: Int, _ name: String, _ bytes: [UInt8]) {
    self.version = version
    self.name = name
    self.script = SQLText(embedded: bytes)
  }

  /// Whether it runs statement by statement outside of a transaction, because it builds an index of a table that is
  /// written meanwhile; its first line says so, and each of its statements may be repeated.
  var isOnline: Bool { script.text.hasPrefix("-- Online:") }

  /// The statements of an online migration; each ends a line with its semicolon.
  var statements: [SQLText] {
    var statements: [SQLText] = []
    var lines: [Substring] = []
    for line in script.text.split(separator: "\n") where !line.hasPrefix("--") {
      lines.append(line)
      guard line.hasSuffix(";") else { continue }
      statements.append(SQLText(embedded: [UInt8](lines.joined(separator: "\n").utf8)))
      lines = []
    }
    return statements
  }

  /// The file's name without extension, such as `0001_create_scheduling_posts`.
  public var fileName: String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
  }
}
