import Dispatch

/// A serial Dispatch queue as an actor's executor.
///
/// Dispatch has this as `DispatchSerialQueue`, but not on Linux; delete it when it does. A queue made
/// with the default target runs on threads outside of the cooperative pool, so waiting here is allowed.
final class QueueExecutor: SerialExecutor {
  let queue: DispatchQueue

  init(label: String) {
    queue = DispatchQueue(label: label)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { @Sendable in
      unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
    }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    unsafe UnownedSerialExecutor(ordinary: self)
  }

  /// Lets Dispatch handlers on this queue enter the actor with `assumeIsolated`.
  func checkIsolated() {
    dispatchPrecondition(condition: .onQueue(queue))
  }
}
