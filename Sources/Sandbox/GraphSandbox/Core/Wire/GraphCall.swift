/// What a Graph call asks for; the raw values are the names that faults and the record use.
enum GraphOperation: String, Sendable, CaseIterable {
  case create
  case publish
  case status
  case limit
  case listMedia = "list_media"
  case listStories = "list_stories"
  case listChildren = "list_children"
  case readMedia = "read_media"
  case readAccount = "read_account"
  case deleteMedia = "delete_media"
  case me
  case debugToken = "debug_token"
  case refresh
  case exchange
  case other
}

/// One Graph call, its path and parameters understood.
struct GraphCall: Sendable {
  var number: Int = 0
  var surface: SandboxLogin
  /// `v26.0`, or nil for a call without a version.
  var version: String?
  var method: String
  var path: String
  /// The path after surface and version.
  var segments: [String]
  var parameters: Parameters
  /// The token, from the `Authorization` header or the parameter.
  var token: String?
  /// Whether the request had an `If-None-Match` header.
  var isConditional: Bool

  /// The object in the path; empty when the path names none.
  var id: String { segments.first ?? "" }

  /// The fields asked for; empty when none were.
  var fields: [FieldRequest] { FieldRequest.list(parameters["fields"] ?? "") }

  /// Understands a request, or answers nil when it is meant for neither surface.
  init?(_ request: SandboxRequest) {
    var segments = request.path.split(separator: "/").map { PercentCoding.decodePath($0) }
    if let first = segments.first, let named = SandboxLogin(rawValue: first) {
      surface = named
      segments.removeFirst()
    } else if let named = Self.surface(ofHost: request.header("host") ?? "") {
      surface = named
    } else {
      return nil
    }
    if let first = segments.first, Self.isVersion(first) {
      version = first
      segments.removeFirst()
    }
    method = request.method
    path = request.path
    self.segments = segments
    parameters = Parameters(of: request)
    isConditional = request.header("if-none-match") != nil
    let bearer = request.header("authorization").flatMap { value -> String? in
      let parts = value.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, ["bearer", "oauth"].contains(parts[0].lowercased()) else {
        return nil
      }
      return String(parts[1])
    }
    token = bearer ?? parameters["access_token"]
  }

  private static func surface(ofHost host: String) -> SandboxLogin? {
    switch host.prefix(while: { $0 != ":" }).lowercased() {
    case "graph.facebook.com": .facebook
    case "graph.instagram.com": .instagram
    default: nil
    }
  }

  /// Whether a segment has the form of a version, known or not.
  static func isVersion(_ segment: String) -> Bool {
    let parts = segment.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    return segment.hasPrefix("v") && parts.count == 2
      && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } }
  }
}

/// One name in `fields=`, with the names asked of it in braces.
struct FieldRequest: Sendable, Equatable {
  var name: String
  var nested: [FieldRequest] = []

  /// Reads `id,children{id,media_url},config`; modifiers such as `.limit(3)` are passed over.
  static func list(_ text: String) -> [FieldRequest] {
    var parts: [String] = [""]
    var depth = 0
    for character in text {
      if character == "{" || character == "(" { depth += 1 }
      if character == "}" || character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.map { String($0.trimmingSpaces) }.filter { !$0.isEmpty }.map { part in
      let name = String(part.prefix { $0 != "{" && $0 != "." && $0 != "(" })
      guard let open = part.firstIndex(of: "{"), part.last == "}" else {
        return FieldRequest(name: name)
      }
      return FieldRequest(
        name: name,
        nested: list(String(part[part.index(after: open)...].dropLast()))
      )
    }
  }
}
