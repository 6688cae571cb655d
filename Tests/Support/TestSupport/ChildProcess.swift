import Dispatch
import Glibc
import Synchronization

/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
  /// It exited with this code.
  case exited(Int32)
  /// This signal ended it.
  case signalled(Int32)

  /// Whether it exited with 0.
  public var isSuccess: Bool { self == .exited(0) }
}

/// A child process with collected output; killed when the last reference to it goes away.
///
/// Waiting for the child happens on a thread of its own, never on Swift's cooperative pool, and no pid is
/// signalled after it was reaped, so no innocent process can be hit.
public final class ChildProcess: Sendable {
  /// What a finished process left behind.
  public struct Output: Sendable {
    /// How it ended.
    public var status: ExitStatus
    /// What it wrote to its standard output.
    public var stdout: String
    /// What it wrote to its standard error.
    public var stderr: String
  }

  /// One of the two output streams.
  public enum Stream: Sendable {
    /// Standard output.
    case stdout
    /// Standard error.
    case stderr
  }

  /// The process id; use `signal(_:)` rather than this for signals.
  public let pid: Int32
  private let life: ProcessLife
  private let stdoutCollector: OutputCollector
  private let stderrCollector: OutputCollector

  private init(pid: Int32, stdout: OutputCollector, stderr: OutputCollector) {
    self.pid = pid
    life = ProcessLife(pid: pid)
    stdoutCollector = stdout
    stderrCollector = stderr
    life.watch { @Sendable in
      // What was written before the end is in the pipes by now, whoever still holds their other ends.
      stdout.finish()
      stderr.finish()
    }
  }

  deinit {
    life.signal(SIGKILL)
  }

  /// Runs a program to its end; killed when the task is cancelled.
  ///
  /// A `path` without `/` is looked up
  /// in `PATH`; no `environment` means ours.
  public static func run(
    _ path: String,
    _ arguments: [String] = [],
    environment: [String: String]? = nil,
    input: String? = nil
  ) async throws -> Output {
    let child = try spawn(path, arguments, environment: environment, input: input)
    let status = await withTaskCancellationHandler {
      await child.wait()
    } onCancel: {
      child.signal(SIGKILL)
    }
    return Output(status: status, stdout: child.stdout, stderr: child.stderr)
  }

  /// Starts a program and returns at once.
  ///
  /// `descriptors` maps numbers from 3 on, in the child, to descriptors of ours.
  public static func spawn(
    _ path: String,
    _ arguments: [String] = [],
    environment: [String: String]? = nil,
    input: String? = nil,
    descriptors: [Int32: Int32] = [:]
  ) throws -> ChildProcess {
    let standardInput = try InputFile(input)
    let out = try Pipe()
    let err = try Pipe()
    defer {
      close(out.writeEnd)
      close(err.writeEnd)
      close(standardInput.descriptor)
    }
    var mapping = descriptors
    mapping[0] = standardInput.descriptor
    mapping[1] = out.writeEnd
    mapping[2] = err.writeEnd
    let stdout = OutputCollector(readEnd: out.readEnd)
    let stderr = OutputCollector(readEnd: err.readEnd)
    let pid = try spawnProcess(path, arguments, environment: environment, descriptors: mapping)
    return ChildProcess(pid: pid, stdout: stdout, stderr: stderr)
  }

  /// What it has written to standard output so far.
  public var stdout: String { stdoutCollector.text }

  /// What it has written to standard error so far.
  public var stderr: String { stderrCollector.text }

  /// Whether it has not ended yet.
  public var isRunning: Bool { life.isRunning }

  /// Sends a signal; false when the process has ended.
  @discardableResult
  public func signal(_ number: Int32) -> Bool { life.signal(number) }

  /// Waits until it has ended.
  public func wait() async -> ExitStatus { await life.wait() }

  /// Waits until `text` has appeared; throws when the process ends without it, or on cancellation.
  public func waitForOutput(_ text: String, in stream: Stream = .stdout) async throws {
    let collector = stream == .stdout ? stdoutCollector : stderrCollector
    if await collector.wait(for: text) { return }
    try Task.checkCancellation()
    throw ChildProcessError("process \(pid) ended without writing '\(text)':\n\(stdout)\n\(stderr)")
  }
}

/// Why a process could not be started or used.
public struct ChildProcessError: Error, CustomStringConvertible {
  /// What went wrong with what.
  public let description: String

  /// Makes an error from its text.
  public init(_ description: String) {
    self.description = description
  }

  /// Names the call and what the system said.
  init(_ call: String, errno code: Int32) {
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    self.init("\(call): \(reason)")
  }
}

/// The path of an executable that was built beside the running test binary.
public func builtProduct(_ name: String) throws -> String {
  var buffer = [UInt8](repeating: 0, count: 4096)
  let count = unsafe buffer.withUnsafeMutableBytes { bytes in
    guard let base = bytes.baseAddress else { return -1 }
    return unsafe readlink(
      "/proc/self/exe",
      base.assumingMemoryBound(to: CChar.self),
      bytes.count
    )
  }
  guard count > 0 else { throw ChildProcessError("readlink /proc/self/exe", errno: errno) }
  let own = String(decoding: buffer[..<count], as: UTF8.self)
  let directory = own.split(separator: "/").dropLast().joined(separator: "/")
  let path = "/\(directory)/\(name)"
  guard unsafe access(path, X_OK) == 0 else {
    throw ChildProcessError("\(path) does not exist; build it first: swift build --product \(name)")
  }
  return path
}
