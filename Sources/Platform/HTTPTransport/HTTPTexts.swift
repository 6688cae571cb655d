/// Every sentence that this target can put before people.
enum HTTPTexts {
  static let flawedURL = "the url holds a space, a control character or a letter beyond ascii"
  static let flawedHeader = "a header holds a control character or has no proper name"
  static let notRepeated = "the connection ended before an answer; not sent a second time"
  static let brokenLoop = "libcurl's event loop failed"

  static func noStart(_ sentence: String) -> String {
    "cannot start the http transport: \(lowercasedFirst(sentence))"
  }

  static func message(_ request: HTTPRequest, because reason: String) -> String {
    "\(request.method.rawValue) \(redactedURL(request.url)): \(reason)"
  }

  static func tooLarge(_ limit: Int) -> String {
    "the answer is larger than \(limit) bytes"
  }

  static func abandoned(_ code: HTTPError.Code) -> String {
    switch code {
    case .cancelled: "cancelled"
    case .withheld: "held back right before it was sent"
    case .shutDown: "the http transport is shut down"
    default: brokenLoop
    }
  }

  /// libcurl's own words, unless they could show what the caller's URL hides.
  static func detail(_ text: String, sentence: String, request: HTTPRequest) -> String {
    let isOneLine = text.utf8.allSatisfy { $0 >= 0x20 }
    let query = request.url.drop { $0 != "?" }.dropFirst()
    let leaks = text.contains("?") || !query.isEmpty && text.contains(query)
    let words = text.isEmpty || !isOneLine || leaks ? sentence : text
    return lowercasedFirst(String(words.prefix(240)))
  }

  /// `text` with a small first letter, unless it begins with an abbreviation such as SSL.
  private static func lowercasedFirst(_ text: String) -> String {
    let second = text.dropFirst().first
    guard second?.isUppercase != true else { return text }
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
