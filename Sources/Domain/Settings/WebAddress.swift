/// An http or https address, checked as far as its form goes.
///
/// Stricter than RFC 3986 on purpose: no user, no query, no fragment, ASCII only (an international
/// host is written in its `xn--` form). Plain http is for the loopback alone.
public struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  /// The address as text; the host in lower case.
  public let text: String
  /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
  public let host: String
  /// True when the address stays on this machine, and http is therefore allowed.
  public let isLoopback: Bool

  /// The address as text.
  public var description: String { text }

  /// Reads `text`, or says what is wrong with it, in words that follow "the value …".
  static func parse(_ text: String) -> Result<WebAddress, Problem> {
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return .failure("is not plain ASCII without spaces")
    }
    guard let separator = text.firstRange(of: "://") else {
      return .failure("does not begin with https://")
    }
    let scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else {
      return .failure("does not begin with https://")
    }
    let rest = text[separator.upperBound...]
    guard !rest.contains(where: { "?#@\\".contains($0) }) else {
      return .failure("contains '?', '#', '@' or a backslash")
    }
    let authority = rest.prefix { $0 != "/" }
    guard let host = hostName(of: authority) else { return .failure("has no valid host") }
    let isLoopback = isLoopback(host)
    guard scheme == "https" || isLoopback else {
      return .failure("must begin with https:// (http is for this machine only)")
    }
    let path = rest.dropFirst(authority.count)
    guard !path.contains("//"), !path.split(separator: "/").contains("..") else {
      return .failure("has an empty or '..' part in its path")
    }
    let normal = scheme + "://" + authority.lowercased() + path
    return .success(WebAddress(text: normal, host: host, isLoopback: isLoopback))
  }

  /// The same address without one slash at its end.
  var withoutFinalSlash: WebAddress {
    guard text.hasSuffix("/") else { return self }
    return WebAddress(text: String(text.dropLast()), host: host, isLoopback: isLoopback)
  }

  /// What is wrong with an address.
  struct Problem: Error, ExpressibleByStringLiteral {
    let text: String
    init(stringLiteral text: String) { self.text = text }
  }

  private static func hostName(of authority: Substring) -> String? {
    var host = authority
    // In an IPv6 address the colons before the bracket are not the port's.
    let searchStart = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[searchStart...].firstIndex(of: ":") {
      let digits = authority[authority.index(after: colon)...]
      // UInt16 would read "+80".
      guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits),
        port > 0
      else { return nil }
      host = authority[..<colon]
    }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    let allowed = isBracketed ? "0123456789abcdefABCDEF:." : nameCharacters
    let inner = isBracketed ? host.dropFirst().dropLast() : host
    guard !inner.isEmpty, inner.allSatisfy({ allowed.contains($0) }) else { return nil }
    return host.lowercased()
  }

  private static let nameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let octets = host.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
  }
}
