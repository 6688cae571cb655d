/// `text` as one line: line breaks and other control characters become spaces, and what is longer than
/// `limit` bytes of UTF-8 is cut with an ellipsis.
func oneLine(_ text: String, limit: Int) -> String {
  let line = String(
    String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 })
  )
  return shortened(line, limit: limit)
}

/// `text`, cut with an ellipsis between two characters when it has more than `limit` bytes of UTF-8.
///
/// - Precondition: `limit >= 3`, the length of the ellipsis.
func shortened(_ text: String, limit: Int) -> String {
  precondition(limit >= 3, "there must be room for an ellipsis")
  let bytes = text.utf8
  guard bytes.count > limit else { return text }
  var cut = bytes.index(bytes.startIndex, offsetBy: limit - 3)
  // A byte 10xxxxxx continues a character that the cut must not tear apart.
  while bytes[cut] & 0xC0 == 0x80 { cut = bytes.index(before: cut) }
  return text[..<cut] + "…"
}

/// C0, DEL, C1, and the two line separators of Unicode.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
  default: false
  }
}
