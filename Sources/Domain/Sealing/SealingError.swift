/// Why a key could not be read, or a value could not be sealed or opened.
///
/// Neither the message nor the hint ever contains key material or a sealed value.
public struct SealingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is, for code that decides.
  public enum Code: Sendable, Hashable {
    /// The key is neither 32 random bytes nor their base64.
    case malformedKey
    /// The bytes are not a sealed value of this program.
    case malformed
    /// Sealed by a newer version of this program; the number is the format's.
    case unsupportedFormat(UInt8)
    /// Sealed with a key that is not at hand.
    case unknownKey(KeyID)
    /// The key is right, but the bytes or the place they are stored in were changed.
    case tampered
  }

  /// What kind of failure it is.
  public let code: Code
  /// What happened with what; lower case, no final period.
  public let message: String
  /// What to do about it; a sentence.
  public let hint: String

  /// The message and, on a second line, the hint.
  public var description: String { "\(message)\nHINT: \(hint)" }
}

extension SealingError {
  static func malformedKey(_ reason: String) -> SealingError {
    SealingError(
      code: .malformedKey,
      message: "\(SealingKey.credentialName) is not a sealing key: \(reason)",
      hint: "It must hold 32 random bytes or their base64; "
        + "'belfry credentials new-key' makes one."
    )
  }

  static func malformed(_ context: SealingContext, _ reason: String) -> SealingError {
    SealingError(
      code: .malformed,
      message: "the sealed \(context) is malformed: \(reason)",
      hint: "Store it again with 'belfry credentials set'."
    )
  }

  static func unsupportedFormat(_ context: SealingContext, _ format: UInt8) -> SealingError {
    SealingError(
      code: .unsupportedFormat(format),
      message: "the sealed \(context) has format \(format), which this version cannot read",
      hint: "Run the version of belfry that sealed it, or a newer one."
    )
  }

  static func unknownKey(_ context: SealingContext, _ id: KeyID) -> SealingError {
    SealingError(
      code: .unknownKey(id),
      message: "the sealed \(context) was sealed with key \(id), which is not at hand",
      hint: "Put the \(SealingKey.credentialName) that sealed it back, "
        + "or store the value again with 'belfry credentials set'."
    )
  }

  static func tampered(_ context: SealingContext) -> SealingError {
    SealingError(
      code: .tampered,
      message: "the sealed \(context) does not open: it was altered or copied from another place",
      hint: "Find out who wrote to the credentials table, "
        + "then store the value again with 'belfry credentials set'."
    )
  }
}
