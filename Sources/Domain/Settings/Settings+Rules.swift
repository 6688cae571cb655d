// Facts on which the ranges of several keys rest. The checks, the messages and the documentation take them from
// here; docs/configuration.md gives the reasons.

extension Settings {
  /// Wakes are the same on every day, so their distance divides a day.
  static let secondsPerDay = 86_400

  /// Heartbeats in one lease: two may be lost before another instance takes over.
  static let heartbeatsPerLease = 3

  /// How much earlier than by one call's time limit an instance stops trusting its leases: for the time between
  /// the last look at the window and the moment at which the request leaves, and for clocks that differ in speed.
  static let trustReserve = Duration.seconds(2)

  /// How much earlier than the lease the trust in it ends: a request that is sent at the last moment still ends
  /// within the lease.
  public var trustMargin: Duration { Self.trustMargin(timeout: instagram.timeout) }

  static func trustMargin(timeout: Duration) -> Duration { timeout + trustReserve }
}
