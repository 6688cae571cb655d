import Glibc
import Posts
import Testing

@testable import Media

@Suite("The photo inspector")
struct PhotoInspectorTests {
  @Test("reads size, orientation and checksum of a progressive JPEG")
  func progressive() throws {
    let facts = try PhotoInspector.facts(of: SampleJPEG.progressiveWithOrientation6, named: "p")
    #expect(
      facts
        == PhotoFacts(
          format: .jpeg,
          width: 56,
          height: 40,
          bytes: SampleJPEG.progressiveWithOrientation6.count,
          sha256: SampleJPEG.progressiveSHA256,
          orientation: 6
        )
    )
    #expect(facts.displayedRatio == 40.0 / 56.0)
  }

  @Test("walks over restart markers and stuffed bytes")
  func restartMarkers() throws {
    let facts = try PhotoInspector.facts(of: SampleJPEG.baselineWithRestartMarkers, named: "r")
    #expect(facts.width == 48 && facts.height == 16 && facts.orientation == nil)
  }

  @Test("refuses a JPEG that was cut anywhere")
  func truncated() {
    for whole in [
      SampleJPEG.progressiveWithOrientation6, SampleJPEG.baselineWithRestartMarkers,
      SampleJPEG.grey(width: 64, height: 64),
    ] {
      for length in 2..<whole.count {
        #expect("cut to \(length) of \(whole.count) bytes") {
          _ = try PhotoInspector.facts(of: Array(whole.prefix(length)), named: "cut")
        } throws: {
          ($0 as? MediaError)?.code == .damaged
        }
      }
    }
  }

  @Test("never traps on a damaged file, whichever byte is wrong")
  func flippedBytes() {
    let whole = SampleJPEG.progressiveWithOrientation6
    var outcomes = (accepted: 0, refused: 0)
    for position in whole.indices {
      for value: UInt8 in [0x00, 0x01, 0x7F, 0xD8, 0xFF] {
        var bytes = whole
        bytes[position] = value
        if (try? PhotoInspector.facts(of: bytes, named: "flipped")) == nil {
          outcomes.refused += 1
        } else {
          outcomes.accepted += 1
        }
      }
    }
    #expect(outcomes.accepted > 0 && outcomes.refused > 0)
  }

  @Test("accepts what phones append behind the picture")
  func trailingData() throws {
    let bytes = SampleJPEG.grey(width: 64, height: 64) + Array("trailer".utf8)
    #expect(try PhotoInspector.facts(of: bytes, named: "t").bytes == bytes.count)
  }

  @Test("notices a multi-picture index")
  func multiPicture() throws {
    let index = SampleJPEG.segment(0xE2, [0x4D, 0x50, 0x46, 0x00, 0x4D, 0x4D, 0, 42])
    let bytes = SampleJPEG.grey(width: 64, height: 64, leading: [index])
    #expect(try PhotoInspector.facts(of: bytes, named: "m").format == .multiPicture)
  }

  @Test("takes the orientation from big-endian EXIF, and ignores one that makes no sense")
  func orientation() throws {
    func orientation(_ exif: [UInt8]) throws -> Int? {
      let bytes = SampleJPEG.grey(width: 8, height: 8, leading: [exif])
      return try PhotoInspector.facts(of: bytes, named: "o").orientation
    }
    #expect(try orientation(SampleJPEG.exif(value: 3)) == 3)
    #expect(try orientation(SampleJPEG.exif(value: 9)) == nil)
    #expect(try orientation(SampleJPEG.exif(type: 4, value: 3)) == nil)
    #expect(try orientation(SampleJPEG.exif(tag: 0x13, value: 3)) == nil)
  }

  @Test(
    "names what a file is that is no JPEG",
    arguments: [
      ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A], "is a PNG"),
      (Array("GIF89a".utf8), "is a GIF"),
      (Array("RIFF....WEBPVP8 ".utf8), "is a WebP"),
      ([0, 0, 0, 24] + Array("ftypheic".utf8), "is a HEIC"),
      ([0, 0, 0, 24] + Array("ftypisom".utf8), "is a video or another ISO media file"),
      ([], "is empty"),
      (Array("hello".utf8), "is no picture we know"),
    ] as [([UInt8], String)]
  )
  func otherFormats(bytes: [UInt8], finding: String) {
    #expect {
      _ = try PhotoInspector.facts(of: bytes, named: "/x/y.jpg")
    } throws: { error in
      let error = error as? MediaError
      return error?.code == .notJPEG
        && error?.message == "photo /x/y.jpg \(finding), Instagram takes JPEG only"
        && error?.failureClass == .permanent
    }
  }

  @Test("refuses coding that no browser decodes")
  func unsupported() {
    for bytes in [
      SampleJPEG.grey(width: 8, height: 8, startOfFrame: 0xC3),
      SampleJPEG.grey(width: 8, height: 8, startOfFrame: 0xC9),
      SampleJPEG.grey(width: 8, height: 8, precision: 12),
      SampleJPEG.grey(width: 8, height: 0),
      SampleJPEG.grey(width: 8, height: 8, components: 2),
    ] {
      #expect {
        _ = try PhotoInspector.facts(of: bytes, named: "u")
      } throws: {
        ($0 as? MediaError)?.code == .unsupportedJPEG
      }
    }
  }
}

@Suite("Opening a photo")
struct PhotoFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  func code(_ path: String) async -> MediaError.Code? {
    do throws(MediaError) {
      _ = try await PhotoInspector().inspect(path)
      return nil
    } catch {
      return error.code
    }
  }

  @Test("follows a symbolic link into a library")
  func symbolicLink() async throws {
    let path = try scratch.file("a.jpg", SampleJPEG.grey(width: 320, height: 400))
    let link = "\(scratch.path)/link.jpg"
    try #require(unsafe symlink(path, link) == 0)
    let facts = try await PhotoInspector().inspect(link)
    #expect(facts.width == 320 && facts.height == 400)
  }

  @Test("refuses a directory, a device and a FIFO without waiting for its writer")
  func notAFile() async throws {
    let fifo = "\(scratch.path)/fifo.jpg"
    try #require(unsafe mkfifo(fifo, 0o644) == 0)
    #expect(await code(fifo) == .notAFile)
    #expect(await code(scratch.path) == .notAFile)
    #expect(await code("/dev/zero") == .notAFile)
  }

  @Test("refuses names that lead nowhere, and relative ones")
  func missing() async throws {
    let path = try scratch.file("a.jpg", SampleJPEG.grey(width: 8, height: 8))
    #expect(await code("\(scratch.path)/none.jpg") == .missing)
    #expect(await code("\(path)/inside.jpg") == .missing)
    #expect(await code("a.jpg") == .missing)
    #expect(await code("\(path)\0.png") == .missing)
    #expect(await code("/" + String(repeating: "x", count: 300)) == .missing)
  }

  @Test("refuses a file beyond 8 MiB, and takes one that is exactly that long")
  func tooLarge() async throws {
    let picture = SampleJPEG.grey(width: 320, height: 320)
    let path = try scratch.file("large.jpg", picture)
    try #require(unsafe truncate(path, PhotoRules.maximumBytes) == 0)
    #expect(try await PhotoInspector().inspect(path).bytes == PhotoRules.maximumBytes)
    try #require(unsafe truncate(path, PhotoRules.maximumBytes + 1) == 0)
    #expect(await code(path) == .tooLarge)
  }

  @Test("stops reading a file that is longer than its status said")
  func endless() throws {
    // procfs reports a size of 0 for files that have content: the same as one that grows.
    let path = "/proc/self/status"
    let photo = try PhotoFile.open(path)
    #expect {
      _ = try PhotoFile.read(photo, at: path, limit: 16)
    } throws: {
      ($0 as? MediaError)?.code == .tooLarge
    }
  }
}
