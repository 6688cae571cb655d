import Configuration

/// Reads keys from the environment, then the file, then the defaults, and notes where each came from.
///
/// swift-configuration's `ConfigReader` answers the first provider's value, but treats a value of the
/// wrong type like a missing one and does not say which provider spoke. So its snapshots are asked one
/// after the other here: first for text, which tells who has the key, then for the type.
struct SettingsReader {
  private let file: SettingsFile
  private let environment: any ConfigSnapshot
  private let defaults: any ConfigSnapshot
  private(set) var provenance: [SettingValue] = []

  init(file: SettingsFile, environment: [String: String]) throws(SettingsError) {
    self.file = file
    try Self.check(environment)
    self.environment = EnvironmentVariablesProvider(environmentVariables: environment).snapshot()
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for key in SettingKey.all {
      guard let content = key.defaultContent else { continue }
      values[AbsoluteConfigKey(key.components)] = ConfigValue(content, isSecret: false)
    }
    defaults = InMemoryProvider(name: "defaults", values: values).snapshot()
  }

  /// A key's text, not empty; nil when it has no default and nobody set it.
  mutating func optionalText(_ name: String) throws(SettingsError) -> Sourced<String>? {
    guard let content = try value(name), case .string(let text) = content.value else { return nil }
    guard !text.isEmpty else { throw invalid(content, text, "is empty") }
    return content.map(text)
  }

  /// A key's text, not empty.
  mutating func text(_ name: String) throws(SettingsError) -> Sourced<String> {
    guard let text = try optionalText(name) else { preconditionFailure("\(name) has no default") }
    return text
  }

  /// A key's whole number within the range of its kind.
  mutating func number(_ name: String) throws(SettingsError) -> Sourced<Int> {
    guard let content = try value(name), case .int(let number) = content.value,
      case .wholeNumber(let range, _) = content.key.kind
    else { preconditionFailure("\(name) is a whole number with a default") }
    guard range.contains(number) else {
      let bounds = "\(range.lowerBound) to \(range.upperBound)"
      throw invalid(content, "\(number)", "is not in the range \(bounds)")
    }
    return content.map(number)
  }

  /// A key's time within the range of its kind, given in seconds.
  mutating func seconds(_ name: String) throws(SettingsError) -> Sourced<Duration> {
    guard let content = try value(name), case .double(let seconds) = content.value,
      case .seconds(let range) = content.key.kind
    else { preconditionFailure("\(name) is a number of seconds with a default") }
    guard range.contains(seconds) else {
      let bounds = "\(plain(range.lowerBound)) to \(plain(range.upperBound)) seconds"
      throw invalid(content, plain(seconds), "is not in the range \(bounds)")
    }
    return content.map(.milliseconds(Int64((seconds * 1000).rounded())))
  }

  /// A key's yes or no.
  mutating func flag(_ name: String) throws(SettingsError) -> Bool {
    guard let content = try value(name), case .bool(let flag) = content.value else {
      preconditionFailure("\(name) is a flag with a default")
    }
    return flag
  }

  /// The error that `value`, whose text is `text`, "`problem`".
  ///
  /// - Parameter hint: what to do; nil for the general advice.
  func invalid<Value>(
    _ value: Sourced<Value>,
    _ text: String,
    _ problem: String,
    hint: String? = nil
  ) -> SettingsError {
    let subject =
      switch value.source {
      case .file: "cannot read \(file.path): the key '\(value.key.name)'"
      case .environment: "the environment variable \(value.key.environmentName)"
      case .default: "the default of '\(value.key.name)'"
      }
    let shown = text.isEmpty ? "" : " is '\(text.prefix(80))', which"
    let isFile = value.source == .file
    return SettingsError(
      .invalidValue,
      key: value.key.name,
      file: isFile ? file.path : nil,
      line: isFile ? file.lines[value.key.name] : nil,
      message: "\(subject)\(shown) \(problem)",
      hint: hint ?? "Its meaning and range are described in belfry.yaml(5)."
    )
  }

  /// Refuses variables that look like ours and are not.
  private static func check(_ environment: [String: String]) throws(SettingsError) {
    let known = Dictionary(uniqueKeysWithValues: SettingKey.all.map { ($0.environmentName, $0) })
    for name in environment.keys.sorted() where name.hasPrefix(SettingKey.environmentPrefix) {
      if name.hasPrefix(SettingKey.testEnvironmentPrefix) { continue }
      guard let key = known[name] else { throw .unknownVariable(name) }
      guard key.isAvailable else { throw .unavailableS3(key: name, file: nil, line: nil) }
    }
  }

  /// The value of `name` in force, in its own type; notes where it came from.
  private mutating func value(_ name: String) throws(SettingsError) -> Sourced<ConfigContent>? {
    guard let key = SettingKey.byName[name] else { preconditionFailure("\(name) is not a key") }
    let inEnvironment = AbsoluteConfigKey(["belfry"] + key.components)
    if let value = try value(key, as: inEnvironment, from: environment, .environment) {
      return value
    }
    let plainKey = AbsoluteConfigKey(key.components)
    if let snapshot = file.snapshot, let value = try value(key, as: plainKey, from: snapshot, .file)
    {
      return value
    }
    note(key, key.defaultText, .default)
    guard let content = try? defaults.value(forKey: plainKey, type: key.type).value?.content else {
      return nil
    }
    return Sourced(value: content, key: key, source: .default)
  }

  private mutating func value(
    _ key: SettingKey,
    as name: AbsoluteConfigKey,
    from snapshot: any ConfigSnapshot,
    _ source: SettingSource
  ) throws(SettingsError) -> Sourced<ConfigContent>? {
    let nothing = Sourced(value: (), key: key, source: source)
    let text: String
    do {
      guard let found = try snapshot.value(forKey: name, type: .string).value else { return nil }
      guard case .string(let string) = found.content else { return nil }
      text = string
    } catch {
      throw invalid(nothing, "", "is a list, and takes one value")
    }
    do {
      guard let content = try snapshot.value(forKey: name, type: key.type).value?.content else {
        return nil
      }
      note(key, text, source)
      return Sourced(value: content, key: key, source: source)
    } catch {
      throw invalid(nothing, text, "is not \(key.expectation)")
    }
  }

  private mutating func note(_ key: SettingKey, _ text: String?, _ source: SettingSource) {
    provenance.append(
      SettingValue(
        key: key.name,
        value: text,
        source: source,
        environmentName: key.environmentName
      )
    )
  }
}

/// A value, the key it belongs to and who set it.
struct Sourced<Value> {
  let value: Value
  let key: SettingKey
  let source: SettingSource

  func map<Other>(_ other: Other) -> Sourced<Other> {
    Sourced<Other>(value: other, key: key, source: source)
  }
}

extension SettingKey {
  fileprivate var type: ConfigType {
    switch kind {
    case .text: .string
    case .wholeNumber: .int
    case .seconds: .double
    case .flag: .bool
    }
  }

  fileprivate var expectation: String {
    switch kind {
    case .text: "text"
    case .wholeNumber: "a whole number"
    case .seconds: "a number of seconds"
    case .flag: "true or false"
    }
  }

  fileprivate var defaultContent: ConfigContent? {
    guard let defaultText else { return nil }
    return switch kind {
    case .text: .string(defaultText)
    case .wholeNumber: Int(defaultText).map { .int($0) }
    case .seconds: Double(defaultText).map { .double($0) }
    case .flag: Bool(defaultText).map { .bool($0) }
    }
  }
}
