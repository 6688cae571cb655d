/// True when a libpq connection string carries a password, which belongs into a credential.
///
/// Both forms of PostgreSQL's manual, section 34.1.1, are recognised: `key = value` pairs, with quotes
/// and spaces around the equals sign, and URIs with a password after the user or in the query, percent-encoded
/// or not. In doubt the answer is yes.
public func containsPassword(_ connection: String) -> Bool {
  let lowercased = connection.lowercased()
  for scheme in ["postgresql://", "postgres://"] where lowercased.hasPrefix(scheme) {
    let rest = lowercased.dropFirst(scheme.count)
    // libpq looks for a password before the first @ of what precedes a slash, question marks included.
    let credentials = rest.prefix { $0 != "@" && $0 != "/" }
    if rest[credentials.endIndex...].first == "@", credentials.contains(":") { return true }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") { return true }
    // A question mark in the user's name begins no query; so each of them might.
    return rest.split { $0 == "?" || $0 == "&" }.contains {
      secretNames.contains(percentDecoded($0.prefix { $0 != "=" }))
    }
  }
  guard let keywords = keywords(of: lowercased) else { return lowercased.contains("password") }
  return keywords.contains { secretNames.contains($0) }
}

private let secretNames: Set<String> = ["password", "sslpassword"]

/// `text` with each `%41` as the letter that it stands for, in lower case.
private func percentDecoded(_ text: Substring) -> String {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    let digits = String(decoding: rest.prefix(2), as: UTF8.self)
    if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let code = UInt8(digits, radix: 16) {
      bytes.append(code)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self).lowercased()
}

/// The keywords of `key = value` pairs as libpq's `conninfo_parse` finds them; nil when it finds an error.
///
/// A quote counts only where a value begins, and a backslash only inside of values.
private func keywords(of connection: String) -> [String]? {
  let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
  var words: [String] = []
  var rest = Array(connection.utf8)[...].drop(while: isSpace)
  while !rest.isEmpty {
    let word = rest.prefix { $0 != UInt8(ascii: "=") && !isSpace($0) }
    words.append(String(decoding: word, as: UTF8.self))
    rest = rest[word.endIndex...].drop(while: isSpace)
    guard rest.popFirst() == UInt8(ascii: "=") else { return nil }
    rest = rest.drop(while: isSpace)
    let isQuoted = rest.first == UInt8(ascii: "'")
    if isQuoted { rest = rest.dropFirst() }
    var isClosed = !isQuoted
    while let byte = rest.first, isQuoted || !isSpace(byte) {
      rest = rest.dropFirst(byte == UInt8(ascii: "\\") ? 2 : 1)
      if isQuoted, byte == UInt8(ascii: "'") {
        isClosed = true
        break
      }
    }
    guard isClosed else { return nil }
    rest = rest.drop(while: isSpace)
  }
  return words
}
