import Glibc
import TestSupport
import Testing

/// `belfry run` under a service manager of ours.
struct RunningDaemon {
  let process: ChildProcess
  let manager: DatagramSocket

  /// Starts it and waits until it says that it is ready.
  static func ready(
    _ context: TestInstallation,
    environment: [String: String?] = [:]
  ) async throws -> RunningDaemon {
    let daemon = try start(context, environment: environment)
    try await daemon.manager.wait(for: "READY=1")
    return daemon
  }

  /// Starts it and returns at once.
  static func start(
    _ context: TestInstallation,
    environment: [String: String?] = [:]
  ) throws -> RunningDaemon {
    let manager = try DatagramSocket()
    let changes = environment.merging(["NOTIFY_SOCKET": manager.path]) { given, _ in given }
    let process = try context.start("run", environment: changes)
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
