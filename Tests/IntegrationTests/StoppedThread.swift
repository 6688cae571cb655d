import Dispatch
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// One thread of another process, stopped from outside while its other threads run.
///
/// No signal can do that: SIGSTOP stops a whole process. ptrace(2) stops the thread that is traced. All calls
/// have to come from the same thread of ours, which therefore waits here until it is told to let go.
final class StoppedThread {
  private let letGo = DispatchSemaphore(value: 0)
  private let gone = DispatchSemaphore(value: 0)

  /// Stops the thread `tid`; returns when it stands.
  init(_ tid: Int32) async throws {
    let (letGo, gone) = (letGo, gone)
    let failure: String? = await withCheckedContinuation { continuation in
      DispatchQueue(label: "belfry.tests.tracer").async { @Sendable in
        do {
          try Self.stop(tid)
        } catch {
          return continuation.resume(returning: "\(error)")
        }
        continuation.resume(returning: nil)
        letGo.wait()
        _ = try? Self.ptrace(Self.detach, tid)
        gone.signal()
      }
    }
    if let failure { throw ChildProcessError(failure) }
  }

  /// Lets the thread go on.
  func release() {
    letGo.signal()
    gone.wait()
  }

  private static let (seize, interrupt, detach): (Int32, Int32, Int32) = (0x4206, 0x4207, 17)

  private static func stop(_ tid: Int32) throws {
    try ptrace(seize, tid)
    do {
      try ptrace(interrupt, tid)
      var status: Int32 = 0
      let all: Int32 = 0x4000_0000  // __WALL: threads, too
      guard unsafe waitpid(tid, &status, all) == tid, status & 0xFF == 0x7F else {
        throw ChildProcessError("thread \(tid) did not stop")
      }
    } catch {
      _ = try? ptrace(detach, tid)
      throw error
    }
  }

  /// Swift cannot call the variadic ptrace(2); on Linux its arguments are passed like those of any function.
  private static func ptrace(_ request: Int32, _ tid: Int32) throws {
    typealias Call = @convention(c) (Int32, Int32, Int, Int) -> Int
    let symbol = try unsafe #require(dlsym(nil, "ptrace"))
    let call = unsafe unsafeBitCast(symbol, to: Call.self)
    guard call(request, tid, 0, 0) == 0 else {
      throw ChildProcessError("ptrace refused with error \(errno)")
    }
  }

  /// Whether this process may trace one that must not be dumped: CAP_SYS_PTRACE is capability 19.
  static var isAllowed: Bool {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let effective = line.flatMap { UInt64($0.dropFirst(7).drop(while: \.isWhitespace), radix: 16) }
    return (effective ?? 0) & (1 << 19) != 0
  }
}

/// A thread of a process, as /proc shows it.
struct ThreadInfo {
  let tid: Int32
  /// Its name.
  let name: String
  /// Whether it waits in poll(2) or ppoll(2) for a single descriptor.
  let pollsOne: Bool

  static func all(of pid: Int32) -> [ThreadInfo] {
    let tasks = "/proc/\(pid)/task"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return names.compactMap { entry in
      guard let tid = Int32(entry),
        let name = try? String(contentsOfFile: "\(tasks)/\(entry)/comm", encoding: .utf8)
      else { return nil }
      // The number of the call and its arguments in hexadecimal; `running` while there is none.
      let text = (try? String(contentsOfFile: "\(tasks)/\(entry)/syscall", encoding: .utf8)) ?? ""
      let call = text.split(separator: " ").map(String.init)
      let isPoll = call.first == pollNumber.0 || call.first == pollNumber.1
      return ThreadInfo(
        tid: tid,
        name: name.trimmingPrefix(while: \.isWhitespace).filter { $0 != "\n" },
        pollsOne: isPoll && call.count > 2 && call[2] == "0x1"
      )
    }
  }

  #if arch(x86_64)
  private static let pollNumber = ("7", "271")
  #else
  private static let pollNumber = ("73", "73")
  #endif
}
