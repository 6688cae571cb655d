/// Why a value did not decode; `RowView` adds the column.
public struct SQLDecodingFailure: Error {
  /// What the bytes should have been, such as "a bigint".
  public var wanted: String

  /// Names what the bytes should have been, with its article.
  public init(wanted: String) {
    self.wanted = wanted
  }
}

/// A Swift type that can be read from the text form of an SQL value.
public protocol SQLDecodable {
  /// Reads a value that is not NULL from its UTF-8 text.
  static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Self

  /// What NULL means; nil, the default, makes NULL an error.
  static func decodeNull() -> Self?

  /// Reads an array of this type. Only `UInt8` differs: an array of it is a `bytea`.
  static func decodeArray(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> [Self]
}

extension SQLDecodable {
  /// NULL is an error.
  public static func decodeNull() -> Self? { nil }

  /// Reads PostgreSQL's array form, one dimension deep.
  public static func decodeArray(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> [Self] {
    var values: [Self] = []
    for element in try SQLArray.elements(text) {
      if let element {
        values.append(try decode(sql: element.span))
      } else if let null = decodeNull() {
        values.append(null)
      } else {
        throw SQLDecodingFailure(wanted: "an array without NULL")
      }
    }
    return values
  }
}

extension SQLDecodable where Self: RawRepresentable, RawValue: SQLDecodable {
  /// Reads the raw value; one that has no case is an error.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Self {
    guard let value = Self(rawValue: try RawValue.decode(sql: text)) else {
      throw SQLDecodingFailure(wanted: "a value of \(Self.self)")
    }
    return value
  }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
  /// Reads the wrapped value.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Wrapped? {
    try Wrapped.decode(sql: text)
  }

  /// NULL is nil.
  public static func decodeNull() -> Wrapped?? { .some(nil) }
}

extension Array: SQLDecodable where Element: SQLDecodable {
  /// Reads an array, or a `bytea` for `[UInt8]`.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> [Element] {
    try Element.decodeArray(sql: text)
  }
}

extension String: SQLDecodable {
  /// Reads any type in its text form.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> String {
    do {
      return String(copying: try UTF8Span(validating: text))
    } catch {
      throw SQLDecodingFailure(wanted: "UTF-8 text")
    }
  }
}

extension Bool: SQLDecodable {
  /// Reads `t` or `f`.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Bool {
    if text.count == 1, text[0] == UInt8(ascii: "t") { return true }
    if text.count == 1, text[0] == UInt8(ascii: "f") { return false }
    throw SQLDecodingFailure(wanted: "a boolean")
  }
}

extension Int: SQLDecodable {
  /// Reads a whole number of up to 64 bits.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Int {
    try number(text, "a bigint")
  }
}

extension Int16: SQLDecodable {
  /// Reads a whole number of up to 16 bits.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Int16 {
    try number(text, "a smallint")
  }
}

extension Int32: SQLDecodable {
  /// Reads a whole number of up to 32 bits.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Int32 {
    try number(text, "an integer")
  }
}

extension Int64: SQLDecodable {
  /// Reads a whole number of up to 64 bits.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Int64 {
    try number(text, "a bigint")
  }
}

extension Double: SQLDecodable {
  /// Reads a `double precision`, `Infinity` and `NaN` included.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Double {
    guard let value = Double(try String.decode(sql: text)) else {
      throw SQLDecodingFailure(wanted: "a number")
    }
    return value
  }
}

extension UInt8: SQLDecodable {
  /// Reads a whole number from 0 to 255.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> UInt8 {
    try number(text, "a number from 0 to 255")
  }

  /// Reads a `bytea` in the hex form, `\x00ff`.
  public static func decodeArray(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> [UInt8] {
    let failure = SQLDecodingFailure(wanted: "a bytea in hex form")
    guard text.count >= 2, text.count.isMultiple(of: 2), text[0] == UInt8(ascii: "\\"),
      text[1] == UInt8(ascii: "x")
    else { throw failure }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2 - 1)
    for index in stride(from: 2, to: text.count, by: 2) {
      guard let high = nibble(text[index]), let low = nibble(text[index + 1]) else { throw failure }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

private func number<T: FixedWidthInteger>(
  _ text: Span<UInt8>,
  _ wanted: String
) throws(SQLDecodingFailure) -> T {
  guard let value = T(try String.decode(sql: text)) else {
    throw SQLDecodingFailure(wanted: wanted)
  }
  return value
}
