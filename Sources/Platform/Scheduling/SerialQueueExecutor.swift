import Dispatch

/// A serial Dispatch queue as an actor's executor.
///
/// `DispatchSerialQueue` conforms to `SerialExecutor` on Apple's platforms and does not exist on
/// Linux. With this, the handlers of Dispatch sources and the actor's own code run on one queue, and
/// the sources, which are not `Sendable`, never leave it.
final class SerialQueueExecutor: SerialExecutor {
  let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // Safety: a job is run exactly once, and the queue keeps this executor alive until it has.
    queue.async { @Sendable in
      unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
    }
  }

  /// Lets code that Dispatch started on the queue assume the actor's isolation.
  func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
