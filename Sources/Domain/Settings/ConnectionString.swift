/// True when a libpq connection string carries a password, which belongs into a credential.
///
/// Both forms of PostgreSQL's manual, section 34.1.1, are recognised: `key = value` pairs, with quotes
/// and spaces around the equals sign, and URIs with a password after the user or in the query. In
/// unconfirmed the answer is yes.
public func containsPassword(_ connection: String) -> Bool {
  let lowercased = connection.lowercased()
  if lowercased.hasPrefix("postgresql://") || lowercased.hasPrefix("postgres://") {
    let rest = lowercased.dropFirst((lowercased.hasPrefix("postgres://") ? 11 : 13))
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") { return true }
    let query = rest.drop { $0 != "?" }.dropFirst()
    return query.split(separator: "&").contains {
      secretNames.contains(String($0.prefix { $0 != "=" }))
    }
  }
  return keywords(of: lowercased).contains { secretNames.contains($0) }
}

private let secretNames: Set<String> = ["password", "sslpassword"]

/// The words before the equals signs that are not inside quotes.
private func keywords(of connection: String) -> [String] {
  var words: [String] = []
  var word = ""
  var wordEnded = false
  var isQuoted = false
  var isEscaped = false
  for character in connection {
    if isEscaped {
      isEscaped = false
    } else if character == "\\" {
      isEscaped = true
    } else if character == "'" {
      isQuoted.toggle()
    } else if isQuoted {
      continue
    } else if character == "=" {
      words.append(word)
      word = ""
      wordEnded = false
    } else if character.isWhitespace {
      wordEnded = true
    } else {
      if wordEnded { word = "" }
      wordEnded = false
      word.append(character)
    }
  }
  return words
}
