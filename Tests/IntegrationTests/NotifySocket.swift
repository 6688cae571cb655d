import Glibc
import Synchronization
import TestSupport
import Testing

/// A socket where the service manager's would be; keeps every line that it was sent.
final class NotifySocket: Sendable {
  private let socket: DatagramSocket
  private let received = Mutex<[String]>([])

  init() throws { socket = try DatagramSocket() }

  /// What `$NOTIFY_SOCKET` says.
  var path: String { socket.path }

  /// Every line of every datagram so far, in order.
  var lines: [String] {
    received.withLock { lines in
      while let text = socket.receiveText() {
        lines += text.split(separator: "\n").map(String.init)
      }
      return lines
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
    _ installation: TestInstallation,
    environment: [String: String?] = [:]
  ) async throws -> RunningDaemon {
    let daemon = try start(installation, environment: environment)
    try await daemon.manager.wait(for: "READY=1")
    return daemon
  }

  /// Starts it and returns at once.
  static func start(
    _ installation: TestInstallation,
    environment: [String: String?] = [:]
  ) throws -> RunningDaemon {
    let manager = try NotifySocket()
    let changes = environment.merging(["NOTIFY_SOCKET": manager.path]) { given, _ in given }
    let process = try installation.start("run", environment: changes)
    // A manager reads what it is sent, whether or not the test asks for it.
    Task {
      while process.isRunning {
        _ = manager.lines
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    return RunningDaemon(process: process, manager: manager)
  }

  /// Ends it as the service manager does, and expects that it goes in peace.
  func stop(sourceLocation: SourceLocation = #_sourceLocation) async {
    process.signal(SIGTERM)
    let status = await process.wait()
    #expect(status == .exited(0), "\(process.stderr)", sourceLocation: sourceLocation)
    #expect(manager.lines.contains("STOPPING=1"), sourceLocation: sourceLocation)
  }
}
