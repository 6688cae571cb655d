import Glibc

/// An open file: closed when it goes out of scope, and never copied.
struct FileDescriptor: ~Copyable {
  let raw: Int32

  /// Takes over an open descriptor.
  init(adopting raw: Int32) { self.raw = raw }

  deinit { _ = close(raw) }

  /// What the kernel knows about the open file.
  func status() throws(Errno) -> stat {
    var status = stat()
    try Errno.check { unsafe fstat(raw, &status) }
    return status
  }

  /// Appends up to `count` bytes to `bytes`; returns how many came, 0 at the end of the file.
  func read(upTo count: Int, into bytes: inout [UInt8]) throws(Errno) -> Int {
    var received = 0
    var failure: Errno?
    let chunk = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(Errno) {
        initialized = try Errno.check { unsafe Glibc.read(raw, buffer.baseAddress, count) }
      } catch {
        failure = error
      }
      received = initialized
    }
    if let failure { throw failure }
    bytes += chunk
    return received
  }

  /// Writes all of `bytes`, in as many calls as the kernel wants.
  func write(_ bytes: [UInt8]) throws(Errno) {
    var written = 0
    while written < bytes.count {
      written += try Errno.check {
        unsafe bytes.withUnsafeBytes { buffer in
          unsafe Glibc.write(raw, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        }
      }
    }
  }
}

/// The number that a system call left in `errno`.
struct Errno: Error, Hashable, CustomStringConvertible {
  let code: Int32

  /// The system's own words for it.
  var description: String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }

  /// Makes a system call, again when a signal interrupted it; −1 becomes an error.
  @discardableResult
  static func check<Result: FixedWidthInteger & SignedInteger>(
    _ call: () -> Result
  ) throws(Errno) -> Result {
    while true {
      let result = call()
      guard result == -1 else { return result }
      let code = errno
      guard code == EINTR else { throw Errno(code: code) }
    }
  }
}
