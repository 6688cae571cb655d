/// How long to wait before trying again: exponential, capped, with full jitter.
///
/// The ceiling doubles with every attempt up to ``cap``; the delay is drawn evenly between zero and
/// that ceiling. Full jitter spreads a crowd of clients that failed at the same moment better than a
/// fixed exponential does, and better than jitter added on top of it (Marc Brooker, "Exponential
/// Backoff And Jitter", AWS Architecture Blog, 2015).
public struct Backoff: Sendable, Hashable {
  /// The ceiling of the first attempt; greater than zero.
  public let base: Duration
  /// The greatest ceiling of any attempt; never less than ``base``.
  public let cap: Duration

  /// Makes a back-off from `base` to `cap`.
  ///
  /// - Precondition: `0 < base <= cap`.
  public init(base: Duration, cap: Duration) {
    precondition(base > .zero, "a back-off needs a base greater than zero")
    precondition(base <= cap, "a back-off needs a cap that is not less than its base")
    self.base = base
    self.cap = cap
  }

  /// The longest delay of `attempt`, where the first attempt is 0; negative numbers count as 0.
  public func ceiling(attempt: Int) -> Duration {
    var ceiling = base
    var remaining = max(0, attempt)
    // Doubling step by step stops at the cap, so that no attempt number can overflow.
    while remaining > 0, ceiling < cap {
      ceiling = ceiling > cap / 2 ? cap : ceiling * 2
      remaining -= 1
    }
    return min(ceiling, cap)
  }

  /// A delay for `attempt`, drawn from `generator` between zero and ``ceiling(attempt:)``.
  public func delay(
    attempt: Int,
    using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let ceiling = ceiling(attempt: attempt).wholeNanoseconds
    return .nanoseconds(Int64.random(in: 0...ceiling, using: &generator))
  }

  /// A delay for `attempt`, drawn from the system's random numbers.
  public func delay(attempt: Int) -> Duration {
    var generator = SystemRandomNumberGenerator()
    return delay(attempt: attempt, using: &generator)
  }
}
