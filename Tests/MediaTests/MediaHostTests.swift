import FoundationEssentials
import Glibc
import Posts
import Testing

@testable import Media

/// A name of the right form that is easy to read.
func name(_ digit: Character) throws -> PublicName {
  try #require(PublicName(String(repeating: digit, count: 32) + ".jpg"))
}

@Suite("A webroot host")
struct WebrootHostTests {
  let scratch: Scratch
  let webroot: String
  let host: WebrootHost
  let picture = SampleJPEG.grey(width: 320, height: 320)

  init() throws {
    scratch = try Scratch()
    webroot = try scratch.directory("public")
    host = try WebrootHost(directory: webroot, baseURL: "https://media.example.org/p")
  }

  @Test("links the photo under its name, and answers the URL")
  func link() async throws {
    let path = try scratch.file("a.jpg", picture)
    let media = try await host.publish(.file(path: path), as: name("a"))
    let file = "\(webroot)/\(try name("a"))"
    #expect(media.url == "https://media.example.org/p/\(try name("a"))")
    #expect(media.bytes == picture.count)
    #expect(media.handle == host.handle(for: .file(path: path), as: try name("a")))
    #expect(Scratch.status(file)?.st_ino == Scratch.status(path)?.st_ino)
  }

  @Test("copies a photo that not everybody may read, and leaves the original's mode alone")
  func copy() async throws {
    let path = try scratch.file("private.jpg", picture, mode: 0o600)
    let media = try await host.publish(.file(path: path), as: name("a"))
    let file = "\(webroot)/\(try name("a"))"
    #expect(media.bytes == picture.count)
    #expect(try Scratch.bytes(file) == picture)
    #expect(Scratch.status(file).map { $0.st_mode & 0o777 } == 0o644)
    #expect(Scratch.status(path).map { $0.st_mode & 0o777 } == 0o600)
  }

  @Test("copies across file systems", .enabled(if: Scratch.status("/dev/shm") != nil))
  func copyAcrossFileSystems() async throws {
    let path = "/dev/shm/belfry-media-\(getpid()).jpg"
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    try #require(descriptor >= 0)
    defer { unsafe unlink(path) }
    defer { close(descriptor) }
    _ = unsafe picture.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    _ = try await host.publish(.file(path: path), as: name("a"))
    #expect(try Scratch.bytes("\(webroot)/\(try name("a"))") == picture)
  }

  @Test("publishes the same name again without leaving anything beside it")
  func publishTwice() async throws {
    let path = try scratch.file("a.jpg", picture)
    let other = try scratch.file("b.jpg", SampleJPEG.grey(width: 400, height: 400))
    for source in [path, path, other] {
      _ = try await host.publish(.file(path: source), as: name("a"))
      #expect(try Scratch.names(in: webroot) == [try name("a").fileName])
    }
    #expect(try Scratch.bytes("\(webroot)/\(try name("a"))") == Scratch.bytes(other))
  }

  @Test("publishes over what a killed process left half-made")
  func leftover() async throws {
    _ = try scratch.file("public/.\(try name("a")).new", [0xFF])
    let path = try scratch.file("a.jpg", picture)
    _ = try await host.publish(.file(path: path), as: name("a"))
    #expect(try Scratch.names(in: webroot) == [try name("a").fileName])
  }

  @Test("leaves the webroot empty when the photo cannot be published")
  func failure() async throws {
    await #expect(throws: MediaError.self) {
      _ = try await host.publish(.file(path: "\(scratch.path)/none.jpg"), as: name("a"))
    }
    #expect(try Scratch.names(in: webroot).isEmpty)
    // The name is taken by a directory, so the rename fails.
    _ = try scratch.directory("public/\(try name("b"))")
    let path = try scratch.file("a.jpg", picture)
    await #expect(throws: MediaError.self) {
      _ = try await host.publish(.file(path: path), as: name("b"))
    }
    #expect(try Scratch.names(in: webroot) == [try name("b").fileName])
  }

  @Test("withdraws from the recorded handle alone, as often as asked, and never the original")
  func withdraw() async throws {
    let path = try scratch.file("a.jpg", picture)
    let media = try await host.publish(.file(path: path), as: name("a"))
    let recorded = try JSONEncoder().encode(media.handle)
    let handle = try JSONDecoder().decode(MediaHandle.self, from: recorded)
    let successor = try WebrootHost(directory: webroot, baseURL: "https://media.example.org/p")
    try await successor.withdraw(handle)
    try await successor.withdraw(handle)
    #expect(try Scratch.names(in: webroot).isEmpty)
    #expect(try Scratch.bytes(path) == picture)
  }

  @Test("withdraws what a killed process left half-made")
  func withdrawLeftover() async throws {
    _ = try scratch.file("public/.\(try name("a")).new", [0xFF])
    try await host.withdraw(.webroot(name("a")))
    #expect(try Scratch.names(in: webroot).isEmpty)
  }

  @Test("does not pretend to withdraw what another host holds")
  func foreignHandle() async throws {
    let handle = MediaHandle.s3(try name("a"))
    await #expect {
      try await host.withdraw(handle)
    } throws: {
      ($0 as? MediaError)?.code == .foreignHandle
    }
    try await host.withdraw(.nothing)
  }

  @Test("names the directory when it is missing")
  func missingDirectory() async throws {
    let host = try WebrootHost(directory: "\(scratch.path)/none", baseURL: "https://a.example/")
    let path = try scratch.file("a.jpg", picture)
    await #expect {
      _ = try await host.publish(.file(path: path), as: name("a"))
    } throws: { error in
      let error = error as? MediaError
      return error?.code == .directory && error?.message.contains("\(scratch.path)/none") == true
        && error?.failureClass == .configuration
    }
    let report = await host.sweep(olderThan: .zero, keeping: [])
    #expect(report.removed.isEmpty && report.failures.map(\.code) == [.directory])
  }

  @Test("sweeps what is old and not needed, and no other file")
  func sweep() async throws {
    let path = try scratch.file("a.jpg", picture)
    for digit in "abc" { _ = try await host.publish(.file(path: path), as: name(digit)) }
    _ = try scratch.file("public/.\(try name("d")).new", [0xFF])
    _ = try scratch.file("public/index.html", Array("hello".utf8))
    _ = try scratch.file("public/.\(try name("e"))", [0xFF])

    let early = await host.sweep(olderThan: .seconds(3600), keeping: [])
    #expect(early == SweepReport())
    let report = await host.sweep(olderThan: .zero, keeping: [.webroot(try name("b"))])
    #expect(
      report == SweepReport(removed: try ["a", "c", "d"].map { .webroot(try name($0)) })
    )
    #expect(
      try Scratch.names(in: webroot)
        == [".\(try name("e"))", try name("b").fileName, "index.html"]
    )
  }

  @Test("does not take a link for old because the photo is")
  func sweepSparesNewLinkToOldPhoto() async throws {
    let path = try scratch.file("a.jpg", picture)
    let longAgo = timespec(tv_sec: 1, tv_nsec: 0)
    try #require(unsafe utimensat(AT_FDCWD, path, [longAgo, longAgo], 0) == 0)
    _ = try await host.publish(.file(path: path), as: name("a"))
    #expect(await host.sweep(olderThan: .seconds(3600), keeping: []) == SweepReport())
  }

  @Test("goes on sweeping behind what it cannot remove")
  func sweepFailure() async throws {
    // A file under the final name, a directory under the temporary one: unlink refuses the latter.
    _ = try scratch.directory("public/.\(try name("a")).new")
    for digit in "ab" { _ = try scratch.file("public/\(try name(digit))", picture) }
    let report = await host.sweep(olderThan: .zero, keeping: [])
    #expect(report.removed == [.webroot(try name("b"))])
    #expect(report.failures.count == 1)
  }

  @Test("leaves a photo that has a URL where it is")
  func alreadyPublic() async throws {
    let source = PhotoSource.url("https://cdn.example.org/a.jpg")
    let media = try await host.publish(source, as: name("a"))
    #expect(media.url == "https://cdn.example.org/a.jpg" && media.handle == .nothing)
    #expect(host.handle(for: source, as: try name("a")) == .nothing)
    #expect(try Scratch.names(in: webroot).isEmpty)
  }

  @Test(
    "refuses a base URL that Meta could not use",
    arguments: [
      "http://media.example.org/", "media.example.org", "https:///p", "https://a.example/?x=1",
      "https://user:pass@a.example/", "https://exämple.org/", "ftp://a.example/", "https://a b/",
      "http://127.0.0.1.example.org/", "https://a.example:port/",
      "https://a.example:+80/", "https://a.example:0/",
    ]
  )
  func badBaseURL(text: String) {
    #expect {
      _ = try WebrootHost(directory: "/srv", baseURL: text)
    } throws: {
      ($0 as? MediaError)?.code == .badBaseURL
    }
  }

  @Test(
    "takes plain http for this machine only",
    arguments: ["http://127.0.0.1:8080/p/", "http://localhost/", "http://[::1]:8080/"]
  )
  func loopback(text: String) throws {
    _ = try WebrootHost(directory: "/srv", baseURL: text)
  }

  @Test("refuses a relative directory")
  func relativeDirectory() {
    #expect(throws: MediaError.self) {
      _ = try WebrootHost(directory: "public", baseURL: "https://a.example/")
    }
  }
}

@Suite("The pass-through host")
struct PassThroughHostTests {
  @Test("answers the photo's own URL")
  func url() async throws {
    let media = try await PassThroughHost().publish(.url("https://a.example/x.jpg"), as: .random())
    #expect(
      media == PublicMedia(url: "https://a.example/x.jpg", handle: .nothing, bytes: nil)
    )
    try await PassThroughHost().withdraw(media.handle)
    #expect(await PassThroughHost().sweep(olderThan: .zero, keeping: []) == SweepReport())
  }

  @Test("refuses a photo that is only a file, and names the key to set")
  func file() async {
    await #expect {
      _ = try await PassThroughHost().publish(.file(path: "/x.jpg"), as: .random())
    } throws: { error in
      let error = error as? MediaError
      return error?.code == .noPublicURL && error?.hint.contains("media.host") == true
    }
  }

  @Test("refuses URLs that Meta could not fetch")
  func badURL() async {
    for url in ["http://a.example/x.jpg", "/x.jpg", "https://a.example/ü.jpg", ""] {
      await #expect {
        _ = try await PassThroughHost().publish(.url(url), as: .random())
      } throws: {
        ($0 as? MediaError)?.code == .badURL
      }
    }
  }

  @Test("does not pretend to withdraw what another host holds")
  func foreignHandle() async throws {
    await #expect(throws: MediaError.self) {
      try await PassThroughHost().withdraw(.webroot(name("a")))
    }
  }
}

@Suite("Public names and handles")
struct MediaHandleTests {
  @Test("random names have the form, and differ")
  func random() {
    let names = (0..<1000).map { _ in PublicName.random() }
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { PublicName($0.fileName) == $0 })
  }

  @Test(
    "other names are refused",
    arguments: [
      "", "a.jpg", "../../../../../../../etc/passwd.jpg",
      String(repeating: "A", count: 32) + ".jpg",
      String(repeating: "a", count: 32), String(repeating: "a", count: 33) + ".jpg",
      String(repeating: "a", count: 32) + ".jpg\n", String(repeating: "a", count: 28) + "/../.jpg",
      String(repeating: "a", count: 32) + ".png", String(repeating: "ä", count: 16) + ".jpg",
    ]
  )
  func refused(text: String) throws {
    #expect(PublicName(text) == nil)
    let json = try JSONEncoder().encode(["host": "webroot", "name": text])
    #expect(throws: DecodingError.self) {
      _ = try JSONDecoder().decode(MediaHandle.self, from: json)
    }
  }

  @Test("handles survive recording")
  func roundTrip() throws {
    let name = try #require(PublicName("0123456789abcdef0123456789abcdef.jpg"))
    for handle in [MediaHandle.nothing, .webroot(name), .s3(name)] {
      let recorded = try JSONEncoder().encode(handle)
      #expect(try JSONDecoder().decode(MediaHandle.self, from: recorded) == handle)
    }
  }

  @Test(
    "handles that name a host without a name, or nothing with one, are refused",
    arguments: [
      #"{"host":"webroot"}"#, #"{"host":"ftp","name":"0123456789abcdef0123456789abcdef.jpg"}"#,
      #"{"host":"none","name":"0123456789abcdef0123456789abcdef.jpg"}"#, "{}",
    ]
  )
  func halfHandles(json: String) {
    #expect(throws: DecodingError.self) {
      _ = try JSONDecoder().decode(MediaHandle.self, from: Data(json.utf8))
    }
  }
}
