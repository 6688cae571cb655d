/// Why the configuration cannot be used.
///
/// It never contains a credential, nor a connection string.
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is, for code that decides.
  public enum Code: Sendable, Hashable {
    /// The file does not exist or cannot be read.
    case unreadableFile
    /// The file is not YAML, or not a mapping of keys.
    case syntax
    /// A key or variable that does not exist; the nearest one that does, if any is near.
    case unknownKey(suggestion: String?)
    /// A value that has no default is missing.
    case missingValue
    /// A value of the wrong type or out of range.
    case invalidValue
    /// A value that this version cannot honour.
    case unavailable
    /// A credential is missing.
    case missingCredential
    /// A credential is there but cannot be used.
    case invalidCredential
  }

  /// What kind of failure it is.
  public let code: Code
  /// The key, variable or credential it is about.
  public let key: String?
  /// The file it is about.
  public let file: String?
  /// The line in ``file``, from 1.
  public let line: Int?
  /// What happened with what; lower case, no final period.
  public let message: String
  /// What to do about it; a sentence.
  public let hint: String

  init(
    _ code: Code,
    key: String? = nil,
    file: String? = nil,
    line: Int? = nil,
    message: String,
    hint: String
  ) {
    self.code = code
    self.key = key
    self.file = file
    self.line = line
    self.message = onOneLine(message)
    self.hint = onOneLine(hint)
  }

  /// The message and, on a second line, the hint.
  public var description: String { "\(message)\nHINT: \(hint)" }
}

/// `text` with control characters spelt out: the texts quote keys and values, which may hold any.
private func onOneLine(_ text: String) -> String {
  let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
  guard text.unicodeScalars.contains(where: isControl) else { return text }
  return text.unicodeScalars.map { isControl($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
}

// Every text about the file and its keys is in this extension; the tests compare them literally.
extension SettingsError {
  private static let manual = "The keys are listed in belfry.yaml(5)."

  static func missingFile(_ file: String) -> SettingsError {
    SettingsError(
      .unreadableFile,
      file: file,
      message: "cannot read \(file): it does not exist",
      hint: "Name another file with --config, or start from belfry-minimal.yaml."
    )
  }

  static func unreadableFile(_ file: String, _ reason: String) -> SettingsError {
    SettingsError(
      .unreadableFile,
      file: file,
      message: "cannot read \(file): \(reason)",
      hint: "It must be a regular file of at most 1 MiB that the user running belfry may read."
    )
  }

  static func syntax(_ file: String, line: Int?, _ problem: String) -> SettingsError {
    let place = line.map { "\(file), line \($0)" } ?? file
    return SettingsError(
      .syntax,
      file: file,
      line: line,
      message: "cannot read \(place): \(problem)",
      hint: "The file is YAML: 'key: value' lines, sections indented by two spaces, no tabs."
    )
  }

  static func unknownKey(_ key: String, file: String, line: Int?) -> SettingsError {
    let candidates = SettingKey.all.filter(\.isAvailable).map(\.name)
    let suggestion = nearest(to: key, among: candidates)
    let question = suggestion.map { "did you mean '\($0)'? " } ?? ""
    return SettingsError(
      .unknownKey(suggestion: suggestion),
      key: key,
      file: file,
      line: line,
      message: "cannot read \(file): unknown key '\(key)'",
      hint: question + manual
    )
  }

  static func unknownVariable(_ name: String) -> SettingsError {
    let candidates = SettingKey.all.filter(\.isAvailable).map(\.environmentName)
    let suggestion = nearest(to: name, among: candidates)
    let question = suggestion.map { "did you mean '\($0)'? " } ?? ""
    return SettingsError(
      .unknownKey(suggestion: suggestion),
      key: name,
      message: "the environment variable \(name) stands for no key",
      hint: question + "Every variable that begins with BELFRY_ must be a key of belfry.yaml(5)."
    )
  }

  static func duplicateKey(_ key: String, file: String, line: Int?) -> SettingsError {
    SettingsError(
      .syntax,
      key: key,
      file: file,
      line: line,
      message: "cannot read \(file): the key '\(key)' is given twice",
      hint: "Keep the one that is meant."
    )
  }

  static func sectionWithValue(_ key: String, file: String, line: Int?) -> SettingsError {
    SettingsError(
      .invalidValue,
      key: key,
      file: file,
      line: line,
      message: "cannot read \(file): '\(key)' is a section and takes no value of its own",
      hint: "Put its keys below it, indented by two spaces. \(manual)"
    )
  }

  static func emptyValue(_ key: String, file: String, line: Int?) -> SettingsError {
    SettingsError(
      .invalidValue,
      key: key,
      file: file,
      line: line,
      message: "cannot read \(file): the key '\(key)' has no value",
      hint: "Give it one, or remove the line to have the default."
    )
  }

  static func missingBaseURL(file: String) -> SettingsError {
    SettingsError(
      .missingValue,
      key: "media.webroot.base_url",
      file: file,
      message: "the key 'media.webroot.base_url' is not set, and media host webroot needs it",
      hint: "Set it to the https address at which the web server shows media.webroot.directory, "
        + "or set 'media.host: none' when every photo has a public URL of its own."
    )
  }

  static func unavailableS3(key: String, file: String?, line: Int?) -> SettingsError {
    SettingsError(
      .unavailable,
      key: key,
      file: file,
      line: line,
      message: "media host s3 is not available in this version",
      hint: key == "media.host"
        ? "Use 'media.host: webroot' with a web server, or 'media.host: none'."
        : "Remove '\(key)', and use 'media.host: webroot' or 'media.host: none'."
    )
  }
}
