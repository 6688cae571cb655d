import Crypto
import Glibc

/// A 256-bit key that seals access tokens and app secrets in the database.
///
/// It comes from the credential file `belfry.key`. The bytes live in swift-crypto's `SymmetricKey`,
/// which wipes them when the last copy goes away; what this type copies on the way is wiped by hand.
/// It cannot be printed.
public struct SealingKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The name of the credential, and of its file.
  public static let credentialName = "belfry.key"

  /// The length of a key in bytes.
  public static let byteCount = 32

  /// Which key this is; safe to store and to show.
  public let id: KeyID
  let symmetricKey: SymmetricKey

  /// Reads a key from the contents of `belfry.key`, and overwrites `contents` with zeros.
  ///
  /// Accepted are exactly 32 raw bytes, or the base64 of 32 bytes with at most one line break after
  /// it. Refused are keys that cannot be random: 32 bytes of plain text (a pass phrase, or half of a
  /// hexadecimal key) and one byte repeated. A random key looks like text once in 10¹³ times.
  ///
  /// - Throws: ``SealingError`` with ``SealingError/Code/malformedKey``.
  public init(wiping contents: inout [UInt8]) throws(SealingError) {
    defer { wipe(&contents) }
    if contents.count == Self.byteCount {
      try self.init(raw: contents)
      return
    }
    guard var decoded = Base64.decode(contents.droppingLineBreak) else {
      throw .malformedKey("it has \(contents.count) bytes and is not base64")
    }
    defer { wipe(&decoded) }
    guard decoded.count == Self.byteCount else {
      throw .malformedKey("its base64 stands for \(decoded.count) bytes")
    }
    try self.init(raw: decoded)
  }

  private init(raw: [UInt8]) throws(SealingError) {
    guard Set(raw).count > 1 else { throw .malformedKey("all of its bytes are equal") }
    guard !raw.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw .malformedKey("its 32 bytes are plain text, which is not random")
    }
    symmetricKey = SymmetricKey(data: raw)
    id = KeyID(of: symmetricKey)
  }

  /// The base64 of a new random key, with a line break: the contents of a new `belfry.key`.
  public static func generate() -> String {
    var bytes = unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Array($0) }
    defer { wipe(&bytes) }
    return Base64.encode(bytes) + "\n"
  }

  /// Names the key by its id; never its bytes.
  public var description: String { "sealing key \(id)" }
  /// Names the key by its id; never its bytes.
  public var debugDescription: String { description }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The name of a key: the first eight bytes of its SHA-256.
///
/// It tells which key a value was sealed with. Finding the key from it means finding a preimage of a
/// random 256-bit value.
public struct KeyID: Sendable, Hashable, CustomStringConvertible {
  /// The length of an id in bytes.
  public static let byteCount = 8

  /// The eight bytes.
  public let bytes: [UInt8]

  /// An id read back from a sealed value; nil unless there are eight bytes.
  init?(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
    guard self.bytes.count == Self.byteCount else { return nil }
  }

  init(of key: SymmetricKey) {
    var hash = SHA256()
    unsafe key.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
    bytes = Array(hash.finalize().prefix(Self.byteCount))
  }

  /// Sixteen hexadecimal digits.
  public var description: String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

/// Overwrites `bytes` with zeros, in a way that the optimiser may not remove (`explicit_bzero(3)`).
///
/// Only the buffer that `bytes` owns alone is reached; a copy made elsewhere is not.
func wipe(_ bytes: inout [UInt8]) {
  unsafe bytes.withUnsafeMutableBytes { buffer in
    guard let start = buffer.baseAddress else { return }
    unsafe explicit_bzero(start, buffer.count)
  }
}

extension [UInt8] {
  /// Without one `\n` or `\r\n` at the end.
  fileprivate var droppingLineBreak: ArraySlice<UInt8> {
    guard last == UInt8(ascii: "\n") else { return self[...] }
    let line = dropLast()
    return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
  }
}
