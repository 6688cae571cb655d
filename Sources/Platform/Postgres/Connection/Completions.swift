import Synchronization

/// Counts what callers wait for, and what connections complete: each connect, each statement, whether it succeeded
/// or not.
///
/// For a watchdog. A statement ends within its deadline whatever the server does, so a queue full of slow
/// statements still counts; a thread that is stuck in one call does not.
final class Completions: Sendable {
  private let counter = Atomic<UInt64>(0)
  private let waiting = Atomic<Int>(0)

  var count: UInt64 { counter.load(ordering: .relaxed) }

  func note() { counter.add(1, ordering: .relaxed) }

  /// Whether a caller waits for the database.
  var isAwaited: Bool { waiting.load(ordering: .relaxed) > 0 }

  func callBegins() { waiting.add(1, ordering: .relaxed) }
  func callEnds() { waiting.subtract(1, ordering: .relaxed) }
}
