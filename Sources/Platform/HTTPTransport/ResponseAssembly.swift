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
    let line = unsafe String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      // A status line: what came before belonged to an interim answer such as 100 Continue.
      headers = HTTPHeaders([])
    } else if let colon = line.firstIndex(of: ":"), colon != line.startIndex {
      let value = line[line.index(after: colon)...]
      headers.append(name: String(line[..<colon]), value: trimmed(value))
    }
    return true
  }

  private func trimmed(_ text: Substring) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
    let head = text.drop(while: isSpace)
    guard let last = head.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(head[...last])
  }
}
