/// What a setting's text must be.
enum SettingKind: Sendable, Hashable {
  case text
  case wholeNumber(ClosedRange<Int>, SettingUnit)
  /// Seconds within a range; fractions are allowed.
  case seconds(ClosedRange<Double>)
  case flag
}

/// What a whole number counts.
enum SettingUnit: String, Sendable {
  case seconds
  case posts
}

/// One key of the configuration, with everything that is known about it.
///
/// `SettingKey.all` is the only list of keys and the only place of their defaults and ranges. The reader
/// checks with it, and `make docs` writes `etc/belfry.yaml`, the keys of belfry.yaml(5) and those of
/// `docs/configuration.md` from it.
struct SettingKey: Sendable {
  /// The dotted name, as in the file.
  let name: String
  /// What the value must be, with its range and unit.
  let kind: SettingKind
  /// The value in force when nobody sets one; nil for a value that has to come from somebody.
  let defaultText: String?
  /// A value for the documentation of a key without a default.
  let example: String?
  /// What the value must fulfil beyond its kind, in words that follow "1 to 300 seconds, ".
  let condition: String?
  /// What the value decides, in sentences; names of keys and values are in backticks.
  let meaning: String
  /// False for keys of a later version: setting one is refused rather than ignored.
  let isAvailable: Bool

  /// A key that can be set.
  init(
    _ name: String,
    _ kind: SettingKind,
    default defaultText: String? = nil,
    example: String? = nil,
    condition: String? = nil,
    _ meaning: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultText = defaultText
    self.example = example
    self.condition = condition
    self.meaning = meaning
    isAvailable = true
  }

  /// A key of a later version.
  init(unavailable name: String, _ kind: SettingKind) {
    self.name = name
    self.kind = kind
    defaultText = nil
    example = nil
    condition = nil
    meaning = ""
    isAvailable = false
  }

  /// The variable that overrides it: `publishing.max_in_flight` is `BELFRY_PUBLISHING_MAX_IN_FLIGHT`.
  var environmentName: String {
    Self.environmentPrefix + name.map { $0 == "." ? "_" : $0.uppercased() }.joined()
  }

  var components: [String] { name.split(separator: ".").map(String.init) }

  /// The values that are allowed, in words: "1 to 300 seconds, at least …"; nil when the meaning says it.
  var allowed: String? {
    let range: String? =
      switch kind {
      case .text: nil
      case .wholeNumber(let range, let unit):
        "\(range.lowerBound) to \(range.upperBound) \(unit.rawValue)"
      case .seconds(let range):
        "\(plain(range.lowerBound)) to \(plain(range.upperBound)) seconds"
      case .flag: "true or false"
      }
    let words = [range, condition].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  /// Every variable with this beginning is meant for us.
  static let environmentPrefix = "BELFRY_"

  /// Variables with this beginning belong to the test suites and are none of ours.
  static let testEnvironmentPrefix = "BELFRY_TEST_"

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The names of all sections, `media` and `media.webroot` for example.
  static let sections: Set<String> = Set(
    all.flatMap { key in
      let components = key.components
      return (1..<components.count).map { components.prefix($0).joined(separator: ".") }
    }
  )
}

/// Seconds as people write them: whole ones without a fraction.
func plain(_ seconds: Double) -> String {
  guard let whole = Int(exactly: seconds) else { return "\(seconds)" }
  return "\(whole)"
}
