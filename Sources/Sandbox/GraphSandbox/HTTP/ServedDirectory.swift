import Glibc
import NIOPosix

/// A directory whose files are served below `/_files/`: the web server of a demonstration, so that
/// pictures have a URL without another program.
///
/// Only plain names of its own files: no directories, no links out, no `..`.
struct ServedDirectory: Sendable {
  let path: String

  private static let sizeLimit = 64 << 20

  /// The answer for a path below `/_files/`; reading happens on NIO's file threads.
  func answer(_ name: String) async -> SandboxAnswer {
    let path = path
    let bytes = try? await NIOThreadPool.singleton.runIfActive { Self.read(name, in: path) }
    guard let bytes = bytes ?? nil else {
      return SandboxAnswer(
        status: 404,
        headers: [HeaderField(name: "Content-Type", value: "text/plain")],
        body: Array("no such file\n".utf8)
      )
    }
    return SandboxAnswer(
      status: 200,
      headers: [HeaderField(name: "Content-Type", value: Self.type(of: name))],
      body: bytes
    )
  }

  private static func type(of name: String) -> String {
    if name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") { return "image/jpeg" }
    if name.hasSuffix(".png") { return "image/png" }
    return "application/octet-stream"
  }

  private static func read(_ name: String, in directory: String) -> [UInt8]? {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.contains("%") else {
      return nil
    }
    let descriptor = unsafe open(
      directory + "/" + name,
      O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW
    )
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= sizeLimit
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      guard got > 0 else { return nil }
      count += got
    }
    return bytes
  }
}
