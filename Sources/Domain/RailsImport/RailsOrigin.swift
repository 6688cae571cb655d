public import Postgres
import Schema

// The database of the Rails app that Belfry replaces. It is read once, whole, in one read-only transaction
// with one snapshot, so that a post never arrives without its photo; after that it is not asked again.
// A hundred thousand posts take some hundred megabytes for as long as the import lasts.

/// What an import brings over.
public enum RailsKind: String, Sendable, CaseIterable {
  /// A row of `personas`.
  case persona
  /// A row of `clusters`.
  case cluster
  /// A row of `photos`.
  case photo
  /// A row of `scheduling_posts`.
  case post

  /// Its table, in both databases.
  public var table: String {
    switch self {
    case .persona: "personas"
    case .cluster: "clusters"
    case .photo: "photos"
    case .post: "scheduling_posts"
    }
  }
}

/// All that was read from a Rails database.
public struct RailsData: Sendable {
  /// The database's name.
  public var database: String
  /// What `rails_imports` calls it.
  public var source: String
  var personas: [RailsPersona] = []
  var clusters: [RailsCluster] = []
  var photos: [RailsPhoto] = []
  var posts: [RailsPost] = []
  var files: [Int64: RailsFile] = [:]
  var scores: [Int64: Double] = [:]
  var strategyRows: [(table: String, rows: Int)] = []
}

struct RailsPersona: Sendable {
  let id: Int64
  let name: String?
  let created: PostgresTimestamp?
  let updated: PostgresTimestamp?
}

struct RailsCluster: Sendable {
  let id: Int64
  let name: String?
  let persona: Int64?
  let created: PostgresTimestamp?
  let updated: PostgresTimestamp?
}

struct RailsPhoto: Sendable {
  let id: Int64
  let path: String?
  let persona: Int64?
  let cluster: Int64?
  let created: PostgresTimestamp?
  let updated: PostgresTimestamp?
}

struct RailsFile: Sendable {
  let id: Int64
  let photo: Int64
  let key: String
  let service: String?
  let bytes: Int64?
}

struct RailsPost: Sendable {
  let id: Int64
  let photo: Int64?
  let persona: Int64?
  let cluster: Int64?
  let caption: String
  let status: String
  let media: String?
  let scheduled: PostgresTimestamp?
  let optimal: PostgresTimestamp?
  let posted: PostgresTimestamp?
  let created: PostgresTimestamp?
  let updated: PostgresTimestamp?
  let strategy: String?
  let hashtagsKind: String
  let hashtags: [String]
  let metadata: String
}

/// Reads a Rails database.
public struct RailsOrigin: Sendable {
  let database: Database

  /// Reads through `database`, whose role needs SELECT and nothing else.
  public init(_ database: Database) { self.database = database }

  /// Reads everything in one snapshot.
  ///
  /// - Parameter progress: hears how many rows of a table were read, after each page and at its end.
  /// - Throws: `SchemaError` when it is no Rails database of that app; `PostgresError`.
  public func read(
    progress: @Sendable (_ table: String, _ rows: Int, _ isDone: Bool) -> Void
  ) async throws -> RailsData {
    let options = TransactionOptions(
      isolation: .repeatableRead,
      isReadOnly: true,
      statementTimeout: .seconds(300)
    )
    do {
      return try await database.transaction(options) { transaction in
        try Self.readAll(transaction, progress)
      }
    } catch {
      throw error.cause ?? error
    }
  }

  private static func readAll(
    _ transaction: borrowing Transaction,
    _ progress: (String, Int, Bool) -> Void
  ) throws -> RailsData {
    let name = try transaction.run(RailsDatabaseName()).first ?? ""
    let tables = Set(try transaction.run(RailsTables()))
    try checkIsRails(name, tables)
    var data = RailsData(database: name, source: name)
    if tables.contains("ar_internal_metadata"),
      let birth = try transaction.run(RailsBirth()).first
    {
      data.source = birth
    }
    data.personas = try pages(transaction, "personas", progress, ReadRailsPersonas.init, \.id)
    data.photos = try pages(transaction, "photos", progress, ReadRailsPhotos.init, \.id)
    if tables.isSuperset(of: ["active_storage_attachments", "active_storage_blobs"]) {
      let files = try pages(transaction, "attached files", progress, ReadRailsFiles.init, \.id)
      // Replaced images leave their attachments behind; the newest one counts.
      for file in files { data.files[file.photo] = file }
    }
    if tables.contains("photo_analyses") {
      let scores = try pages(transaction, "photo_analyses", progress, ReadRailsScores.init, \.id)
      for score in scores { data.scores[score.photo] = score.value }
    }
    if tables.contains("clusters") {
      data.clusters = try pages(transaction, "clusters", progress, ReadRailsClusters.init, \.id)
    }
    data.posts = try pages(transaction, "scheduling_posts", progress, ReadRailsPosts.init, \.id)
    if tables.contains("content_strategy_states") {
      let rows = try transaction.run(CountRailsStrategyStates()).first ?? 0
      data.strategyRows.append(("content_strategy_states", rows))
    }
    if tables.contains("content_strategy_histories") {
      let rows = try transaction.run(CountRailsStrategyHistories()).first ?? 0
      data.strategyRows.append(("content_strategy_histories", rows))
    }
    return data
  }

  private static func checkIsRails(_ name: String, _ tables: Set<String>) throws(SchemaError) {
    if tables.contains("sealed_credentials") {
      throw SchemaError(
        message: "the database \(name) is a belfry database, not the Rails app's",
        hint: "Name the database that the Rails app used, as in its config/database.yml."
      )
    }
    let missing = ["personas", "photos", "scheduling_posts"].filter { !tables.contains($0) }
    guard missing.isEmpty else {
      throw SchemaError(
        message: "the database \(name) has no table \(missing.joined(separator: ", no "))",
        hint: "Name the database that the Rails app used, and a role that may read its tables."
      )
    }
  }

  private static func pages<S: Statement>(
    _ transaction: borrowing Transaction,
    _ table: String,
    _ progress: (String, Int, Bool) -> Void,
    _ page: (Int64, Int) -> S,
    _ id: (S.Row) -> Int64
  ) throws(PostgresError) -> [S.Row] {
    let limit = 2_000
    var all: [S.Row] = []
    var last = Int64.min
    while true {
      let rows = try transaction.run(page(last, limit))
      all += rows
      progress(table, all.count, rows.count < limit)
      guard rows.count == limit, let end = rows.last else { return all }
      last = id(end)
    }
  }
}
