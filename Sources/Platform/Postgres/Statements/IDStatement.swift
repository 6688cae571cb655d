/// A statement whose rows are one `bigint` column named `id`.
package protocol IDStatement: Statement where Row == Int64 {}

extension IDStatement {
  /// The id of a row.
  ///
  /// - Throws: `PostgresError` when the column is missing or no number.
  package static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int64 {
    try row.decode("id", as: Int64.self)
  }
}
