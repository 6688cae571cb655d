import Configuration
import Yams

/// The parsed configuration file: swift-configuration's snapshot for the values, and for what that
/// leaves out (unknown keys, empty values, lines) a walk over the same text.
struct SettingsFile {
  let path: String
  /// The values; nil when the file holds none, which swift-configuration would refuse.
  let snapshot: YAMLSnapshot?
  /// The line of each key in the file, from 1.
  let lines: [String: Int]

  private static let sizeLimit = 1 << 20

  /// Reads and checks the file at `path`.
  static func load(_ path: String) throws(SettingsError) -> SettingsFile {
    switch SmallFile.read(path, limit: sizeLimit) {
    case .success(let file): return try parse(file.bytes, path: path)
    case .failure(let failure) where failure.isMissing: throw .missingFile(path)
    case .failure(let failure): throw .unreadableFile(path, failure.description)
    }
  }

  static func parse(_ bytes: [UInt8], path: String) throws(SettingsError) -> SettingsFile {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .syntax(path, line: nil, "it is not UTF-8 text")
    }
    guard let root = try root(of: text, path: path), !isNull(root) else {
      return SettingsFile(path: path, snapshot: nil, lines: [:])
    }
    guard let mapping = root.mapping else {
      throw .syntax(path, line: root.mark?.line, "it does not consist of 'key: value' lines")
    }
    var lines: [String: Int] = [:]
    try walk(mapping, prefix: "", path: path, into: &lines)
    let snapshot: YAMLSnapshot
    do {
      // Safety: looking at raw bytes is unsafe for types with padding; UInt8 has none.
      snapshot = try unsafe YAMLSnapshot(
        data: bytes.span.bytes,
        providerName: path,
        parsingOptions: .default
      )
    } catch {
      throw .syntax(path, line: nil, "its lists or values have a form that belfry does not know")
    }
    return SettingsFile(path: path, snapshot: snapshot, lines: lines)
  }

  private static func root(of text: String, path: String) throws(SettingsError) -> Node? {
    do {
      return try Parser(yaml: text).singleRoot()
    } catch let error as YamlError {
      // Not the error's own description: it quotes the file, which may hold what it should not.
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        throw .syntax(path, line: mark.line, problem)
      case .duplicatedKeysInMapping(let duplicates, let context):
        throw .duplicateKey(duplicates.first ?? "", file: path, line: context.mark.line)
      default: throw .syntax(path, line: nil, "it is not valid YAML")
      }
    } catch {
      throw .syntax(path, line: nil, "it is not valid YAML")
    }
  }

  private static func walk(
    _ mapping: Node.Mapping,
    prefix: String,
    path: String,
    into lines: inout [String: Int]
  ) throws(SettingsError) {
    for (keyNode, value) in mapping {
      let line = keyNode.mark?.line
      guard let part = keyNode.string else {
        throw .syntax(path, line: line, "a key is not a word")
      }
      let name = prefix + part
      if let key = SettingKey.byName[name] {
        guard key.isAvailable else { throw .unavailableS3(key: name, file: path, line: line) }
        guard value.mapping == nil else {
          throw .unknownKey(name + ".…", file: path, line: line)
        }
        guard !isNull(value) else { throw .emptyValue(name, file: path, line: line) }
        guard lines.updateValue(line ?? 0, forKey: name) == nil else {
          throw .duplicateKey(name, file: path, line: line)
        }
      } else if let section = value.mapping, !section.isEmpty {
        try walk(section, prefix: name + ".", path: path, into: &lines)
      } else if SettingKey.sections.contains(name) {
        // A section whose keys are all commented out is as good as none.
        guard isNull(value) || value.mapping != nil else {
          throw .sectionWithValue(name, file: path, line: line)
        }
      } else {
        throw .unknownKey(name, file: path, line: line)
      }
    }
  }

  /// True for a value that is left out, or spelt `~` or `null`.
  private static func isNull(_ node: Node) -> Bool {
    guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else {
      return false
    }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
