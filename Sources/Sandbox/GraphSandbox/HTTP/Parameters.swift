/// The parameters of one call, wherever they travelled: query, form, multipart or JSON body.
struct Parameters: Sendable, Equatable {
  /// Names and values in the order in which they arrived, the query first.
  private(set) var fields: [HeaderField] = []

  /// Collects the parameters of a request; a body of another content type holds none.
  init(of request: SandboxRequest) {
    fields = Self.form(request.query)
    let type = request.header("content-type") ?? ""
    let kind = type.prefix { $0 != ";" }.lowercased()
    switch kind {
    case "application/x-www-form-urlencoded":
      fields += Self.form(String(decoding: request.body, as: UTF8.self))
    case "application/json":
      fields += Self.json(request.body)
    case "multipart/form-data":
      fields += Multipart(contentType: type).fields(of: request.body)
    default:
      break
    }
  }

  /// The value of a parameter; the last one sent wins, so that a body overrides the query.
  subscript(name: String) -> String? { fields.last { $0.name == name }?.value }

  /// Whether the parameter was sent at all, even empty.
  func contains(_ name: String) -> Bool { fields.contains { $0.name == name } }

  /// The truth value of a parameter: `true` and `1` are true, everything else false.
  func flag(_ name: String) -> Bool {
    guard let value = self[name]?.lowercased() else { return false }
    return value == "true" || value == "1"
  }

  /// A list parameter, sent as a JSON array or separated by commas; empty when absent.
  func list(_ name: String) -> [String] {
    guard let value = self[name], !value.isEmpty else { return [] }
    if case .array(let elements)? = JSON(parsing: Array(value.utf8)) {
      return elements.map { $0.string ?? $0.text }
    }
    return value.split(separator: ",").map { String($0.trimmingSpaces) }
  }

  private static func form(_ text: String) -> [HeaderField] {
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return HeaderField(
        name: PercentCoding.decodeForm(parts[0]),
        value: parts.count > 1 ? PercentCoding.decodeForm(parts[1]) : ""
      )
    }
  }

  private static func json(_ body: [UInt8]) -> [HeaderField] {
    guard case .object(let members)? = JSON(parsing: body) else { return [] }
    return members.sorted { $0.key < $1.key }.map {
      HeaderField(name: $0.key, value: $0.value.string ?? $0.value.text)
    }
  }
}

/// Percent-encoding as URLs and HTML forms use it.
enum PercentCoding {
  /// Decodes one name or value of a form; malformed escapes stay as they are.
  static func decodeForm(_ text: some StringProtocol) -> String { decode(text, plusIsSpace: true) }

  /// Decodes one segment of a path.
  static func decodePath(_ text: some StringProtocol) -> String { decode(text, plusIsSpace: false) }

  /// Encodes everything but RFC 3986's unreserved characters.
  static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      let plain =
        byte < 0x80 && (Character(scalar).isLetter || Character(scalar).isNumber)
        || "-._~".utf8.contains(byte)
      if plain {
        result.unicodeScalars.append(scalar)
      } else {
        result.append("%")
        result.append(digits[Int(byte >> 4)])
        result.append(digits[Int(byte & 15)])
      }
    }
    return result
  }

  private static func decode(_ text: some StringProtocol, plusIsSpace: Bool) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = hex(bytes[index + 1]), let low = hex(bytes[index + 2])
      {
        result.append(high << 4 | low)
        index += 3
        continue
      }
      let isPlus = plusIsSpace && bytes[index] == UInt8(ascii: "+")
      result.append(isPlus ? UInt8(ascii: " ") : bytes[index])
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    UInt8(Character(Unicode.Scalar(byte)).hexDigitValue ?? 255) < 16
      ? UInt8(Character(Unicode.Scalar(byte)).hexDigitValue ?? 0) : nil
  }
}

/// The text fields of a `multipart/form-data` body (RFC 7578); files are not among them.
struct Multipart {
  private let boundary: [UInt8]

  init(contentType: String) {
    let parameter = contentType.split(separator: ";")
      .map { $0.trimmingSpaces }
      .first { $0.lowercased().hasPrefix("boundary=") }
    let value = parameter?.dropFirst("boundary=".count).filter { $0 != "\"" } ?? ""
    boundary = Array("--\(value)".utf8)
  }

  func fields(of body: [UInt8]) -> [HeaderField] {
    guard boundary.count > 2 else { return [] }
    // Each part stands between two boundaries; the text before the first is no part.
    return body[...].split(separator: boundary).dropFirst(body.starts(with: boundary) ? 0 : 1)
      .compactMap { part in
        let halves = part.split(separator: Array("\r\n\r\n".utf8), maxSplits: 1)
        guard halves.count == 2, let name = name(in: halves[0]) else { return nil }
        let value =
          halves[1].suffix(2) == Array("\r\n".utf8)[...] ? halves[1].dropLast(2) : halves[1]
        return HeaderField(name: name, value: String(decoding: value, as: UTF8.self))
      }
  }

  private func name(in head: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: head, as: UTF8.self)
    guard !text.lowercased().contains("filename="),
      let start = text.range(of: "name=\"")?.upperBound
    else { return nil }
    return String(text[start...].prefix { $0 != "\"" })
  }
}

extension StringProtocol {
  /// The text without spaces and tabs at its ends.
  var trimmingSpaces: SubSequence {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let start = firstIndex { !isSpace($0) } ?? endIndex
    let tail = self[start...]
    guard let last = tail.lastIndex(where: { !isSpace($0) }) else { return tail }
    return tail[...last]
  }

  /// The first place where `text` stands in this one.
  func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
