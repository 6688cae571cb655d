/// What the marker segments of a JPEG say, read without decoding a pixel.
///
/// The walk follows ITU-T T.81 annex B: segments with a length, then entropy-coded data in which
/// only `FF` followed by something other than `00` or a restart marker is a marker, up to `EOI`.
/// A file that ends before `EOI` is damaged, whatever a lenient viewer makes of it. What follows
/// `EOI` (phones append videos and gain maps there) is left alone.
struct JPEGHeader: Equatable {
  /// Pixels as stored, before any orientation is applied.
  var width: Int
  var height: Int
  /// 1 is grey, 3 is colour, 4 is CMYK.
  var components: Int
  /// The EXIF orientation, 1…8, if the file has one.
  var orientation: Int?
  /// Whether there is a multi-picture index (CIPA DC-007), which makes the file an MPO.
  var isMultiPicture: Bool

  enum Fault: Error, Equatable {
    /// Ends early, or contradicts itself; the words go behind "is damaged: ".
    case damaged(String)
    /// A JPEG all right, but of a kind that Instagram does not document; the words follow "uses ".
    case unsupported(String)
  }

  /// Reads the header of `bytes`, and walks to the end of the picture.
  init(_ bytes: [UInt8]) throws(Fault) {
    var walk = JPEGWalk(bytes: bytes)
    try walk.run()
    guard let frame = walk.frame else { throw .damaged("it has no frame header") }
    guard walk.sawScan else { throw .damaged("it has no picture data") }
    width = frame.width
    height = frame.height
    components = frame.components
    orientation = walk.orientation
    isMultiPicture = walk.isMultiPicture
  }
}

/// The state of one walk over the markers.
private struct JPEGWalk {
  struct Frame {
    var width: Int
    var height: Int
    var components: Int
  }

  let bytes: [UInt8]
  var position = 0
  var frame: Frame?
  var orientation: Int?
  var isMultiPicture = false
  var sawScan = false

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func run() throws(JPEGHeader.Fault) {
    guard bytes.starts(with: [0xFF, 0xD8]) else { throw .damaged("it does not begin with SOI") }
    position = 2
    while true {
      switch try nextMarker() {
      case 0xD9:  // EOI
        return
      case 0xD8:  // SOI
        throw .damaged("a second picture begins inside the first")
      case 0x01, 0xD0...0xD7:  // TEM, RSTn: no length
        continue
      case 0xC0, 0xC1, 0xC2:  // baseline, extended sequential, progressive
        try readFrame(try segment())
      case let marker where (0xC3...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker):
        throw .unsupported("coding process SOF\(marker - 0xC0)")
      case 0xDA:  // SOS
        _ = try segment()
        sawScan = true
        skipEntropyCodedData()
      case 0xE1:
        readEXIF(try segment())
      case 0xE2:
        isMultiPicture = try segment().starts(with: [0x4D, 0x50, 0x46, 0x00]) || isMultiPicture
      default:
        _ = try segment()
      }
    }
  }

  /// Reads `FF`, any number of fill bytes `FF`, and the marker's code.
  private mutating func nextMarker() throws(JPEGHeader.Fault) -> UInt8 {
    guard position < bytes.count else { throw .damaged("it ends before the picture does") }
    guard bytes[position] == 0xFF else {
      throw .damaged("there is no marker where one must be, at byte \(position)")
    }
    while position < bytes.count, bytes[position] == 0xFF { position += 1 }
    guard position < bytes.count else { throw .damaged("it ends before the picture does") }
    defer { position += 1 }
    return bytes[position]
  }

  /// The payload of the segment at the position, which moves behind it.
  private mutating func segment() throws(JPEGHeader.Fault) -> ArraySlice<UInt8> {
    guard position + 2 <= bytes.count else { throw .damaged("it ends before the picture does") }
    let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
    guard length >= 2 else { throw .damaged("a segment at byte \(position) has no length") }
    let end = position + length
    guard end <= bytes.count else { throw .damaged("it ends before the picture does") }
    defer { position = end }
    return bytes[(position + 2)..<end]
  }

  private mutating func readFrame(_ payload: ArraySlice<UInt8>) throws(JPEGHeader.Fault) {
    guard frame == nil else { throw .damaged("it has two frame headers") }
    guard payload.count >= 6 else { throw .damaged("its frame header is too short") }
    let field = Array(payload)
    guard field[0] == 8 else { throw .unsupported("\(field[0]) bits per sample") }
    let height = Int(field[1]) << 8 | Int(field[2])
    let width = Int(field[3]) << 8 | Int(field[4])
    let components = Int(field[5])
    guard height > 0 else { throw .unsupported("a height that is told only at the end (DNL)") }
    guard width > 0, components > 0, field.count == 6 + 3 * components else {
      throw .damaged("its frame header makes no sense")
    }
    guard [1, 3, 4].contains(components) else { throw .unsupported("\(components) components") }
    frame = Frame(width: width, height: height, components: components)
  }

  /// Moves to the first marker behind a scan, or to the end of the file.
  private mutating func skipEntropyCodedData() {
    while let next = bytes[position...].firstIndex(of: 0xFF) {
      position = next
      guard next + 1 < bytes.count else { break }
      let code = bytes[next + 1]
      // `FF 00` is a data byte, RSTn stands inside the scan, `FF FF` is one byte of filling.
      if code == 0xFF {
        position += 1
      } else if code == 0 || (0xD0...0xD7).contains(code) {
        position += 2
      } else {
        return
      }
    }
    position = bytes.count
  }

  /// Takes the orientation from an EXIF segment; one that makes no sense tells nothing.
  private mutating func readEXIF(_ payload: ArraySlice<UInt8>) {
    guard payload.starts(with: [0x45, 0x78, 0x69, 0x66, 0x00, 0x00]) else { return }
    let tiff = TIFFReader(Array(payload.dropFirst(6)))
    orientation = tiff?.orientation ?? orientation
  }
}

/// Reads one tag of the first directory of a TIFF structure, which is what EXIF is.
private struct TIFFReader {
  private let bytes: [UInt8]
  private let isLittleEndian: Bool

  init?(_ bytes: [UInt8]) {
    switch bytes.prefix(4) {
    case [0x49, 0x49, 0x2A, 0x00]: isLittleEndian = true
    case [0x4D, 0x4D, 0x00, 0x2A]: isLittleEndian = false
    default: return nil
    }
    self.bytes = bytes
  }

  /// Tag 274: a `SHORT` from 1 to 8.
  var orientation: Int? {
    guard let directory = unsigned(at: 4, bytes: 4),
      let count = unsigned(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<count {
      let offset = directory + 2 + 12 * entry
      guard let tag = unsigned(at: offset, bytes: 2) else { return nil }
      guard tag == 274 else { continue }
      guard unsigned(at: offset + 2, bytes: 2) == 3, unsigned(at: offset + 4, bytes: 4) == 1,
        let value = unsigned(at: offset + 8, bytes: 2), (1...8).contains(value)
      else { return nil }
      return value
    }
    return nil
  }

  private func unsigned(at offset: Int, bytes count: Int) -> Int? {
    guard offset + count <= bytes.count else { return nil }
    let field = bytes[offset..<(offset + count)]
    let mostSignificantFirst = isLittleEndian ? Array(field.reversed()) : Array(field)
    return mostSignificantFirst.reduce(0) { $0 << 8 | Int($1) }
  }
}
