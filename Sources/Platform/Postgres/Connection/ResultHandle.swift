import CLibPQ

/// Owns one `PGresult`.
///
/// Safety: the pointer is made by libpq, never null, never leaves this file's types, and is freed once,
/// in `deinit`; every access borrows `self`. A result is independent of its connection.
@safe struct ResultHandle: ~Copyable {
  enum Outcome {
    case success, failure, copy
  }

  private let result: OpaquePointer

  init(adopting result: OpaquePointer) {
    unsafe self.result = result
  }

  deinit {
    unsafe PQclear(result)
  }

  /// What the server answered.
  var outcome: Outcome {
    switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY: .success
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: .copy
    default: .failure
    }
  }

  /// The command tag, such as `UPDATE 3` or `ROLLBACK`.
  var commandTag: String {
    guard let tag = unsafe PQcmdStatus(result) else { return "" }
    return unsafe String(cString: tag)
  }

  /// How many rows the command changed or returned; 0 for commands that count none.
  var affectedRows: Int {
    guard let count = unsafe PQcmdTuples(result) else { return 0 }
    return Int(unsafe String(cString: count)) ?? 0
  }

  /// Reads every row with `decode`.
  borrowing func rows<Row>(
    _ decode: (borrowing RowView) throws(PostgresError) -> Row
  ) throws(PostgresError) -> [Row] {
    let columnCount = unsafe PQnfields(result)
    let columns = ResultColumns(
      (0..<columnCount).map { index in
        guard let name = unsafe PQfname(result, index) else { return "" }
        return unsafe String(cString: name)
      }
    )
    var rows: [Row] = []
    let count = unsafe PQntuples(result)
    rows.reserveCapacity(Int(count))
    for index in 0..<count {
      rows.append(try decode(unsafe RowView(result: result, row: index, columns: columns)))
    }
    return rows
  }

  /// The server's report as an error.
  func error(statement: SQLText) -> PostgresError {
    let state = SQLState(rawValue: field(CLIBPQ_DIAG_SQLSTATE) ?? "")
    var error = PostgresError(
      .server(state),
      field(CLIBPQ_DIAG_MESSAGE) ?? wholeMessage,
      hint: field(CLIBPQ_DIAG_HINT) ?? PostgresError.hint(for: state),
      statement: statement.text
    )
    error.sqlState = state.rawValue.isEmpty ? nil : state
    error.severity = field(CLIBPQ_DIAG_SEVERITY)
    error.detail = field(CLIBPQ_DIAG_DETAIL)
    error.constraint = field(CLIBPQ_DIAG_CONSTRAINT)
    error.table = field(CLIBPQ_DIAG_TABLE)
    error.column = field(CLIBPQ_DIAG_COLUMN)
    error.context = field(CLIBPQ_DIAG_CONTEXT)
    error.position = field(CLIBPQ_DIAG_POSITION).flatMap { Int($0) }
    return error
  }

  /// The server's report as a notice.
  static func notice(borrowing result: OpaquePointer) -> PostgresNotice {
    PostgresNotice(
      severity: unsafe field(result, CLIBPQ_DIAG_SEVERITY) ?? "NOTICE",
      sqlState: unsafe field(result, CLIBPQ_DIAG_SQLSTATE).map(SQLState.init(rawValue:)),
      message: unsafe field(result, CLIBPQ_DIAG_MESSAGE) ?? "",
      hint: unsafe field(result, CLIBPQ_DIAG_HINT)
    )
  }

  private var wholeMessage: String {
    guard let message = unsafe PQresultErrorMessage(result) else { return "" }
    return unsafe String(cString: message)
  }

  private func field(_ code: Int32) -> String? {
    unsafe Self.field(result, code)
  }

  private static func field(_ result: OpaquePointer, _ code: Int32) -> String? {
    guard let text = unsafe PQresultErrorField(result, code) else { return nil }
    return unsafe String(cString: text)
  }
}

/// The column names of a result and where they stand.
struct ResultColumns {
  let names: [String]
  private let positions: [String: Int]

  init(_ names: [String]) {
    self.names = names
    // Of two columns with one name the first is found, as in PQfnumber.
    positions = Dictionary(
      names.enumerated().map { ($1, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  func position(of name: String) -> Int? { positions[name] }
}

/// One row, readable while `Statement.decode` runs.
///
/// Safety: it points into a `ResultHandle` that is borrowed during that call. It cannot be copied and
/// is only ever lent, so it cannot outlive the call.
@safe public struct RowView: ~Copyable {
  private let result: OpaquePointer
  private let row: Int32
  private let columns: ResultColumns

  init(result: OpaquePointer, row: Int32, columns: ResultColumns) {
    unsafe self.result = result
    self.row = row
    self.columns = columns
  }

  /// Reads a column by name; NULL or another type is an error that names the column.
  public func decode<T: SQLDecodable>(
    _ column: String,
    as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    guard let position = columns.position(of: column) else {
      throw .decoding(column: column, "the result has no such column")
    }
    return try decode(position, as: type)
  }

  /// Reads a column by position, counted from 0.
  public func decode<T: SQLDecodable>(
    _ position: Int,
    as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    guard columns.names.indices.contains(position) else {
      throw .decoding(
        column: String(position),
        "the result has only \(columns.names.count) columns"
      )
    }
    let name = columns.names[position]
    let field = Int32(position)
    guard unsafe PQgetisnull(result, row, field) == 0,
      let start = unsafe PQgetvalue(result, row, field)
    else {
      guard let null = T.decodeNull() else { throw .decoding(column: name, "it is NULL") }
      return null
    }
    let count = Int(unsafe PQgetlength(result, row, field))
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
    do {
      return try T.decode(sql: unsafe bytes.bindMemory(to: UInt8.self).span)
    } catch {
      // The value itself stays out of the message: it may be a secret.
      throw .decoding(column: name, "its \(count) bytes are not \(error.wanted)")
    }
  }

  /// Reads an identifier or enumeration through its raw value.
  @_disfavoredOverload
  public func decode<T: RawRepresentable>(
    _ column: String,
    as type: T.Type = T.self
  ) throws(PostgresError) -> T where T.RawValue: SQLDecodable {
    try wrap(try decode(column, as: T.RawValue.self), column)
  }

  /// Reads an identifier or enumeration that may be NULL.
  @_disfavoredOverload
  public func decode<T: RawRepresentable>(
    _ column: String,
    as type: T?.Type = T?.self
  ) throws(PostgresError) -> T? where T.RawValue: SQLDecodable {
    guard let raw = try decode(column, as: T.RawValue?.self) else { return nil }
    return try wrap(raw, column) as T
  }

  private func wrap<T: RawRepresentable>(
    _ raw: T.RawValue,
    _ column: String
  ) throws(PostgresError) -> T {
    guard let value = T(rawValue: raw) else {
      throw .decoding(column: column, "it is not a value of \(T.self)")
    }
    return value
  }
}
