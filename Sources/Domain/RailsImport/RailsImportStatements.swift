import FoundationEssentials
public import Postgres

/// A row to write; its properties are the columns that its statement reads from JSON.
protocol RailsRow: Encodable, Sendable {
  /// Its id in the Rails database.
  var originID: Int64 { get }
}

struct RailsPersonaRow: RailsRow {
  let originID: Int64
  let name: String
  let createdAt: String?
  let updatedAt: String?
}

struct RailsClusterRow: RailsRow {
  let originID: Int64
  let personaID: Int64
  let name: String
  let createdAt: String?
  let updatedAt: String?
}

struct RailsPhotoRow: RailsRow {
  let originID: Int64
  let personaID: Int64
  let clusterID: Int64?
  let path: String
  let score: Double?
  let createdAt: String?
  let updatedAt: String?
}

/// Where a row came to be.
struct RailsPlacement: Sendable {
  let originID: Int64
  let localID: Int64
  let isMatched: Bool
}

/// Writes rows and remembers where they came from.
protocol RailsWrite: Statement where Row == RailsPlacement {
  associatedtype Given: RailsRow
  var source: String { get }
  var json: String { get }
  init(source: String, json: String)
}

extension RailsWrite {
  var bindings: [SQLValue] { [.text(source), .json(json)] }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> RailsPlacement {
    RailsPlacement(
      originID: try row.decode("origin_id", as: Int64.self),
      localID: try row.decode("local_id", as: Int64.self),
      isMatched: try row.decode("is_matched", as: Bool.self)
    )
  }
}

struct WriteRailsPersonas: RailsWrite {
  typealias Given = RailsPersonaRow
  static let sql = SQLText(embedded: PackageResources.rails_write_personas_sql)
  let source: String
  let json: String
}

struct WriteRailsClusters: RailsWrite {
  typealias Given = RailsClusterRow
  static let sql = SQLText(embedded: PackageResources.rails_write_clusters_sql)
  let source: String
  let json: String
}

struct WriteRailsPhotos: RailsWrite {
  typealias Given = RailsPhotoRow
  static let sql = SQLText(embedded: PackageResources.rails_write_photos_sql)
  let source: String
  let json: String
}

struct WriteRailsPosts: RailsWrite {
  typealias Given = RailsPostRow
  static let sql = SQLText(embedded: PackageResources.rails_write_posts_sql)
  let source: String
  let json: String
}

struct LockRailsImports: Statement {
  static let sql = SQLText(embedded: PackageResources.rails_lock_sql)
  typealias Row = Void
}

struct RailsNow: Statement {
  static let sql = SQLText(embedded: PackageResources.rails_now_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> PostgresTimestamp {
    try row.decode("now", as: PostgresTimestamp.self)
  }
}

/// What an earlier import brought.
struct RailsKnown: Statement {
  struct Known: Sendable {
    let kind: RailsKind
    let originID: Int64
    let localID: Int64
    /// The row's `updated_at` there when it came.
    let originUpdated: PostgresTimestamp?
    /// Of a post that is still here.
    let status: String?
  }

  static let sql = SQLText(embedded: PackageResources.rails_known_sql)
  let source: String
  var bindings: [SQLValue] { [.text(source)] }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Known {
    Known(
      kind: try row.decode("kind", as: RailsKind.self),
      originID: try row.decode("origin_id", as: Int64.self),
      localID: try row.decode("local_id", as: Int64.self),
      originUpdated: try row.decode("origin_updated_at", as: PostgresTimestamp?.self),
      status: try row.decode("status", as: String?.self)
    )
  }
}

extension RailsKind: SQLDecodable {}

extension RailsRow {
  /// Rows as the JSON array that the statement takes.
  static func json(_ rows: some Collection<Self>) throws(PostgresError) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity",
      negativeInfinity: "-Infinity",
      nan: "NaN"
    )
    do {
      return String(decoding: try encoder.encode(Array(rows)), as: UTF8.self)
    } catch {
      throw PostgresError(.encoding(parameter: 2), "the rows have no JSON form: \(error)")
    }
  }
}

extension PostgresError {
  /// Whether the database refuses the row as it is, and would take others: a data exception (class 22), a
  /// constraint (23), something unsupported (0A), a trigger's own exception.
  var refusesRow: Bool {
    guard case .server(let state) = code else { return false }
    return ["22", "23", "0A"].contains(state.category) || state == .raiseException
  }
}
