/// The answer of one transfer, as far as it has come.
struct ResponseAssembly {
  /// The largest body that is taken.
  let maximumBodyBytes: Int
  /// More header bytes than any sane server sends; libcurl of Debian 12 has no limit in total.
  static let maximumHeaderBytes = 256 << 10

  private(set) var headers = HTTPHeaders([])
  private(set) var body: [UInt8] = []
  private(set) var isTooLarge = false
  private var headerBytes = 0

  init(maximumBodyBytes: Int) {
    self.maximumBodyBytes = maximumBodyBytes
  }

  /// Takes a piece of the body; false when that would be too much.
  mutating func append(body bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= maximumBodyBytes - body.count else {
      isTooLarge = true
      return false
    }
    unsafe body.append(contentsOf: bytes)
    return true
  }

  /// Takes one complete header line, line end included; false when that would be too much.
  mutating func append(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
    headerBytes += bytes.count
    guard headerBytes <= Self.maximumHeaderBytes else {
      isTooLarge = true
      return false
    }
    let line = unsafe Array(bytes)
    if line.starts(with: "HTTP/".utf8) {
      // A status line: what came before belonged to an interim answer such as 100 Continue.
      headers = HTTPHeaders([])
    } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), colon != line.startIndex {
      headers.append(
        name: String(decoding: line[..<colon], as: UTF8.self),
        value: String(decoding: trimmed(line[(colon + 1)...]), as: UTF8.self)
      )
    }
    return true
  }

  /// `value` without the white space of RFC 9110 section 5.6.3 and without the line's end.
  ///
  /// By bytes, since a colon or a blank with a combining mark behind it is another character.
  private func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isSpace = { (byte: UInt8) in " \t\r\n".utf8.contains(byte) }
    let head = value.drop(while: isSpace)
    guard let last = head.lastIndex(where: { !isSpace($0) }) else { return [] }
    return head[...last]
  }
}
