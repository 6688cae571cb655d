import Media
import Testing

@Suite("Files that a database says are there")
struct StoredFilesTests {
  @Test("what is missing, no file or of another size is named; the rest is not")
  func problems() async throws {
    let scratch = try Scratch()
    let photo = try scratch.file("a.jpg", [1, 2, 3])
    let folder = try scratch.directory("folder")
    let files = StoredFiles()
    let problems = await files.problems(with: [
      .init(id: 1, path: photo, bytes: 3), .init(id: 2, path: photo, bytes: nil),
      .init(id: 3, path: photo, bytes: 4), .init(id: 4, path: folder, bytes: nil),
      .init(id: 5, path: photo + ".gone", bytes: 3),
    ])
    #expect(
      problems == [
        3: "its file has not the size that was recorded", 4: "what lies there is not a file",
        5: "its file is not there",
      ]
    )
    #expect(await files.isDirectory(folder))
    #expect(await !files.isDirectory(photo))
    #expect(await !files.isDirectory(folder + "/gone"))
  }
}
