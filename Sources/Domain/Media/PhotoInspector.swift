import Crypto

/// What a photo is, as `photos` records it.
public struct PhotoFacts: Hashable, Codable, Sendable {
  /// The kinds of file whose requirements are checked; everything else is refused by the inspector.
  public enum Format: String, Hashable, Codable, Sendable, CaseIterable {
    /// A plain JPEG, baseline or progressive.
    case jpeg
    /// Several JPEGs in one file (CIPA DC-007), which Instagram documents as excluded.
    case multiPicture = "mpo"
  }

  /// What kind of file it is.
  public var format: Format
  /// Pixels across, as stored: before ``orientation`` is applied.
  public var width: Int
  /// Pixels down, as stored: before ``orientation`` is applied.
  public var height: Int
  /// Colour channels: 1 grey, 3 colour, 4 CMYK.
  public var components: Int
  /// The length of the file.
  public var bytes: Int
  /// The SHA-256 of the file, 64 lowercase hexadecimal digits.
  public var sha256: String
  /// The EXIF orientation, 1…8, if the file has one; 5…8 show it on its side.
  public var orientation: Int?

  /// Composes facts, as from a row of `photos`.
  public init(
    format: Format,
    width: Int,
    height: Int,
    components: Int = 3,
    bytes: Int,
    sha256: String,
    orientation: Int? = nil
  ) {
    self.format = format
    self.width = width
    self.height = height
    self.components = components
    self.bytes = bytes
    self.sha256 = sha256
    self.orientation = orientation
  }

  /// Width divided by height as people see the photo, with its orientation applied.
  public var displayedRatio: Double {
    let ratio = Double(width) / Double(height)
    return (5...8).contains(orientation ?? 1) ? 1 / ratio : ratio
  }
}

/// Reads photos and says what they are: no decoder, no surprise, at most 8 MiB in memory.
///
/// The actor runs on a queue of its own, since reading files blocks; photos are inspected one
/// after the other, so the memory it takes is that of one.
public actor PhotoInspector {
  private let executor = QueueExecutor(label: "belfry.photo-inspector")
  /// The actor's own queue: file calls block, and must not block others.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Makes an inspector; it holds nothing but its queue.
  public init() {}

  /// Reads the photo at the absolute `path`; symbolic links are followed.
  ///
  /// Throws ``MediaError`` for what is no JPEG, is damaged, is longer than 8 MiB, or cannot be
  /// read. Facts that come back may still be refused: ask ``PhotoRequirements``.
  public func inspect(_ path: String) throws(MediaError) -> PhotoFacts {
    let photo = try PhotoFile.open(path)
    let bytes = try PhotoFile.read(photo, at: path, limit: PhotoRules.maximumBytes)
    return try Self.facts(of: bytes, named: path)
  }

  /// Says what `bytes` are; `name` is how messages call them.
  static func facts(of bytes: [UInt8], named name: String) throws(MediaError) -> PhotoFacts {
    try FileSignature.refuseUnlessJPEG(bytes, named: name)
    do throws(JPEGHeader.Fault) {
      let header = try JPEGHeader(bytes)
      return PhotoFacts(
        format: header.isMultiPicture ? .multiPicture : .jpeg,
        width: header.width,
        height: header.height,
        components: header.components,
        bytes: bytes.count,
        sha256: hexadecimalDigest(of: bytes),
        orientation: header.orientation
      )
    } catch {
      switch error {
      case .damaged(let reason):
        throw MediaError(
          .damaged,
          "photo \(name) is damaged: \(reason)",
          hint: "Copy the file again from where it came, or save it anew as a JPEG."
        )
      case .unsupported(let reason):
        throw MediaError(
          .unsupportedJPEG,
          "photo \(name) uses \(reason), which Instagram does not take",
          hint: "Save it anew as an ordinary 8-bit JPEG, baseline or progressive."
        )
      }
    }
  }

  private static func hexadecimalDigest(of bytes: [UInt8]) -> String {
    var hasher = SHA256()
    unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    return hasher.finalize().map { hexadecimal($0) }.joined()
  }
}

/// Two lowercase hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
  (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
