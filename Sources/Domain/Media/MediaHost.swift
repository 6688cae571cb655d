// How a photo gets in front of Meta, and away again
// =================================================
//
// Meta does not take pictures; it takes a URL and fetches it, while `POST /media` is being
// answered. A host makes a photo public for that moment and no longer.
//
//                 publish(photo, as: name)                withdraw(handle)
//   file on disk ──────────────────────────► public URL ──────────────────► gone
//                                                │
//                                                └─ died in between: sweep(olderThan:keeping:)
//
// Who knows what. The *caller* draws the name (`PublicName.random()`) and records it before it
// publishes. From the photo and the name, `handle(for:as:)` computes what `publish` will have to
// take back, without asking the disk. So an undo works from recorded data alone, whether the
// publishing finished, failed half-way, or died without telling.
//
// Safe to repeat. `publish` with the same name replaces what is there, atomically: a reader sees
// the old file or the new one, never half of one. `withdraw` of what is gone succeeds.
//
// Secrecy. Anybody who has the URL can fetch the photo before it is posted; nobody can guess it:
// 128 bits of the system's random generator. The name is no secret after that, and may be logged.
//
// Not guaranteed: that the web server serves what lies in the directory, or that Meta reaches it.
// That is for whoever can make an HTTP request: fetch the URL back before using it. Nor is the
// public copy durable; after a power failure it is published again.

/// Makes photos public for as long as Meta needs to fetch them.
public protocol MediaHost: Sendable {
  /// What ``publish(_:as:)`` of the same photo and name will have to be taken back with.
  ///
  /// Pure: the same arguments always give the same handle.
  nonisolated func handle(for photo: PhotoSource, as name: PublicName) -> MediaHandle

  /// Makes `photo` public under `name` and answers its URL; safe to repeat.
  func publish(_ photo: PhotoSource, as name: PublicName) async throws(MediaError) -> PublicMedia

  /// Takes back what a handle stands for; what is already gone counts as taken back.
  func withdraw(_ handle: MediaHandle) async throws(MediaError)

  /// Takes back what was published longer than `age` ago and is not in `keeping`.
  ///
  /// Finds what a process left that died between publishing and recording.
  func sweep(olderThan age: Duration, keeping: Set<MediaHandle>) async -> SweepReport
}

/// Where a photo is: the column `path` or `url` of `photos`.
public enum PhotoSource: Hashable, Codable, Sendable {
  /// A file of this host, by its absolute path.
  case file(path: String)
  /// A photo that is public already.
  case url(String)
}

/// A photo that Meta can fetch now.
public struct PublicMedia: Hashable, Codable, Sendable {
  /// What goes into `image_url`: US-ASCII only.
  public let url: String
  /// What withdraws it.
  public let handle: MediaHandle
  /// How long the body must be when the URL is fetched back; nil for a photo of somebody else's.
  public let bytes: Int?

  /// Composes the answer of a host.
  public init(url: String, handle: MediaHandle, bytes: Int?) {
    self.url = url
    self.handle = handle
    self.bytes = bytes
  }
}

/// What it takes to withdraw a public photo: recorded, and read back by another process.
///
/// Its JSON is `{"host":"webroot","name":"…"}`, or `{"host":"none"}`. A name that is not one of
/// ours does not decode, so no recorded text can lead a host to delete another file.
public struct MediaHandle: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The kinds of host: the values of the key `media.host`.
  public enum Host: String, Hashable, Codable, Sendable, CaseIterable {
    /// Nothing was put anywhere, so nothing needs to be withdrawn.
    case none
    /// A file in the directory that a web server serves.
    case webroot
    /// An object of an S3-compatible store.
    case s3
  }

  /// The kind of host that holds the public photo.
  public let host: Host
  /// The name it holds it under; nil only for ``Host/none``.
  public let name: PublicName?

  private init(host: Host, name: PublicName?) {
    self.host = host
    self.name = name
  }

  /// The handle of a photo that was public before.
  public static let nothing = MediaHandle(host: .none, name: nil)
  /// The handle of a file in the directory of a ``WebrootHost``.
  public static func webroot(_ name: PublicName) -> MediaHandle {
    MediaHandle(host: .webroot, name: name)
  }
  /// The handle of an object in an S3-compatible store.
  public static func s3(_ name: PublicName) -> MediaHandle { MediaHandle(host: .s3, name: name) }

  /// Reads a handle; a host without the name it needs is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let host = try container.decode(Host.self, forKey: .host)
    let name = try container.decodeIfPresent(PublicName.self, forKey: .name)
    guard (host == .none) == (name == nil) else {
      throw DecodingError.dataCorruptedError(
        forKey: .name,
        in: container,
        debugDescription: "a handle has a name exactly when its host holds something"
      )
    }
    self.init(host: host, name: name)
  }

  private enum CodingKeys: String, CodingKey { case host, name }

  /// For messages: the host and the name.
  public var description: String { name.map { "\(host.rawValue):\($0)" } ?? host.rawValue }
}

/// A name that nobody can guess: 32 lowercase hexadecimal digits and `.jpg`.
public struct PublicName: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The name as it stands in the URL and in the directory.
  public let fileName: String

  /// Draws 128 bits from the system's cryptographic random generator (`getrandom(2)`).
  public static func random() -> PublicName {
    var generator = SystemRandomNumberGenerator()
    let digits = (0..<16).map { _ in hexadecimal(UInt8.random(in: .min ... .max, using: &generator))
    }
    return PublicName(trusted: digits.joined() + ".jpg")
  }

  /// Accepts a name of exactly that form; everything else, `../` and all, is nil.
  public init?(_ fileName: String) {
    let digits = fileName.utf8.prefix(32)
    let isDigit = { (byte: UInt8) in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
    guard digits.count == 32, digits.allSatisfy(isDigit),
      fileName.utf8.dropFirst(32).elementsEqual(".jpg".utf8)
    else { return nil }
    self.init(trusted: fileName)
  }

  private init(trusted fileName: String) { self.fileName = fileName }

  /// Reads a name from a string; another form is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let name = PublicName(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "a public name is 32 lowercase hexadecimal digits and '.jpg'"
      )
    }
    self = name
  }

  /// Writes the name as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(fileName)
  }

  /// The file name.
  public var description: String { fileName }
}

/// What a sweep took back, and what it could not.
public struct SweepReport: Hashable, Sendable {
  /// Withdrawn now; nobody had recorded them as needed.
  public var removed: [MediaHandle]
  /// What stood in the way, one by one; the sweep went on behind each.
  public var failures: [MediaError]

  /// Composes a report.
  public init(removed: [MediaHandle] = [], failures: [MediaError] = []) {
    self.removed = removed
    self.failures = failures
  }
}
