public import Posts
import Synchronization

/// What this process has done to posts since it started, for counters.
///
/// Counted where the outcome is committed, so that a post counts once. History is in PostgreSQL.
public final class OutcomeTally: Sendable {
  /// The counts at one moment.
  public struct Counts: Sendable, Hashable {
    /// Posts published, or proven to be.
    public var published = 0
    /// Posts put back for later, by the class of the failure.
    public var deferred: [FailureClass: Int] = [:]
    /// Posts given up, by the class of the failure.
    public var failed: [FailureClass: Int] = [:]
    /// Posts left with an unknown outcome.
    public var unconfirmed = 0

    /// All zero.
    public init() {}
  }

  private let state = Mutex(Counts())

  /// Nothing done yet.
  public init() {}

  /// The counts at this moment.
  public var counts: Counts { state.withLock(\.self) }

  func published() { state.withLock { $0.published += 1 } }
  func deferred(_ failureClass: FailureClass) {
    state.withLock { $0.deferred[failureClass, default: 0] += 1 }
  }
  func failed(_ failureClass: FailureClass) {
    state.withLock { $0.failed[failureClass, default: 0] += 1 }
  }
  func unconfirmed() { state.withLock { $0.unconfirmed += 1 } }
}
