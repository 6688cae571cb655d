import Glibc

/// A moment of the wall clock: nanoseconds since 1970-01-01 00:00:00 UTC, leap seconds not counted.
///
/// Unlike `ContinuousClock.Instant` it means the same to another host and to PostgreSQL, and it may
/// jump when somebody sets the clock. Use it for what people name ("15:00"), never to measure.
/// The range is the years 1677 to 2262; arithmetic beyond it stops at the edge.
public struct WallTime: Sendable, Hashable, Comparable {
  /// Nanoseconds since the epoch.
  public let nanosecondsSinceEpoch: Int64

  /// A moment from its nanoseconds since the epoch.
  public init(nanosecondsSinceEpoch: Int64) { self.nanosecondsSinceEpoch = nanosecondsSinceEpoch }

  /// A moment from its microseconds since the epoch, the resolution of PostgreSQL's `timestamptz`.
  public init(microsecondsSinceEpoch: Int64) {
    nanosecondsSinceEpoch = clamped(microsecondsSinceEpoch, times: 1_000)
  }

  /// A moment from its whole seconds since the epoch.
  public init(secondsSinceEpoch: Int64) {
    nanosecondsSinceEpoch = clamped(secondsSinceEpoch, times: 1_000_000_000)
  }

  /// Whole seconds since the epoch, rounded down (also before 1970).
  public var secondsSinceEpoch: Int64 {
    let (quotient, remainder) = nanosecondsSinceEpoch.quotientAndRemainder(
      dividingBy: 1_000_000_000
    )
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// Whole microseconds since the epoch, rounded down (also before 1970).
  public var microsecondsSinceEpoch: Int64 {
    let (quotient, remainder) = nanosecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// True when `lhs` is before `rhs`.
  public static func < (lhs: WallTime, rhs: WallTime) -> Bool {
    lhs.nanosecondsSinceEpoch < rhs.nanosecondsSinceEpoch
  }

  /// The moment `duration` after `time`.
  public static func + (time: WallTime, duration: Duration) -> WallTime {
    let (sum, overflow) = time.nanosecondsSinceEpoch.addingReportingOverflow(
      duration.wholeNanoseconds
    )
    guard overflow else { return WallTime(nanosecondsSinceEpoch: sum) }
    return WallTime(nanosecondsSinceEpoch: duration < .zero ? .min : .max)
  }

  /// The time from `earlier` to `later`; negative when they are the other way round.
  public static func - (later: WallTime, earlier: WallTime) -> Duration {
    .nanoseconds(later.nanosecondsSinceEpoch) - .nanoseconds(earlier.nanosecondsSinceEpoch)
  }
}

private func clamped(_ value: Int64, times factor: Int64) -> Int64 {
  let (product, overflow) = value.multipliedReportingOverflow(by: factor)
  guard overflow else { return product }
  return value < 0 ? .min : .max
}

/// Something that knows what time it is; injected, so that a test can set the clock.
public protocol WallClock: Sendable {
  /// The present moment.
  func now() -> WallTime
}

/// The kernel's `CLOCK_REALTIME`.
public struct SystemWallClock: WallClock {
  /// The system's clock.
  public init() {}

  /// The present moment, from `clock_gettime(2)`.
  public func now() -> WallTime {
    var time = timespec()
    // CLOCK_REALTIME exists on every Linux; with a valid pointer the call cannot fail.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(secondsSinceEpoch: Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
