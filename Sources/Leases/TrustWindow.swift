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
// Not guaranteed: that a request that left inside the window reaches Instagram inside it. The margin has
// to be longer than one call's time limit for that, and the mark `publish_requested_at`, committed before
// the call, tells the successor that it must ask Instagram before it does anything.

/// How long this process may believe that its leases still hold.
///
/// A sleeping machine does not stop this clock (`ContinuousClock` is CLOCK_BOOTTIME on Linux).
public final class TrustWindow: Sendable {
  /// Time from a heartbeat's departure until trust ends.
  public let length: Duration
  private let confirmed: Mutex<ContinuousClock.Instant?>

  /// A window that is closed until the first ``confirm(departure:)``.
  ///
  /// - Parameters:
  ///   - lease: the lease time that the database applies.
  ///   - margin: how much earlier trust ends; at least the longest time limit of one call.
  public init(lease: Duration, margin: Duration) {
    self.length = max(.zero, lease - margin)
    self.confirmed = Mutex(nil)
  }

  /// Opens or prolongs the window: the database accepted a heartbeat that departed at `departure`.
  public func confirm(departure: ContinuousClock.Instant) {
    confirmed.withLock { last in
      last = last.map { max($0, departure) } ?? departure
    }
  }

  /// Closes the window at once: the database said that this instance is no longer an owner.
  public func close() { confirmed.withLock { $0 = nil } }

  /// Whether the window is open at `now`.
  public func isOpen(at now: ContinuousClock.Instant = .now) -> Bool {
    confirmed.withLock { last in
      guard let last else { return false }
      return now - last < length
    }
  }
}
