import Dispatch

/// Runs an actor's work on a serial dispatch queue of its own.
///
/// File calls block, and for seconds when the disk is a network away. On Swift's cooperative pool,
/// which has one thread per core, two of them would stop every heartbeat of the daemon; on a queue
/// of their own they delay only each other.
final class QueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = unsafe asUnownedSerialExecutor()
    queue.async { @Sendable in unsafe job.runSynchronously(on: executor) }
  }
}
