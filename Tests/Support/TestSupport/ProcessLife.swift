import Dispatch
import Glibc
import Synchronization

/// Follows one child from its start until it is reaped.
final class ProcessLife: Sendable {
  private struct State {
    var status: ExitStatus?
    var waiters: [CheckedContinuation<ExitStatus, Never>] = []
  }

  private let pid: Int32
  private let state = Mutex(State())

  init(pid: Int32) {
    self.pid = pid
  }

  var isRunning: Bool { state.withLock { $0.status == nil } }

  /// Sends a signal unless the child was reaped, after which its pid may be somebody else's.
  @discardableResult
  func signal(_ number: Int32) -> Bool {
    state.withLock { $0.status == nil && kill(pid, number) == 0 }
  }

  func wait() async -> ExitStatus {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state -> ExitStatus? in
        if state.status == nil { state.waiters.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }

  /// Waits on a thread of its own; `beforeWaiters` runs when the child has ended.
  func watch(_ beforeWaiters: @escaping @Sendable () -> Void) {
    DispatchQueue(label: "belfry.tests.wait.\(pid)").async { @Sendable [self] in
      var info = unsafe siginfo_t()
      // WNOWAIT: the pid stays taken until reap() holds the lock that signal() takes.
      while unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
      beforeWaiters()
      reap()
    }
  }

  private func reap() {
    let (status, waiters) = state.withLock { state in
      var raw: Int32 = 0
      while unsafe waitpid(pid, &raw, 0) < 0, errno == EINTR {}
      // The layout behind WIFSIGNALED and WEXITSTATUS, which are macros.
      let signal = raw & 0x7f
      let status = signal == 0 ? ExitStatus.exited(raw >> 8 & 0xff) : .signalled(signal)
      state.status = status
      defer { state.waiters = [] }
      return (status, state.waiters)
    }
    for waiter in waiters { waiter.resume(returning: status) }
  }
}

/// Reads a pipe to its end and lets others wait for a text in it.
final class OutputCollector: Sendable {
  private struct Waiter {
    var text: [UInt8]
    var continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var bytes: [UInt8] = []
    var isFinished = false
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0
    var cancelled: Set<Int> = []
  }

  private let readEnd: Int32
  private let state = Mutex(State())

  /// Takes the descriptor over, and closes it at the end of the stream.
  init(readEnd: Int32) {
    self.readEnd = readEnd
    DispatchQueue(label: "belfry.tests.output.\(readEnd)").async { @Sendable [self] in
      var descriptor = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
      repeat {
        _ = unsafe poll(&descriptor, 1, -1)
      } while !drain(isReader: true)
      finish()
      close(readEnd)
    }
  }

  var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

  /// Takes what is there and tells all waiters that no more is awaited.
  func finish() {
    _ = drain(isReader: false)
    let waiters = state.withLock { state in
      state.isFinished = true
      defer { state.waiters = [:] }
      return state.waiters.values.map(\.continuation)
    }
    for waiter in waiters { waiter.resume(returning: false) }
  }

  /// Waits for a text; false when the stream ended without it, or on cancellation.
  func wait(for text: String) async -> Bool {
    let wanted = Array(text.utf8)
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLock { state -> Bool? in
          if state.bytes.contains(wanted) { return true }
          if state.isFinished || state.cancelled.contains(id) { return false }
          state.waiters[id] = Waiter(text: wanted, continuation: continuation)
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.cancelled.insert(id)
        return state.waiters.removeValue(forKey: id)
      }
      waiter?.continuation.resume(returning: false)
    }
  }

  /// Reads what is there; true at the end of the stream.
  ///
  /// After `finish()` only the thread that closes the descriptor may read from it: for others the number
  /// may be that of another child's pipe by now.
  private func drain(isReader: Bool) -> Bool {
    let (isAtEnd, found) = state.withLock { state -> (Bool, [Waiter]) in
      if state.isFinished { return (isReader ? isClosed(&state) : true, []) }
      let isAtEnd = readAll(into: &state.bytes)
      let ids = state.waiters.filter { state.bytes.contains($0.value.text) }.keys
      return (isAtEnd, ids.compactMap { state.waiters.removeValue(forKey: $0) })
    }
    for waiter in found { waiter.continuation.resume(returning: true) }
    return isAtEnd
  }

  /// Throws away what grandchildren write after the child's end, so that they never block.
  private func isClosed(_ state: inout State) -> Bool {
    var ignored: [UInt8] = []
    return readAll(into: &ignored)
  }

  private func readAll(into bytes: inout [UInt8]) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe read(readEnd, &buffer, buffer.count)
      if count == 0 { return true }
      if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
      if count < 0 {
        if errno == EINTR { continue }
        return errno != EAGAIN
      }
    }
  }
}
