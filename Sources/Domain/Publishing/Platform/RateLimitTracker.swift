public import Instagram
import Synchronization

/// What Instagram's usage headers last said about each account, so that we slow down before it makes us.
///
/// The numbers are percent of an allowance; throttling may start at 100 (Graph API, rate limiting). Missing
/// headers say nothing. Kept in memory only: after a restart the first answer tells.
public final class RateLimitTracker: Sendable {
  private struct Entry {
    let percent: Int
    let noted: ContinuousClock.Instant
    let regain: Duration?
  }

  private let entries = Mutex<[String: Entry]>([:])

  /// From here on new posts of the account wait.
  private static let threshold = 90
  /// How long a high number counts when the header does not say when access is regained.
  private static let usualPause = Duration.seconds(3600)

  /// An empty book.
  public init() {}

  /// Notes what an answer said.
  public func note(_ usage: InstagramUsage, of accountID: String) {
    let entry = Entry(percent: usage.percent, noted: .now, regain: usage.regainAccess)
    entries.withLock { $0[accountID] = entry }
  }

  /// How long new posts of the account should wait; nil when they need not.
  public func pause(for accountID: String) -> Duration? {
    entries.withLock { entries in
      guard let entry = entries[accountID], entry.percent >= Self.threshold else { return nil }
      let rest = (entry.regain ?? Self.usualPause) - (.now - entry.noted)
      guard rest > .zero else {
        entries[accountID] = nil
        return nil
      }
      return rest
    }
  }
}
