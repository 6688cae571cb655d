public import Postgres
public import Posts

/// Which media ids belong to rows.
public struct MediaStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Those of `ids` that a row has already.
  public func owned(among ids: [MediaID]) async throws(PostgresError) -> Set<MediaID> {
    guard !ids.isEmpty else { return [] }
    return Set(try await database.run(OwnedMedia(ids: ids)))
  }
}

struct OwnedMedia: Statement {
  static let sql = SQLText(embedded: PackageResources.owned_media_sql)
  let ids: [MediaID]
  var bindings: [SQLValue] { [.textArray(ids.map(\.rawValue))] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> MediaID {
    MediaID(rawValue: try row.decode("media", as: String.self))
  }
}
