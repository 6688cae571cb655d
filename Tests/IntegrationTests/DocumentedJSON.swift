import FoundationEssentials
import TestSupport
import Testing

/// The keys that `docs/json.md` gives for each command.
struct DocumentedJSON {
  /// Keys by `command` or `command/place`.
  private let keys: [String: Set<String>]

  init() throws {
    var keys: [String: Set<String>] = [:]
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let page = try String(contentsOfFile: "/\(root)/docs/json.md", encoding: .utf8)
    let list = page.split(separator: "## Keys by command").last ?? ""
    for item in list.split(separator: "\n- ").dropFirst() {
      let parts = item.split(separator: ": ", maxSplits: 1).map(String.init)
      try #require(parts.count == 2, "\(item)")
      let heads = Self.words(parts[0])
      let names = Set(Self.words(parts[1]))
      if parts[0].contains(", in ") {
        for place in heads.dropFirst() { keys["\(heads[0])/\(place)"] = names }
      } else {
        for command in heads { keys[command] = names }
      }
    }
    try #require(keys.count > 20)
    self.keys = keys
  }

  /// The commands that the page lists.
  var commands: Set<String> { Set(keys.keys.filter { !$0.contains("/") }) }

  /// Expects that a command printed JSON, and no key that the page does not give for it.
  func expect(_ printed: String, of command: String) throws {
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(printed.utf8))
    #expect(!value.objects.isEmpty, "\(command) printed no object: \(printed)")
    for object in value.objects { try expect(object, in: command) }
  }

  private func expect(_ object: [String: JSONValue], in place: String) throws {
    let documented = try #require(keys[place], "docs/json.md has no keys of \(place)")
    for (key, value) in object {
      #expect(documented.contains(key), "docs/json.md does not give \(key) for \(place)")
      // A map from states to numbers has no keys of its own.
      guard key != "new_posts" else { continue }
      for inner in value.objects { try expect(inner, in: "\(place)/\(key)") }
    }
  }

  private static func words(_ text: String) -> [String] {
    text.matches(of: /`([^`]+)`/).map { String($0.1) }
  }
}

/// A JSON value as far as its keys matter.
private enum JSONValue: Decodable {
  case object([String: JSONValue])
  case list([JSONValue])
  case scalar

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let object = try? container.decode([String: JSONValue].self) {
      self = .object(object)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .scalar
    }
  }

  /// The object itself, or those of the list.
  var objects: [[String: JSONValue]] {
    switch self {
    case .object(let object): [object]
    case .list(let list): list.flatMap(\.objects)
    case .scalar: []
    }
  }
}
