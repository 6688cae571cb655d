/// One header field.
struct HeaderField: Sendable, Equatable {
  var name: String
  var value: String
}

/// A whole HTTP request as the core sees it.
struct SandboxRequest: Sendable, Equatable {
  var method: String
  /// Path and query, as sent.
  var target: String
  var headers: [HeaderField] = []
  var body: [UInt8] = []

  /// The path, still percent-encoded.
  var path: String { String(target.prefix { $0 != "?" }) }

  /// What follows the first `?`; empty when there is none.
  var query: String {
    guard let mark = target.firstIndex(of: "?") else { return "" }
    return String(target[target.index(after: mark)...])
  }

  /// The first header of that name, whatever its case.
  func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// A whole HTTP answer; the length header is added when it is sent.
struct SandboxAnswer: Sendable, Equatable {
  var status: Int
  var headers: [HeaderField] = []
  var body: [UInt8] = []

  /// An answer with a JSON body.
  static func json(
    _ value: JSON,
    status: Int = 200,
    headers: [HeaderField] = []
  ) -> SandboxAnswer {
    let type = HeaderField(name: "Content-Type", value: "application/json; charset=UTF-8")
    return SandboxAnswer(status: status, headers: [type] + headers, body: value.bytes)
  }

  /// An answer with an HTML page.
  static func page(_ html: String, status: Int = 200) -> SandboxAnswer {
    let headers = [
      HeaderField(name: "Content-Type", value: "text/html; charset=UTF-8"),
      HeaderField(
        name: "Content-Security-Policy",
        value: "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
      ),
    ]
    return SandboxAnswer(status: status, headers: headers, body: Array(html.utf8))
  }
}

/// What happens on the connection once the answer is known.
enum Delivery: Sendable, Equatable {
  /// The answer, in full.
  case whole(SandboxAnswer)
  /// The head with the full length, half of the body, then the connection is cut.
  case half(SandboxAnswer)
  /// The connection is cut without a byte.
  case close
}
