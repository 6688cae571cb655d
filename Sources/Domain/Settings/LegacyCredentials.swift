public import Sealing
import Yams

/// The credentials of the application that Belfry replaces: the `instagram:` block of its YAML.
///
/// The block may stand at the top or one level down, under an environment such as `production:`.
public struct LegacyCredentials: Sendable {
  /// The long-lived token.
  public let accessToken: Secret<String>
  /// The app's secret, if the file has one.
  public let appSecret: Secret<String>?
  /// The app's id, if the file has one.
  public let appID: String?
  /// The professional account's id, if the file has one.
  public let accountID: String?

  private static let sizeLimit = 1 << 20

  /// Reads `file`, or standard input for `-`.
  ///
  /// - Throws: `SettingsError`; nothing of the file's contents is in it.
  public static func read(_ file: String) throws(SettingsError) -> LegacyCredentials {
    let path = file == "-" ? "/dev/stdin" : file
    let text: String
    if file == "-" {
      var lines: [String] = []
      while let line = readLine(strippingNewline: false) { lines.append(line) }
      text = lines.joined()
    } else {
      switch SmallFile.read(path, limit: sizeLimit) {
      case .success(let contents): text = String(decoding: contents.bytes, as: UTF8.self)
      case .failure(let failure): throw .legacy(file, "cannot read it: \(failure)")
      }
    }
    return try parse(text, file: file)
  }

  static func parse(_ text: String, file: String) throws(SettingsError) -> LegacyCredentials {
    let root: Node?
    do {
      root = try Parser(yaml: text).singleRoot()
    } catch {
      throw .legacy(file, "it is not valid YAML")
    }
    guard let block = block(in: root?.mapping) else {
      throw .legacy(file, "it has no 'instagram:' block")
    }
    guard let token = value("access_token", in: block) else {
      throw .legacy(file, "its 'instagram:' block has no access_token")
    }
    return LegacyCredentials(
      accessToken: Secret(token),
      appSecret: value("app_secret", in: block).map { Secret($0) },
      appID: value("app_id", in: block),
      accountID: value("account_id", in: block)
    )
  }

  private static func block(in mapping: Node.Mapping?) -> Node.Mapping? {
    guard let mapping else { return nil }
    if let block = mapping["instagram"]?.mapping { return block }
    // Under the production environment first, then under the only one there is.
    if let block = mapping["production"]?.mapping?["instagram"]?.mapping { return block }
    let nested = mapping.values.compactMap { $0.mapping?["instagram"]?.mapping }
    return nested.count == 1 ? nested.first : nil
  }

  private static func value(_ key: String, in block: Node.Mapping) -> String? {
    guard let text = block[Node(key)]?.scalar?.string, !text.isEmpty else { return nil }
    return text
  }
}

extension SettingsError {
  fileprivate static func legacy(_ file: String, _ problem: String) -> SettingsError {
    SettingsError(
      .syntax,
      file: file,
      message:
        "cannot import credentials from \(file == "-" ? "standard input" : file): \(problem)",
      hint: "It needs an 'instagram:' block with access_token, account_id, app_id and app_secret."
    )
  }
}
