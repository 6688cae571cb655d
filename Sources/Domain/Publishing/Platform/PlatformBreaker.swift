import Synchronization

// When Instagram itself is in trouble, every account fails in the same way. Trying post after post would
// spend attempts and containers on nothing and knock on a door that wants quiet. So the same platform error
// on several accounts within minutes holds publishing as a whole; a read now and then probes, and the first
// success lets everything go on.
//
//     closed ── 3 accounts, one error, 5 minutes ──► open ── probe succeeds ──► closed
//                                                     │ ▲
//                                                     └─┘ probe fails: the pause doubles, up to 15 minutes
//
// In memory, per instance: each host sees the trouble for itself, and a restart begins with trust.

/// Holds publishing while the platform fails for several accounts.
public final class PlatformBreaker: Sendable {
  private struct Failure {
    let account: AccountReference
    let sign: String
    let at: ContinuousClock.Instant
  }

  private struct State {
    var failures: [Failure] = []
    var openSince: ContinuousClock.Instant?
    var sign = ""
    var pause = Duration.seconds(30)
    var nextProbe: ContinuousClock.Instant?
    var lastAccount: AccountReference?
  }

  private let state = Mutex(State())
  private let accounts: Int
  private let window: Duration

  /// Opens after the same failure on `accounts` accounts within `window`.
  public init(accounts: Int = 3, window: Duration = .seconds(300)) {
    self.accounts = accounts
    self.window = window
  }

  /// Whether publishing is held.
  public var isOpen: Bool { state.withLock { $0.openSince != nil } }

  /// What the platform answers while publishing is held.
  public var sign: String? { state.withLock { $0.openSince == nil ? nil : $0.sign } }

  /// Notes a platform failure of an account; true when that has just opened the breaker.
  ///
  /// - Parameter sign: what the failures have in common, such as `500/2` or `timedOut`.
  func failed(
    _ account: AccountReference,
    sign: String,
    at now: ContinuousClock.Instant = .now
  ) -> Bool {
    state.withLock { state in
      state.failures.removeAll {
        now - $0.at > window || ($0.account == account && $0.sign == sign)
      }
      state.failures.append(Failure(account: account, sign: sign, at: now))
      state.lastAccount = account
      guard state.openSince == nil, state.failures.count(where: { $0.sign == sign }) >= accounts
      else {
        return false
      }
      state.openSince = now
      state.sign = sign
      state.pause = .seconds(30)
      state.nextProbe = now + state.pause
      return true
    }
  }

  /// Notes that the platform served an account; true when that has just closed the breaker.
  func succeeded() -> Bool {
    state.withLock { state in
      state.failures = []
      defer { state.openSince = nil }
      return state.openSince != nil
    }
  }

  /// The account to probe with when it is time for that; asking takes the turn.
  func takeProbe(at now: ContinuousClock.Instant = .now) -> AccountReference? {
    state.withLock { state in
      guard state.openSince != nil, let next = state.nextProbe, now >= next else { return nil }
      state.pause = min(state.pause * 2, .seconds(900))
      state.nextProbe = now + state.pause
      return state.failures.last?.account ?? state.lastAccount
    }
  }
}
