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
    Migration(8, "accept_history", PackageResources._008_accept_history_sql),
    Migration(9, "remember_imports", PackageResources._009_remember_imports_sql),
    Migration(10, "find_owners", PackageResources._010_find_owners_sql),
  ]

  private init(_ version: Int, _ name: String, _ bytes: [UInt8]) {
    self.version = version
    self.name = name
    self.script = SQLText(embedded: bytes)
  }

  /// The file's name without extension, such as `0001_create_scheduling_posts`.
  public var fileName: String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
  }
}
