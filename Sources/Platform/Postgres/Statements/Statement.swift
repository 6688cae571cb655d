/// A statement as a type: its text, its bindings and what its rows mean.
public protocol Statement<Row>: Sendable {
  /// What one row becomes.
  associatedtype Row: Sendable

  /// The text, usually an embedded `.sql` file.
  static var sql: SQLText { get }

  /// The values of `$1`, `$2`, … in that order.
  var bindings: [SQLValue] { get }

  /// Reads one row.
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Row
}

extension Statement {
  /// No bindings.
  public var bindings: [SQLValue] { [] }
}

extension Statement where Row == Void {
  /// Reads nothing of a row that carries nothing.
  public static func decode(_ row: borrowing RowView) {}
}
