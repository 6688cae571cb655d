import Crypto

/// Where a sealed value belongs; it opens nowhere else.
public struct SealingContext: Sendable, Hashable, CustomStringConvertible {
  /// Which of a persona's secrets it is, by the name of its database column.
  public struct Field: RawRepresentable, Sendable, Hashable {
    /// The column's name.
    public let rawValue: String

    /// A field of this name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The token that speaks for the account.
    public static let accessToken = Field(rawValue: "access_token")
    /// The app's secret, which signs requests.
    public static let appSecret = Field(rawValue: "app_secret")
  }

  /// The id of the persona's row.
  public let personaID: Int64
  /// Which of its secrets.
  public let field: Field

  /// The place `field` of the persona `personaID`.
  public init(personaID: Int64, field: Field) {
    self.personaID = personaID
    self.field = field
  }

  /// For example `access_token of persona 7`.
  public var description: String { "\(field.rawValue) of persona \(personaID)" }
}

/// Seals secrets for the database and opens them again.
///
/// A sealed value is
///
///     format 0x01 · key id (8) · nonce (12) · ciphertext (as long as the secret) · tag (16)
///
/// by ChaCha20-Poly1305 (RFC 8439) under a random nonce. Authenticated with it are the format, the
/// key id, the persona's id and the field's name: a value copied to another row or column, or marked
/// with another key, does not open. The length of the secret is not hidden. Putting an *older* value
/// of the same place back is not noticed; that needs write access to the table.
///
/// The current key seals; retired keys still open, so that a key can be replaced without a pause.
public struct TokenSealer: Sendable {
  private static let format: UInt8 = 1
  private static let headerLength = 1 + KeyID.byteCount
  private static let nonceLength = 12
  private static let tagLength = 16

  private let current: SealingKey
  private let keys: [KeyID: SealingKey]

  /// A sealer that seals with `current` and opens with it or any of `retired`.
  public init(current: SealingKey, retired: [SealingKey] = []) {
    self.current = current
    var keys = [current.id: current]
    for key in retired where keys[key.id] == nil { keys[key.id] = key }
    self.keys = keys
  }

  /// The sealed form of `secret`, which opens only in `context`.
  ///
  /// - Throws: what the cryptographic library throws; it has no reason to.
  public func seal(_ secret: Secret<String>, for context: SealingContext) throws -> [UInt8] {
    let header = [Self.format] + current.id.bytes
    let box = try secret.expose { text in
      var plaintext = Array(text.utf8)
      defer { wipe(&plaintext) }
      return try ChaChaPoly.seal(
        plaintext,
        using: current.symmetricKey,
        authenticating: Self.authenticatedData(header: header, context)
      )
    }
    return header + box.combined
  }

  /// The secret in `sealed`, which must have been sealed for the same `context`.
  ///
  /// - Throws: ``SealingError`` that tells a missing key from altered bytes from garbage.
  public func open(
    _ sealed: [UInt8],
    for context: SealingContext
  ) throws(SealingError) -> Secret<String> {
    let key = try key(for: sealed, context)
    var plaintext: [UInt8]
    do {
      let box = try ChaChaPoly.SealedBox(combined: sealed.dropFirst(Self.headerLength))
      let data = Self.authenticatedData(header: Array(sealed.prefix(Self.headerLength)), context)
      plaintext = Array(
        try ChaChaPoly.open(box, using: key.symmetricKey, authenticating: data)
      )
    } catch {
      throw .tampered(context)
    }
    defer { wipe(&plaintext) }
    guard let text = String(validating: plaintext, as: UTF8.self) else {
      throw .malformed(context, "the secret in it is not UTF-8")
    }
    return Secret(text)
  }

  /// True when `sealed` was sealed with a retired key and should be sealed again.
  public func needsResealing(_ sealed: [UInt8]) -> Bool {
    KeyID(sealed.dropFirst().prefix(KeyID.byteCount)) != current.id
  }

  private func key(
    for sealed: [UInt8],
    _ context: SealingContext
  ) throws(SealingError) -> SealingKey {
    guard let format = sealed.first else { throw .malformed(context, "it is empty") }
    guard format == Self.format else { throw .unsupportedFormat(context, format) }
    guard
      sealed.count >= Self.headerLength + Self.nonceLength + Self.tagLength,
      let id = KeyID(sealed.dropFirst().prefix(KeyID.byteCount))
    else { throw .malformed(context, "it has only \(sealed.count) bytes") }
    guard let key = keys[id] else { throw .unknownKey(context, id) }
    return key
  }

  /// Everything of fixed length first and the name last, so that no two places encode alike.
  private static func authenticatedData(header: [UInt8], _ context: SealingContext) -> [UInt8] {
    var data = Array("belfry sealed value".utf8) + header
    let id = UInt64(bitPattern: context.personaID)
    for shift in stride(from: 56, through: 0, by: -8) {
      data.append(UInt8(truncatingIfNeeded: id >> UInt64(shift)))
    }
    data.append(contentsOf: context.field.rawValue.utf8)
    return data
  }
}
