import Posts
import Testing

@testable import Media

@Suite("The requirements on a photo")
struct PhotoRequirementsTests {
  func requirements(
    _ width: Int,
    _ height: Int,
    format: PhotoFacts.Format = .jpeg,
    bytes: Int = 100_000,
    components: Int = 3,
    orientation: Int? = nil,
    for use: PhotoUse = .feed
  ) -> PhotoRequirements {
    PhotoRequirements(
      PhotoFacts(
        format: format,
        width: width,
        height: height,
        components: components,
        bytes: bytes,
        sha256: String(repeating: "0", count: 64),
        orientation: orientation
      ),
      named: "/x/y.jpg",
      for: use
    )
  }

  @Test(
    "accepts every shape from 4:5 to 1.91:1",
    arguments: [(1080, 1350), (1080, 1080), (1079, 1350), (1080, 566), (1200, 628), (1440, 1800)]
  )
  func acceptedShapes(width: Int, height: Int) throws {
    #expect(requirements(width, height).isAccepted)
    #expect(requirements(width, height).notes.isEmpty)
    try requirements(width, height).check()
  }

  @Test(
    "refuses what is taller or wider, and says how far to crop",
    arguments: [
      (1080, 1440, "taller than 4:5", "1350 pixels in height"),
      (1080, 1920, "taller than 4:5", "1350 pixels in height"),
      (1200, 600, "wider than 1.91:1", "1146 pixels in width"),
    ]
  )
  func refusedShapes(width: Int, height: Int, finding: String, repair: String) {
    let refusals = requirements(width, height).refusals
    #expect(refusals.map(\.code) == [.ratio])
    #expect(refusals.first?.message == "photo /x/y.jpg is \(width)x\(height), \(finding)")
    #expect(refusals.first?.hint.contains(repair) == true)
  }

  @Test("asks a story for no shape")
  func story() { #expect(requirements(1080, 1920, for: .story).isAccepted) }

  @Test("judges a photo as it is seen, not as it is stored")
  func orientation() {
    #expect(requirements(1350, 1080, orientation: 6).isAccepted)
    #expect(requirements(1500, 1000, orientation: 1).isAccepted)
    let turned = requirements(1500, 1000, orientation: 8)
    #expect(turned.refusals.first?.message == "photo /x/y.jpg is 1000x1500, taller than 4:5")
    #expect(turned.notes.contains { $0.contains("EXIF orientation 8") })
  }

  @Test("notes what is scaled or converted, without refusing it")
  func notes() {
    #expect(requirements(319, 319).isAccepted)
    #expect(requirements(319, 319).notes == ["319 pixels wide, Instagram enlarges it to 320"])
    #expect(requirements(4000, 4000).isAccepted)
    #expect(requirements(4000, 4000).notes == ["4000 pixels wide, Instagram reduces it to 1440"])
    #expect(requirements(1080, 1080, components: 4).notes.count == 1)
    #expect(requirements(320, 320).notes.isEmpty && requirements(1440, 1440).notes.isEmpty)
  }

  @Test("refuses multi-picture files and more than 8 MiB, and names both faults at once")
  func severalRefusals() {
    let requirements = requirements(
      1080,
      1440,
      format: .multiPicture,
      bytes: PhotoRules.maximumBytes + 1
    )
    #expect(requirements.refusals.map(\.code) == [.unsupportedJPEG, .tooLarge, .ratio])
    #expect(throws: MediaError.self) { try requirements.check() }
    #expect(self.requirements(1080, 1080, bytes: PhotoRules.maximumBytes).isAccepted)
  }
}

@Suite("Media errors")
struct MediaErrorTests {
  @Test("put the hint on a line of its own")
  func description() {
    let error = MediaError(.missing, "photo /x.jpg does not exist", hint: "Put the file back.")
    #expect(error.description == "photo /x.jpg does not exist\nHINT: Put the file back.")
  }

  @Test("blame the host for what no photo can help", arguments: MediaError.Code.allCases)
  func failureClass(code: MediaError.Code) {
    let host: [MediaError.Code] = [
      .unreadable, .noPublicURL, .badBaseURL, .directory, .foreignHandle,
    ]
    let error = MediaError(code, "", hint: "")
    #expect((error.failureClass == .configuration) == host.contains(code))
    #expect((error.failureClass == .wait) == (code == .storage))
  }
}
