import Glibc
import Synchronization
import TestSupport
import Testing

/// A datagram socket where the service manager's would be; keeps every line that it was sent.
final class NotifySocket: Sendable {
  private let descriptor: Int32
  /// What `$NOTIFY_SOCKET` says.
  let path: String
  private let received = Mutex<[String]>([])

  init() throws {
    path = "/tmp/belfry-notify-\(getpid())-\(UInt64.random(in: 0...(.max)))"
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
  }

  deinit {
    close(descriptor)
    unsafe unlink(path)
  }

  /// Every line of every datagram so far, in order.
  var lines: [String] {
    received.withLock { lines in
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count >= 0 else { return lines }
        let text = String(decoding: buffer.prefix(count), as: UTF8.self)
        lines += text.split(separator: "\n").map(String.init)
      }
    }
  }

  /// Waits for a line, among those after the first `offset`, for which `predicate` holds.
  @discardableResult
  func wait(
    _ description: String,
    after offset: Int = 0,
    _ predicate: (String) -> Bool
  ) async throws -> String {
    var found: String?
    try await eventually(
      "\(description) on the notify socket, which has \(lines.dropFirst(offset))"
    ) {
      found = lines.dropFirst(offset).first(where: predicate)
      return found != nil
    }
    return try #require(found)
  }

  /// Waits for exactly this line.
  func wait(for line: String, after offset: Int = 0) async throws {
    try await wait(line, after: offset) { $0 == line }
  }
}

/// `belfry run` under a service manager of ours.
struct RunningDaemon {
  let process: ChildProcess
  let manager: NotifySocket

  /// Starts it and waits until it says that it is ready.
  static func ready(
    _ tower: Tower,
    environment: [String: String?] = [:]
  ) async throws -> RunningDaemon {
    let daemon = try start(tower, environment: environment)
    try await daemon.manager.wait(for: "READY=1")
    return daemon
  }

  /// Starts it and returns at once.
  static func start(
    _ tower: Tower,
    environment: [String: String?] = [:]
  ) throws -> RunningDaemon {
    let manager = try NotifySocket()
    let changes = environment.merging(["NOTIFY_SOCKET": manager.path]) { given, _ in given }
    return RunningDaemon(process: try tower.start("run", environment: changes), manager: manager)
  }

  /// Ends it as the service manager does, and expects that it goes in peace.
  func stop(sourceLocation: SourceLocation = #_sourceLocation) async {
    process.signal(SIGTERM)
    let status = await process.wait()
    #expect(status == .exited(0), "\(process.stderr)", sourceLocation: sourceLocation)
    #expect(manager.lines.contains("STOPPING=1"), sourceLocation: sourceLocation)
  }
}
