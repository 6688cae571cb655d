import Glibc
import TestSupport
import Testing

/// A directory of its own for one test, removed with everything in it.
final class Scratch {
  private let directory: TemporaryDirectory
  var path: String { directory.path }

  init() throws { directory = try TemporaryDirectory("media") }

  /// Writes a file and answers its path.
  func file(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws -> String {
    let path = "\(self.path)/\(name)"
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let written = unsafe bytes.withUnsafeBytes {
      unsafe write(descriptor, $0.baseAddress, $0.count)
    }
    try #require(written == bytes.count && fchmod(descriptor, mode) == 0)
    return path
  }

  /// Makes a directory and answers its path.
  func directory(_ name: String) throws -> String {
    let path = "\(self.path)/\(name)"
    try #require(unsafe mkdir(path, 0o755) == 0)
    return path
  }

  /// The names in a directory, sorted, hidden ones too.
  static func names(in path: String) throws -> [String] {
    let stream = unsafe try #require(unsafe opendir(path))
    defer { _ = unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The status of a file, or nil when there is none.
  static func status(_ path: String) -> stat? {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status : nil
  }

  /// The bytes of a file.
  static func bytes(_ path: String) throws -> [UInt8] {
    let file = unsafe try #require(unsafe fopen(path, "r"))
    defer { _ = unsafe fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = unsafe fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }
}
