/// Who set a value.
public enum SettingSource: String, Sendable, Hashable {
  /// The configuration file.
  case file
  /// An environment variable.
  case environment
  /// Nobody; it is built in.
  case `default`
}

/// One value in force, for `belfry config`.
///
/// Credentials are not among them, and `database` is refused when it holds a password.
public struct SettingValue: Sendable, Hashable {
  /// The dotted key, as in the file.
  public let key: String
  /// The value as it was written; nil when nobody set one and there is no default.
  public let value: String?
  /// Who set it.
  public let source: SettingSource
  /// The environment variable that overrides it.
  public let environmentName: String
}
