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
    Migration(1, "personas_photos_posts", PackageResources._001_personas_photos_posts_sql),
    Migration(2, "leases_and_logs", PackageResources._002_leases_and_logs_sql),
    Migration(3, "rules_for_posts", PackageResources._003_rules_for_posts_sql),
    Migration(4, "names_times_and_answers", PackageResources._004_names_times_and_answers_sql),
    Migration(5, "keys_and_inbox", PackageResources._005_keys_and_inbox_sql),
    Migration(6, "verbs", PackageResources._006_verbs_sql),
    Migration(7, "views", PackageResources._007_views_sql),
    Migration(8, "roles", PackageResources._008_roles_sql),
  ]

  /// Describes a migration; those that are shipped are in `all`.
  public init(version: Int, name: String, script: SQLText) {
    self.version = version
    self.name = name
    self.script = script
  }

  private init(_ version: Int, _ name: String, _ bytes: [UInt8]) {
    self.init(version: version, name: name, script: SQLText(embedded: bytes))
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

  /// The file's name without extension, such as `0001_personas_photos_posts`.
  public var fileName: String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
  }
}
