import Testing

@testable import Media

@Suite("The photos of the demo")
struct DemoPhotoTests {
  @Test("are what Instagram takes, without a note", arguments: ["sarah", "max"])
  func accepted(persona: String) async throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let folder = "/\(root)/etc/demo/photos/\(persona)"
    let names = try Scratch.names(in: folder)
    #expect(names.count == 4)
    for name in names {
      let facts = try await PhotoInspector().inspect("\(folder)/\(name)")
      #expect(facts.width == 1080 && facts.height == 1350)
      let requirements = PhotoRequirements(facts, named: name)
      #expect(requirements.isAccepted && requirements.notes.isEmpty)
    }
  }
}
