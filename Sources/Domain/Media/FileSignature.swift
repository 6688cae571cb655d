/// Knows the first bytes of the files that people take for a JPEG.
enum FileSignature {
  /// Throws, naming what the file is, unless it begins like a JPEG.
  static func refuseUnlessJPEG(_ bytes: [UInt8], named name: String) throws(MediaError) {
    if bytes.starts(with: [0xFF, 0xD8]) { return }
    let finding =
      bytes.isEmpty
      ? "is empty" : Self.name(of: bytes).map { "is \($0)" } ?? "is no picture we know"
    throw MediaError(
      .notJPEG,
      "photo \(name) \(finding), Instagram takes JPEG only",
      hint: "Save it as a JPEG; renaming the file does not change what is in it."
    )
  }

  /// What the file is, with its article; nil when nothing matches.
  static func name(of bytes: [UInt8]) -> String? {
    let head = bytes.prefix(12)
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "a PNG" }
    if head.starts(with: "GIF8".utf8) { return "a GIF" }
    if head.starts(with: "BM".utf8) { return "a BMP" }
    if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WEBP".utf8) {
      return "a WebP"
    }
    if head.starts(with: [0x49, 0x49, 0x2A, 0x00]) || head.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
      return "a TIFF"
    }
    guard head.dropFirst(4).starts(with: "ftyp".utf8) else { return nil }
    return switch String(decoding: head.dropFirst(8), as: UTF8.self) {
    case "heic", "heix", "heim", "heis", "hevc", "mif1", "msf1": "a HEIC"
    case "avif", "avis": "an AVIF"
    default: "a video or another ISO media file"
    }
  }
}
