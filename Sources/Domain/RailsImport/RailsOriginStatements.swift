import Postgres

// The statements that read a Rails database; see rails_personas.sql for how they live with its versions.

/// A page of rows by id: those after `$1`, `$2` at most.
protocol RailsPage: Statement {
  var after: Int64 { get }
  var limit: Int { get }
}

extension RailsPage {
  var bindings: [SQLValue] { [.int(after), .int(Int64(limit))] }
}

struct RailsDatabaseName: Statement {
  static let sql = SQLText(embedded: PackageResources.rails_database_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("name", as: String.self)
  }
}

struct RailsTables: Statement {
  static let sql = SQLText(embedded: PackageResources.rails_tables_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("name", as: String.self)
  }
}

struct RailsBirth: Statement {
  static let sql = SQLText(embedded: PackageResources.rails_birth_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("name", as: String.self)
  }
}

struct ReadRailsPersonas: RailsPage {
  static let sql = SQLText(embedded: PackageResources.rails_personas_sql)
  let after: Int64
  let limit: Int
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> RailsPersona {
    RailsPersona(
      id: try row.decode("id", as: Int64.self),
      name: try row.decode("name", as: String?.self),
      created: try row.decode("created_at", as: PostgresTimestamp?.self),
      updated: try row.decode("updated_at", as: PostgresTimestamp?.self)
    )
  }
}

struct ReadRailsClusters: RailsPage {
  static let sql = SQLText(embedded: PackageResources.rails_clusters_sql)
  let after: Int64
  let limit: Int
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> RailsCluster {
    RailsCluster(
      id: try row.decode("id", as: Int64.self),
      name: try row.decode("name", as: String?.self),
      persona: try row.decode("persona_id", as: Int64?.self),
      created: try row.decode("created_at", as: PostgresTimestamp?.self),
      updated: try row.decode("updated_at", as: PostgresTimestamp?.self)
    )
  }
}

struct ReadRailsPhotos: RailsPage {
  static let sql = SQLText(embedded: PackageResources.rails_photos_sql)
  let after: Int64
  let limit: Int
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> RailsPhoto {
    RailsPhoto(
      id: try row.decode("id", as: Int64.self),
      path: try row.decode("path", as: String?.self),
      persona: try row.decode("persona_id", as: Int64?.self),
      cluster: try row.decode("cluster_id", as: Int64?.self),
      created: try row.decode("created_at", as: PostgresTimestamp?.self),
      updated: try row.decode("updated_at", as: PostgresTimestamp?.self)
    )
  }
}

struct ReadRailsFiles: RailsPage {
  static let sql = SQLText(embedded: PackageResources.rails_attachments_sql)
  let after: Int64
  let limit: Int
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> RailsFile {
    RailsFile(
      id: try row.decode("id", as: Int64.self),
      photo: try row.decode("photo_id", as: Int64.self),
      key: try row.decode("key", as: String.self),
      service: try row.decode("service", as: String?.self),
      bytes: try row.decode("bytes", as: Int64?.self)
    )
  }
}

struct ReadRailsScores: RailsPage {
  static let sql = SQLText(embedded: PackageResources.rails_scores_sql)
  struct Score: Sendable {
    let id: Int64
    let photo: Int64
    let value: Double?
  }
  let after: Int64
  let limit: Int
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Score {
    Score(
      id: try row.decode("id", as: Int64.self),
      photo: try row.decode("photo_id", as: Int64.self),
      value: try row.decode("score", as: Double?.self)
    )
  }
}

struct ReadRailsPosts: RailsPage {
  static let sql = SQLText(embedded: PackageResources.rails_posts_sql)
  let after: Int64
  let limit: Int
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> RailsPost {
    RailsPost(
      id: try row.decode("id", as: Int64.self),
      photo: try row.decode("photo_id", as: Int64?.self),
      persona: try row.decode("persona_id", as: Int64?.self),
      cluster: try row.decode("cluster_id", as: Int64?.self),
      caption: try row.decode("caption", as: String.self),
      status: try row.decode("status", as: String.self),
      media: try row.decode("provider_post_id", as: String?.self),
      scheduled: try row.decode("scheduled_at", as: PostgresTimestamp?.self),
      optimal: try row.decode("optimal_time_calculated", as: PostgresTimestamp?.self),
      posted: try row.decode("posted_at", as: PostgresTimestamp?.self),
      created: try row.decode("created_at", as: PostgresTimestamp?.self),
      updated: try row.decode("updated_at", as: PostgresTimestamp?.self),
      strategy: try row.decode("strategy_name", as: String?.self),
      hashtagsKind: try row.decode("hashtags_kind", as: String.self),
      hashtags: try row.decode("hashtags", as: [String].self),
      metadata: try row.decode("caption_metadata", as: String.self)
    )
  }
}

struct CountRailsStrategyStates: Statement {
  static let sql = SQLText(embedded: PackageResources.rails_strategy_states_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int {
    try row.decode("rows", as: Int.self)
  }
}

struct CountRailsStrategyHistories: Statement {
  static let sql = SQLText(embedded: PackageResources.rails_strategy_histories_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int {
    try row.decode("rows", as: Int.self)
  }
}
