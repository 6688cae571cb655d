// The text form of one-dimensional arrays: {1,NULL,"with, comma"}.
// The rules are PostgreSQL's: https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO

/// Writes and reads the text form of arrays.
enum SQLArray {
  /// Writes an array of `bigint`.
  static func text(_ elements: [Int64]) -> String {
    "{" + elements.map(String.init).joined(separator: ",") + "}"
  }

  /// Writes an array of `text`; every element is quoted, so that the word NULL stays a word.
  static func text(_ elements: [String?]) -> String {
    let quoted = elements.map { element in
      guard let element else { return "NULL" }
      var text = "\""
      for character in element.unicodeScalars {
        if character == "\"" || character == "\\" { text.append("\\") }
        text.unicodeScalars.append(character)
      }
      return text + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
  }

  /// Reads the elements of a one-dimensional array, nil for NULL; nested arrays are refused.
  static func elements(_ text: Span<UInt8>) throws(SQLDecodingFailure) -> [[UInt8]?] {
    var scanner = ByteScanner(text)
    guard scanner.skip("{") else { throw SQLDecodingFailure(wanted: "an array") }
    var elements: [[UInt8]?] = []
    if scanner.skip("}") {
      return try atEnd(scanner, elements)
    }
    while true {
      elements.append(try element(&scanner))
      if scanner.skip(",") { continue }
      guard scanner.skip("}") else { throw SQLDecodingFailure(wanted: "an array") }
      return try atEnd(scanner, elements)
    }
  }

  private static func atEnd(
    _ scanner: ByteScanner,
    _ elements: [[UInt8]?]
  ) throws(SQLDecodingFailure) -> [[UInt8]?] {
    guard scanner.isAtEnd else { throw SQLDecodingFailure(wanted: "an array") }
    return elements
  }

  private static func element(
    _ scanner: inout ByteScanner
  ) throws(SQLDecodingFailure) -> [UInt8]? {
    if scanner.skip("\"") { return try quoted(&scanner) }
    var bytes: [UInt8] = []
    while let byte = scanner.peek, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") {
      // The server escapes these in plain elements; bare, they mean a nested array or garbage.
      guard byte != UInt8(ascii: "{"), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
        throw SQLDecodingFailure(wanted: "a one-dimensional array")
      }
      bytes.append(byte)
      scanner.advance()
    }
    guard !bytes.isEmpty else { throw SQLDecodingFailure(wanted: "an array") }
    return bytes == Array("NULL".utf8) ? nil : bytes
  }

  private static func quoted(_ scanner: inout ByteScanner) throws(SQLDecodingFailure) -> [UInt8] {
    var bytes: [UInt8] = []
    while var byte = scanner.next() {
      if byte == UInt8(ascii: "\"") { return bytes }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = scanner.next() else { break }
        byte = escaped
      }
      bytes.append(byte)
    }
    throw SQLDecodingFailure(wanted: "an array")
  }
}

/// Steps through the bytes of a value.
struct ByteScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: Span<UInt8>) {
    bytes = Array(copying: text)
  }

  /// Whether nothing is left.
  var isAtEnd: Bool { position == bytes.count }

  /// The next byte, which stays.
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Steps over one byte.
  mutating func advance() { position += 1 }

  /// Takes the next byte.
  mutating func next() -> UInt8? {
    guard let byte = peek else { return nil }
    advance()
    return byte
  }

  /// Steps over `word`, if that comes next.
  mutating func skip(_ word: StaticString) -> Bool {
    let wanted = Array(word.description.utf8)
    guard bytes[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  /// Takes up to `limit` decimal digits; nil when there is none.
  mutating func digits(atMost limit: Int = 18) -> (value: Int64, count: Int)? {
    var value: Int64 = 0
    var count = 0
    while count < limit, let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      count += 1
      advance()
    }
    return count == 0 ? nil : (value, count)
  }

  /// Takes `.123` as microseconds; 0 when no fraction follows, nil when it is malformed.
  mutating func fractionInMicroseconds() -> Int64? {
    guard skip(".") else { return 0 }
    guard let fraction = digits(atMost: 6) else { return nil }
    var value = fraction.value
    for _ in fraction.count..<6 { value *= 10 }
    return value
  }
}

extension [UInt8] {
  /// Copies the bytes out of a borrowed span.
  init(copying span: Span<UInt8>) {
    self.init()
    reserveCapacity(span.count)
    for index in span.indices { append(span[index]) }
  }
}
