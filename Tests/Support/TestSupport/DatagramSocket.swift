import Glibc
import Synchronization

/// A Unix datagram socket that listens where the service manager, or the journal, would.
///
/// What comes is read by `receive()` and its like, datagram by datagram, or kept in `lines`; a test uses one way
/// or the other.
public final class DatagramSocket: Sendable {
  private let descriptor: Int32
  /// Holds the socket unless its path was given.
  private let directory: TemporaryDirectory?
  private let received = Mutex<[String]>([])
  /// Where it listens.
  public let path: String

  /// Listens at `path`, which must not exist and ends with this value; nil for a place of its own.
  public init(path given: String? = nil) throws {
    directory = given == nil ? try TemporaryDirectory("socket") : nil
    let path = given ?? "\(directory?.path ?? "")/socket"
    try TemporaryDirectory.requireSocketPath(path)
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    guard descriptor >= 0 else { throw ChildProcessError("socket", errno: errno) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else {
      let code = errno
      close(descriptor)
      throw ChildProcessError("bind \(path)", errno: code)
    }
  }

  deinit {
    close(descriptor)
    unsafe unlink(path)
  }

  /// The next datagram, which must have been sent already; nil when there is none.
  public func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 262_144)
    let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return count < 0 ? nil : Array(buffer.prefix(count))
  }

  /// The next datagram as text, waiting for it; nil when none comes within ten seconds.
  public func nextText() -> String? {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&waiting, 1, 10_000) == 1 else { return nil }
    return receiveText()
  }

  /// The next datagram as text.
  public func receiveText() -> String? { receive().map { String(decoding: $0, as: UTF8.self) } }

  /// Every line of every datagram so far, in order.
  public var lines: [String] {
    received.withLock { lines in
      while let text = receiveText() { lines += text.split(separator: "\n").map(String.init) }
      return lines
    }
  }

  /// Waits for a line, among those after the first `offset`, for which `predicate` holds.
  ///
  /// - Throws: `NotEventually`, with the lines that came, when there is none in time.
  @discardableResult
  public func wait(
    _ description: String,
    after offset: Int = 0,
    _ predicate: (String) -> Bool
  ) async throws -> String {
    var found = ""
    try await eventually("\(description) on the socket, which has \(lines.dropFirst(offset))") {
      guard let line = lines.dropFirst(offset).first(where: predicate) else { return false }
      found = line
      return true
    }
    return found
  }

  /// Waits for exactly this line.
  public func wait(for line: String, after offset: Int = 0) async throws {
    try await wait(line, after: offset) { $0 == line }
  }
}
