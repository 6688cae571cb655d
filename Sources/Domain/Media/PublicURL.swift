/// A URL that Meta may be given, taken apart just far enough to be sure of that.
///
/// Meta wants US-ASCII ("or the request will fail") and reaches it over the internet, so it must
/// be https. Plain http passes for this very machine only: the sandbox and the tests live there.
struct PublicURL: Equatable {
  let text: String
  let host: String
  let hasQueryOrFragment: Bool

  /// Checks `text`; `subject` is how messages call it, `code` what a refusal counts as.
  init(_ text: String, subject: String, code: MediaError.Code) throws(MediaError) {
    func refused(_ reason: String, _ hint: String) -> MediaError {
      MediaError(code, "\(subject) \(reason)", hint: hint)
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw refused(
        "holds a space or a character outside US-ASCII",
        "Percent-encode it, as in caf%C3%A9.jpg."
      )
    }
    guard let (scheme, rest) = Self.split(text) else {
      throw refused(
        "is not an https URL",
        "Write it in full, as in https://media.example.org/a.jpg."
      )
    }
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else {
      throw refused("carries a user name or password", "Leave out everything before the @.")
    }
    guard let host = Self.host(of: authority) else {
      throw refused("names no host", "Write it in full, as in https://media.example.org/a.jpg.")
    }
    guard scheme == "https" || Self.isLoopback(host) else {
      throw refused(
        "is not encrypted",
        "Serve it over https; plain http is accepted for 127.0.0.1 and localhost only."
      )
    }
    self.text = text
    self.host = host
    hasQueryOrFragment = rest.contains { $0 == "?" || $0 == "#" }
  }

  private static func split(_ text: String) -> (scheme: String, rest: Substring)? {
    for scheme in ["https", "http"] {
      let prefix = "\(scheme)://"
      if text.prefix(prefix.count).lowercased() == prefix {
        return (scheme, text.dropFirst(prefix.count))
      }
    }
    return nil
  }

  /// The host without its port, in lower case; nil when it or the port is malformed.
  private static func host(of authority: Substring) -> String? {
    let host: Substring
    let port: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[...end]
      port = authority[authority.index(after: end)...]
      let isAddressCharacter = { (c: Character) in c.isHexDigit || ":.".contains(c) }
      guard host.count > 2, host.dropFirst().dropLast().allSatisfy(isAddressCharacter) else {
        return nil
      }
    } else {
      host = authority.prefix { $0 != ":" }
      port = authority.dropFirst(host.count)
      let isHostCharacter = { (c: Character) in c.isLetter || c.isNumber || "-._".contains(c) }
      guard !host.isEmpty, host.allSatisfy(isHostCharacter) else { return nil }
    }
    if !port.isEmpty {
      let digits = port.dropFirst()
      // UInt16 would read "+80".
      guard port.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = UInt16(digits), number > 0
      else { return nil }
    }
    return host.lowercased()
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
