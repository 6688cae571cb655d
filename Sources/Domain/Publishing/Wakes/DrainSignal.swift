import Synchronization

/// Says once that the process wants to end, and wakes everybody who is pausing.
public final class DrainSignal: Sendable {
  private struct State {
    var hasBegun = false
    var nextWaiter: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  /// A signal that has not been given.
  public init() {}

  /// Whether draining has begun.
  public var hasBegun: Bool { state.withLock(\.hasBegun) }

  /// Begins draining; later calls do nothing.
  public func begin() {
    let waiters = state.withLock { state in
      state.hasBegun = true
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Suspends for the duration, or until draining begins or the task is cancelled.
  public func pause(_ duration: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await Task.sleep(for: duration) }
      group.addTask { await self.begun() }
      await group.next()
      group.cancelAll()
    }
  }

  /// What `body` returns, or nil when draining begins first; `body` is then abandoned, not waited for.
  public func unlessBegun<R: Sendable>(_ body: @escaping @Sendable () async -> R) async -> R? {
    let (results, input) = AsyncStream.makeStream(of: R?.self)
    let work = Task { input.yield(await body()) }
    let watch = Task {
      await begun()
      if hasBegun { input.yield(nil) }
    }
    defer {
      work.cancel()
      watch.cancel()
      input.finish()
    }
    for await result in results { return result }
    return nil
  }

  /// Suspends until draining begins or the task is cancelled.
  public func begun() async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard !state.hasBegun && !Task.isCancelled else { return true }
          state.waiters[id] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
  }
}
