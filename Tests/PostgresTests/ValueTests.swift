import Postgres
import TestSupport
import Testing

private struct Everything: Statement {
  struct Row: Equatable, Sendable {
    var number: Int
    var small: Int32
    var flag: Bool
    var ratio: Double
    var words: String
    var bytes: [UInt8]
    var absent: String?
    var numbers: [Int64]
    var texts: [String?]
    var when: PostgresTimestamp
    var length: Duration
  }

  static let sql: SQLText = """
    SELECT $1::bigint AS number, $2::integer AS small, $3::boolean AS flag,
      $4::double precision AS ratio, $5::text AS words, $6::bytea AS bytes, $7::text AS absent,
      $8::bigint[] AS numbers, $9::text[] AS texts, $10::timestamptz AS "when",
      $11::interval AS length
    """
  var row: Row

  var bindings: [SQLValue] {
    [
      SQLValue(row.number), SQLValue(row.small), .bool(row.flag), .double(row.ratio),
      .text(row.words), .bytes(row.bytes), .optional(row.absent), .int8Array(row.numbers),
      .textArray(row.texts), .timestamp(row.when), .interval(row.length),
    ]
  }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Row {
    Row(
      number: try row.decode("number"),
      small: try row.decode("small"),
      flag: try row.decode("flag"),
      ratio: try row.decode("ratio"),
      words: try row.decode("words"),
      bytes: try row.decode("bytes"),
      absent: try row.decode("absent"),
      numbers: try row.decode("numbers"),
      texts: try row.decode("texts"),
      when: try row.decode("when"),
      length: try row.decode("length")
    )
  }
}

/// The text form of a timestamp, read by the server and printed by it.
private struct ReadTimestamp: Statement {
  static let sql: SQLText = """
    SELECT $1::text::timestamptz AS value, ($1::text::timestamptz = $2) AS same
    """
  var text: String
  var expected: Int64
  var bindings: [SQLValue] { [.text(text), .timestamp(PostgresTimestamp(microseconds: expected))] }

  static func decode(
    _ row: borrowing RowView
  ) throws(PostgresError) -> (PostgresTimestamp, Bool) {
    (try row.decode("value"), try row.decode("same"))
  }
}

private struct ReadInterval: Statement {
  static let sql: SQLText = "SELECT $1::text::interval AS value"
  var text: String
  var bindings: [SQLValue] { [.text(text)] }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Duration {
    try row.decode("value")
  }
}

private enum Colour: String { case red, green }

private struct ReadColours: Statement {
  static let sql: SQLText = "SELECT $1::text AS colour, $2::text AS other"
  var bindings: [SQLValue]

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> [Colour?] {
    let colour: Colour = try row.decode("colour")
    let other: Colour? = try row.decode("other")
    return [colour, other]
  }
}

@Suite("Values travel to the server and back", .temporaryDatabases, .timeLimit(.minutes(2)))
struct ValueTests {
  @Test("every kind of value comes back as it was sent", arguments: [true, false])
  func roundTrip(prepared: Bool) async throws {
    let connection = try await freshConnection(preparedStatements: prepared)
    let full = Everything.Row(
      number: .min,
      small: .max,
      flag: true,
      ratio: -0.1,
      words: "Grüße 🏰 'quoted' \"twice\" \\ \n $1 -- ; e\u{301}",
      bytes: Array(0...255),
      absent: nil,
      numbers: [.min, 0, .max],
      texts: ["", "a,b", "{x}", "NULL", nil, "q\"u\\o", "🏰"],
      when: PostgresTimestamp(microseconds: 1_777_638_896_123_456),
      length: .microseconds(-500_001)
    )
    let empty = Everything.Row(
      number: 0,
      small: 0,
      flag: false,
      ratio: .infinity,
      words: "",
      bytes: [],
      absent: "",
      numbers: [],
      texts: [],
      when: .infinity,
      length: .zero
    )
    for row in [full, empty] {
      #expect(try await connection.run(Everything(row: row)) == [row])
    }
  }

  @Test(
    "timestamps agree with the server's own calendar",
    arguments: [
      ("1970-01-01 00:00:00+00", 0), ("1969-12-31 23:59:59.999999+00", -1),
      ("2000-02-29 12:00:00+00", 951_825_600_000_000),
      ("2026-07-01 02:00+02", 1_782_864_000_000_000),
      ("0001-01-01 00:00:00+00", -62_135_596_800_000_000),
      ("0001-12-31 00:00:00+00 BC", -62_135_683_200_000_000),
      ("4714-11-24 00:00:00+00 BC", -210_866_803_200_000_000),
      ("12345-06-07 08:09:10.000011+00", 327_416_976_550_000_011),
      ("294247-01-10 04:00:54.775806+00", .max - 1), ("infinity", .max), ("-infinity", .min),
    ] as [(String, Int64)]
  )
  func timestamps(text: String, microseconds: Int64) async throws {
    let connection = try await freshConnection()
    let rows = try await connection.run(ReadTimestamp(text: text, expected: microseconds))
    let (value, isSame) = try #require(rows.first)
    #expect(value.microseconds == microseconds)
    #expect(isSame, "the server reads back what we write")
  }

  @Test(
    "a time that PostgreSQL has and 64 bits have not is an error, as is a day that no calendar has",
    arguments: [
      "294247-01-10 04:00:54.775807+00", "294247-01-10 04:00:54.999999+00",
      "294276-12-31 23:59:59.999999+00", "2026-02-30 00:00:00+00", "2100-02-29 00:00:00+00",
    ]
  )
  func impossibleTimestamps(text: String) {
    #expect(throws: SQLDecodingFailure.self) {
      try PostgresTimestamp.decode(sql: Array(text.utf8).span)
    }
  }

  @Test(
    "intervals of days or less become durations",
    arguments: [
      ("0", .zero), ("1.5 seconds", .milliseconds(1_500)), ("-0.25 seconds", .milliseconds(-250)),
      ("90 minutes", .seconds(5_400)), ("2 days 1 second", .seconds(172_801)),
      ("1 day -00:00:01", .seconds(86_399)),
    ] as [(String, Duration)]
  )
  func intervals(text: String, duration: Duration) async throws {
    let connection = try await freshConnection()
    #expect(try await connection.run(ReadInterval(text: text)) == [duration])
  }

  @Test("an interval of months has no length in seconds")
  func months() async throws {
    let connection = try await freshConnection()
    let error = try await failure { _ = try await connection.run(ReadInterval(text: "1 month")) }
    #expect(error.code == .decoding(column: "value"))
  }

  @Test("identifiers and enumerations are read through their raw values")
  func rawValues() async throws {
    let connection = try await freshConnection()
    let known = ReadColours(bindings: [SQLValue(Colour.red), .optional(nil as Colour?)])
    #expect(try await connection.run(known) == [[.red, nil]])
    let unknown = ReadColours(bindings: ["blue", nil])
    let error = try await failure { _ = try await connection.run(unknown) }
    #expect(error.code == .decoding(column: "colour"))
    #expect(error.message == "cannot read column 'colour': it is not a value of Colour")
  }

  @Test("a text with U+0000 is refused before it is sent, and the connection stays usable")
  func zeroByte() async throws {
    let connection = try await freshConnection()
    let error = try await failure { try await connection.execute("SELECT $1::text", ["a\0b"]) }
    #expect(error.code == .encoding(parameter: 1))
    #expect(!error.outcomeUnknown)
    #expect(try await connection.run(Ping()) == [1])
  }

  @Test("values are not shown by descriptions and dumps")
  func secrecy() {
    let value = SQLValue.text("secret")
    var dumped = ""
    dump(value, to: &dumped)
    #expect(!"\(value) \(String(reflecting: value)) \(dumped)".contains("secret"))
    let configuration = ConnectionConfiguration("password=secret", password: { "secret" })
    dump(configuration, to: &dumped)
    #expect(!"\(configuration) \(dumped)".contains("secret"))
  }
}

private struct WrongTypes: Statement {
  static let sql: SQLText = "SELECT NULL::bigint AS missing, 'forty' AS word, 300 AS large"

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> [PostgresError.Code] {
    var codes: [PostgresError.Code] = []
    do { _ = try row.decode("missing", as: Int.self) } catch { codes.append(error.code) }
    do { _ = try row.decode("word", as: Int64.self) } catch { codes.append(error.code) }
    do { _ = try row.decode("word", as: Bool.self) } catch { codes.append(error.code) }
    do { _ = try row.decode("word", as: Int?.self) } catch { codes.append(error.code) }
    do { _ = try row.decode("large", as: UInt8.self) } catch { codes.append(error.code) }
    do { _ = try row.decode("nowhere", as: Int.self) } catch { codes.append(error.code) }
    do { _ = try row.decode(9, as: Int.self) } catch { codes.append(error.code) }
    return codes
  }
}

private struct MissingNumber: NumberStatement {
  static let sql: SQLText = "SELECT NULL::bigint AS missing"
}

@Suite(
  "What cannot be read is an error and never nil",
  .temporaryDatabases,
  .timeLimit(.minutes(2))
)
struct DecodingTests {
  @Test("NULL, garbage and missing columns each name the column")
  func wrongTypes() async throws {
    let connection = try await freshConnection()
    let codes = try await connection.run(WrongTypes())
    let columns = ["missing", "word", "word", "word", "large", "nowhere", "9"]
    #expect(codes == [columns.map { .decoding(column: $0) }])
  }

  @Test("the error says what was found and what to do")
  func text() async throws {
    let connection = try await freshConnection()
    let error = try await failure { _ = try await connection.run(MissingNumber()) }
    #expect(
      error.description == """
        cannot read column 'missing': it is NULL
        HINT: The schema and this program disagree; check that both have the same version.
        """
    )
  }
}
