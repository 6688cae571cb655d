import Synchronization

// Leases: who may publish a post, and for how long anybody may believe it.
//
// Authority. PostgreSQL decides. A post in `posting` names its owner (an instance) and a fencing token;
// the lease lives as long as the owner's heartbeat is younger than the owner's lease time, by the
// database's clock. One heartbeat covers all posts of an instance.
//
// Fencing. Every write of an owner says WHERE id = … AND lease_token = …. A write that matches no row
// means that somebody else owns the post now: stop, compensate nothing, touch nothing.
//
// Trust. Fencing protects the database, not Instagram: a request already sent cannot be fenced. So an
// instance believes in its own lease only for a local, monotonic window (this file) that ends before the
// database would let anybody take over. Outside the window it sends nothing.
//
//     heartbeat sent        trust ends            lease ends (database)
//          |------ lease − margin ------|--- margin ---|
//
// The window is counted from the moment *before* the heartbeat was sent: its answer may have travelled
// for long. CLOCK_BOOTTIME is used, so a suspended machine wakes up outside its window.
//
// A heartbeat that departs after the window has closed opens a new one, but not for the old leases: in
// between somebody may have taken the posts over, and a process that was stopped (SIGSTOP, a frozen
// machine) must not send for them although its heartbeat goes on. Each lease therefore remembers the
// window it was granted in (`Trust`).
//
// Not guaranteed: that a request that left inside the window reaches Instagram inside it. The margin has
// to be longer than one call's time limit for that, and the mark `publish_requested_at`, committed before
// the call, tells the successor that it must ask Instagram before it does anything.

/// How long this process may believe that its leases still hold.
///
/// A sleeping machine does not stop this clock (`ContinuousClock` is CLOCK_BOOTTIME on Linux).
public final class TrustWindow: Sendable {
  /// Time from a heartbeat's departure until trust ends.
  public let length: Duration
  private let state: Mutex<State>

  private struct State {
    var confirmed: ContinuousClock.Instant?
    /// Counts windows; a lease of an older window is not trusted any more.
    var generation: UInt64 = 0
  }

  /// A window that is closed until the first ``confirm(departure:)``.
  ///
  /// - Parameters:
  ///   - lease: the lease time that the database applies.
  ///   - margin: how much earlier trust ends; at least the longest time limit of one call.
  public init(lease: Duration, margin: Duration) {
    self.length = max(.zero, lease - margin)
    self.state = Mutex(State())
  }

  /// Opens or prolongs the window: the database accepted a heartbeat that departed at `departure`.
  public func confirm(departure: ContinuousClock.Instant) {
    state.withLock { state in
      if let last = state.confirmed {
        if departure - last >= length { state.generation += 1 }
        state.confirmed = max(last, departure)
      } else {
        state.generation += 1
        state.confirmed = departure
      }
    }
  }

  /// Closes the window at once: the database said that this instance is no longer an owner.
  public func close() { state.withLock { $0.confirmed = nil } }

  /// Whether the window is open at `now`.
  public func isOpen(at now: ContinuousClock.Instant = .now) -> Bool {
    state.withLock { isOpen($0, at: now) }
  }

  /// The trust that leases have which are claimed from now on.
  public func trust() -> Trust { Trust(window: self, generation: state.withLock(\.generation)) }

  fileprivate func isOpen(_ generation: UInt64, at now: ContinuousClock.Instant) -> Bool {
    state.withLock { $0.generation == generation && isOpen($0, at: now) }
  }

  private func isOpen(_ state: State, at now: ContinuousClock.Instant) -> Bool {
    guard let confirmed = state.confirmed else { return false }
    return now - confirmed < length
  }
}

/// The belief in leases of one uninterrupted window.
///
/// Taken before a claim departs.
public struct Trust: Sendable {
  let window: TrustWindow
  let generation: UInt64

  /// Whether those leases may still be acted on at `now`.
  public func isOpen(at now: ContinuousClock.Instant = .now) -> Bool {
    window.isOpen(generation, at: now)
  }
}
