// PostgreSQL keeps every character but U+0000, in text and in jsonb. What the platform or a file system
// wrote into a message must not keep an outcome from being recorded, so that one is replaced.

extension String {
  /// The text with U+FFFD for each U+0000.
  package var storable: String {
    guard utf8.contains(0) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
  }

  /// The text of a JSON document with the escape of U+FFFD for each escape of U+0000.
  package init(storableJSON json: [UInt8]) {
    let null = Array(#"\u0000"#.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.count)
    var rest = json[...]
    while let next = rest.first {
      if rest.starts(with: null) {
        bytes += Array(#"\ufffd"#.utf8)
        rest = rest.dropFirst(null.count)
      } else {
        // An escape is copied as a whole: the backslash of \\u0000 begins none.
        let length = next == UInt8(ascii: "\\") ? 2 : 1
        bytes += rest.prefix(length)
        rest = rest.dropFirst(length)
      }
    }
    self.init(decoding: bytes, as: UTF8.self)
  }
}
