import Glibc

/// The contents of a small regular file, and who may read it.
struct SmallFile {
  var bytes: [UInt8]
  /// The permission bits of `st_mode`.
  let permissions: UInt32

  /// Reads `path`, following links, up to `limit` bytes.
  static func read(_ path: String, limit: Int) -> Result<SmallFile, ReadFailure> {
    // O_NONBLOCK: a FIFO in the file's place must not hang the start.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return .failure(.system(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return .failure(.system(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { return .failure(.notRegular) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count < bytes.count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return .failure(.system(errno)) }
      if got == 0 { break }
      count += got
    }
    guard count <= limit else {
      wipe(&bytes)
      return .failure(.tooLarge)
    }
    bytes.removeLast(bytes.count - count)
    return .success(SmallFile(bytes: bytes, permissions: status.st_mode & 0o7777))
  }

  /// Overwrites the contents that this value alone owns.
  mutating func wipe() { Self.wipe(&bytes) }

  private static func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      unsafe explicit_bzero(start, buffer.count)
    }
  }
}

/// Why a file could not be read.
enum ReadFailure: Error, Hashable, CustomStringConvertible {
  case system(Int32)
  case notRegular
  case tooLarge

  var isMissing: Bool { self == .system(ENOENT) || self == .system(ENOTDIR) }

  var description: String {
    switch self {
    case .system(ENOENT), .system(ENOTDIR): "it does not exist"
    case .system(EACCES): "permission denied"
    case .system(let number): "system error \(number)"
    case .notRegular: "it is not a regular file"
    case .tooLarge: "it is too large"
    }
  }
}
