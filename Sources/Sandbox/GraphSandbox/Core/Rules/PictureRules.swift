import Crypto

/// What came of fetching a picture.
enum FetchResult: Sendable, Equatable {
  /// HTTP 200 with these bytes.
  case body([UInt8])
  /// HTTP 200 with more bytes than Instagram takes.
  case tooLarge
  /// No answer in time.
  case timedOut
  /// Anything else: no connection, another status, forbidden by robots.txt.
  case failed(String)
}

/// Instagram's rules for the bytes of a picture.
enum PictureRules {
  /// The greatest size in bytes: 8 MiB.
  static let greatestSize = 8 * 1024 * 1024
  /// Width over height in the feed: 4:5 to 1.91:1, with the small tolerance that clients rely on.
  static let ratios = (0.8 - 0.005)...(1.91 + 0.005)

  /// The picture, if Instagram would take it.
  static func check(
    _ fetched: FetchResult,
    url: String,
    isStory: Bool
  ) throws(GraphError) -> Picture {
    switch fetched {
    case .failed: throw .notFetched(url)
    case .timedOut:
      throw .known(-2, 2_207_003, method: "POST", id: "", on: .facebook)
    case .tooLarge:
      throw .known(36000, 2_207_004, method: "POST", id: "", on: .facebook)
    case .body(let bytes):
      guard bytes.count <= greatestSize else {
        throw .known(36000, 2_207_004, method: "POST", id: "", on: .facebook)
      }
      guard let size = JPEGHeader.size(of: bytes) else {
        guard let format = otherFormat(bytes) else { throw .notFetched(url) }
        throw .unsupportedFormat(format)
      }
      let ratio = Double(size.width) / Double(size.height)
      if !isStory, !ratios.contains(ratio) {
        throw .aspectRatio(width: size.width, height: size.height)
      }
      return Picture(
        sha256: hexadecimal(SHA256.hash(data: bytes)),
        width: size.width,
        height: size.height
      )
    }
  }

  /// The name of a picture format that is not JPEG; nil for bytes that are no picture.
  private static func otherFormat(_ bytes: [UInt8]) -> String? {
    let marks: [(String, Int, [UInt8])] = [
      ("png", 0, [0x89, 0x50, 0x4E, 0x47]), ("gif", 0, Array("GIF8".utf8)),
      ("webp", 8, Array("WEBP".utf8)), ("heic", 4, Array("ftyp".utf8)),
      ("bmp", 0, Array("BM".utf8)), ("tiff", 0, [0x49, 0x49, 0x2A, 0x00]),
      ("unknown", 0, [0xFF, 0xD8, 0xFF]),
    ]
    return marks.first { bytes.dropFirst($0.1).starts(with: $0.2) }?.0
  }
}

/// The part of a JPEG file that tells its size (ITU-T T.81, B.2.2).
enum JPEGHeader {
  /// Width and height from the frame header; nil when the bytes are no complete JPEG head.
  static func size(of bytes: [UInt8]) -> (width: Int, height: Int)? {
    guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
    var index = 2
    while index + 3 < bytes.count {
      guard bytes[index] == 0xFF else { return nil }
      let marker = bytes[index + 1]
      if marker == 0xFF {  // A fill byte may precede any marker.
        index += 1
        continue
      }
      let length = Int(bytes[index + 2]) << 8 | Int(bytes[index + 3])
      guard length >= 2 else { return nil }
      // SOF0 to SOF15 without DHT, JPG and DAC, which share their range.
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        guard index + 8 < bytes.count else { return nil }
        let height = Int(bytes[index + 5]) << 8 | Int(bytes[index + 6])
        let width = Int(bytes[index + 7]) << 8 | Int(bytes[index + 8])
        return width > 0 && height > 0 ? (width, height) : nil
      }
      if marker == 0xDA || marker == 0xD9 { return nil }  // Picture data before any frame.
      index += 2 + length
    }
    return nil
  }
}
