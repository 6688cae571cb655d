/// What becomes of a post after a failure that left nothing behind on the platform.
public enum RetryDecision: Hashable, Sendable {
  /// Back to `scheduled`, tried again after the delay.
  case `defer`(after: Duration)
  /// Back to `scheduled`, and the persona is held: its owner has to act.
  case holdPersona
  /// `failed`: trying again without a change would fail again.
  case fail
  /// `unconfirmed`: it may be live.
  case leaveUnconfirmed
}

/// Decides, from the class of a failure and the number of attempts so far, what becomes of the post.
///
/// Delays grow exponentially with the attempts and are drawn with full jitter from the upper half of
/// their range, so that posts that failed together do not come back together.
public struct RetryPolicy: Sendable {
  /// Attempts after which a passing fault counts as permanent; 200 attempts span about a week, longer than
  /// any outage of the platform that is known.
  public var attemptsForPassingFaults: Int
  /// Containers tried before the platform's refusal counts as permanent.
  public var attemptsForNewContainers: Int

  /// Sets the bounds.
  public init(attemptsForPassingFaults: Int = 200, attemptsForNewContainers: Int = 5) {
    self.attemptsForPassingFaults = attemptsForPassingFaults
    self.attemptsForNewContainers = attemptsForNewContainers
  }

  /// The decision on a post that failed.
  ///
  /// - Parameters:
  ///   - failureClass: what the failure means.
  ///   - attempt: 1 for the first attempt.
  ///   - retryAfter: what the platform asked for, if it did; never shortened.
  ///   - fraction: a random number in 0…1 that places the delay in its range.
  public func decision(
    on failureClass: FailureClass,
    attempt: Int,
    retryAfter: Duration?,
    fraction: Double
  ) -> RetryDecision {
    switch failureClass {
    case .permanent: .fail
    case .unknown: .leaveUnconfirmed
    case .account: .holdPersona
    case .wait where attempt >= attemptsForPassingFaults: .fail
    case .newContainer where attempt >= attemptsForNewContainers: .fail
    case .wait, .newContainer, .limit, .configuration:
      .defer(
        after: max(retryAfter ?? .zero, delay(failureClass, attempt: attempt, fraction: fraction))
      )
    }
  }

  private func delay(_ failureClass: FailureClass, attempt: Int, fraction: Double) -> Duration {
    let (base, cap): (Double, Double) =
      switch failureClass {
      case .limit: (3600, 6 * 3600)
      case .configuration: (300, 3600)
      case .wait, .newContainer, .permanent, .account, .unknown: (30, 3600)
      }
    let range = min(base * Double(1 << min(max(attempt - 1, 0), 20)), cap)
    return .seconds(range / 2 + range / 2 * min(max(fraction, 0), 1))
  }
}
