import Glibc
public import Sealing

/// The secrets that systemd hands over as files, and nothing else does.
///
/// They are read from `$CREDENTIALS_DIRECTORY` (see `LoadCredential=` in systemd.exec(5)), or from a
/// directory with the same layout where there is no systemd. Never from the environment or the
/// configuration file: those are inherited, printed and backed up. swift-configuration's directory
/// provider is not used because it maps the dots of a key to other characters, and the names are fixed.
public struct Credentials: Sendable {
  /// The name of a credential: of its file, and in `LoadCredential=`.
  ///
  /// `make docs` writes the list of systemd/README.md from these; tests compare units and manual pages with them.
  public struct Name: Sendable, Hashable, CustomStringConvertible {
    /// The file's name.
    public let description: String
    /// What the file holds, in words for the documentation; nil for a credential of a later version.
    let content: String?

    /// The key that seals tokens in the database.
    public static let sealingKey = Name(
      description: SealingKey.credentialName,
      content:
        "\(SealingKey.byteCount) random bytes, raw or base64; seals the tokens in the database"
    )
    /// The database role's password.
    public static let databasePassword = Name(
      description: "database.password",
      content: "the password of the database role, if it has one"
    )
    /// The id of the object store's access key.
    public static let s3AccessKeyID = Name(description: "s3.access_key_id", content: nil)
    /// The object store's secret key.
    public static let s3SecretAccessKey = Name(description: "s3.secret_access_key", content: nil)

    static let all = [sealingKey, databasePassword, s3AccessKeyID, s3SecretAccessKey]

    /// Where the package keeps the file from which systemd takes it.
    public var installedFile: String { "\(Credentials.installedDirectory)/\(description)" }
  }

  /// The directory in which the package keeps credentials, for `LoadCredential=`.
  public static let installedDirectory = "/etc/belfry/credentials"

  /// The key that seals tokens; nil when its file is missing (see ``requireSealingKey()``).
  public let sealingKey: SealingKey?
  /// The database role's password; nil when its file is missing.
  public let databasePassword: Secret<String>?
  /// The id of the object store's access key; nil when its file is missing.
  public let s3AccessKeyID: Secret<String>?
  /// The object store's secret key; nil when its file is missing.
  public let s3SecretAccessKey: Secret<String>?
  /// Where the files were looked for; nil when there is no such directory.
  public let directory: String?

  private static let sizeLimit = 4096

  /// Reads the credentials of this process.
  ///
  /// A missing file is not an error here, because not every command needs every secret; a file that is
  /// there must be usable. Files that everybody on the machine may read are refused: systemd never
  /// makes such, so somebody's hand slipped.
  ///
  /// - Parameter directory: where to look; nil for `$CREDENTIALS_DIRECTORY`, and without that variable
  ///   every credential is missing.
  /// - Throws: ``SettingsError`` that names the file and never its contents.
  public static func load(directory: String? = nil) throws(SettingsError) -> Credentials {
    try Credentials(directory: directory ?? environmentDirectory())
  }

  /// The sealing key, or the error that says how to get one.
  public func requireSealingKey() throws(SettingsError) -> SealingKey {
    guard let sealingKey else { throw .missingCredential(.sealingKey, directory: directory) }
    return sealingKey
  }

  init(directory: String?) throws(SettingsError) {
    self.directory = directory
    sealingKey = try Self.key(in: directory)
    databasePassword = try Self.text(.databasePassword, in: directory)
    s3AccessKeyID = try Self.text(.s3AccessKeyID, in: directory)
    s3SecretAccessKey = try Self.text(.s3SecretAccessKey, in: directory)
  }

  private static func environmentDirectory() -> String? {
    guard let value = unsafe getenv("CREDENTIALS_DIRECTORY") else { return nil }
    return unsafe String(cString: value)
  }

  private static func key(in directory: String?) throws(SettingsError) -> SealingKey? {
    guard var file = try file(.sealingKey, in: directory) else { return nil }
    do {
      return try SealingKey(wiping: &file.contents.bytes)
    } catch {
      throw SettingsError(
        .invalidCredential,
        key: Name.sealingKey.description,
        file: file.path,
        message: "cannot read \(file.path): \(error.message)",
        hint: error.hint
      )
    }
  }

  private static func text(
    _ name: Name,
    in directory: String?
  ) throws(SettingsError) -> Secret<String>? {
    guard var file = try file(name, in: directory) else { return nil }
    defer { file.contents.wipe() }
    var bytes = file.contents.bytes[...]
    if bytes.last == UInt8(ascii: "\n") { bytes = bytes.dropLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
    guard
      !bytes.isEmpty,
      bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw .notOneLine(name, file: file.path) }
    return Secret(text)
  }

  private static func file(
    _ name: Name,
    in directory: String?
  ) throws(SettingsError) -> (path: String, contents: SmallFile)? {
    guard let directory else { return nil }
    let path = directory.hasSuffix("/") ? "\(directory)\(name)" : "\(directory)/\(name)"
    switch SmallFile.read(path, limit: sizeLimit) {
    case .success(var contents):
      guard contents.permissions & 0o007 == 0 else {
        contents.wipe()
        throw .exposedCredential(name, file: path)
      }
      return (path, contents)
    case .failure(let failure) where failure.isMissing: return nil
    case .failure(let failure): throw .unreadableCredential(name, file: path, failure)
    }
  }
}

// Every text about credentials; the tests compare them literally.
extension SettingsError {
  static func missingCredential(
    _ name: Credentials.Name,
    directory: String?
  ) -> SettingsError {
    let place = directory.map { "there is no \($0)/\(name)" } ?? "CREDENTIALS_DIRECTORY is not set"
    return SettingsError(
      .missingCredential,
      key: name.description,
      message: "the credential \(name) is missing: \(place)",
      hint: "Make one with 'belfry credentials new-key', and hand it to the service with "
        + "'LoadCredential=\(name):\(name.installedFile)' in belfry.service."
    )
  }

  static func exposedCredential(_ name: Credentials.Name, file: String) -> SettingsError {
    SettingsError(
      .invalidCredential,
      key: name.description,
      file: file,
      message: "the credential file \(file) may be read by every user of this machine",
      hint: "Run 'chmod o-rwx \(file)', and replace the secret if anybody else has an account here."
    )
  }

  static func unreadableCredential(
    _ name: Credentials.Name,
    file: String,
    _ failure: ReadFailure
  ) -> SettingsError {
    SettingsError(
      .invalidCredential,
      key: name.description,
      file: file,
      message: "cannot read the credential \(file): \(failure)",
      hint: "It must be a regular file of at most 4 KiB that the user running belfry may read."
    )
  }

  static func notOneLine(_ name: Credentials.Name, file: String) -> SettingsError {
    SettingsError(
      .invalidCredential,
      key: name.description,
      file: file,
      message: "the credential \(file) is not one line of text",
      hint: "Write the secret alone into the file, in UTF-8; a line break at its end is fine."
    )
  }
}
