import CSystemd
import Dispatch
import Glibc
import Synchronization

// sd_notify(3) waits while the manager does not read, as it does not during a daemon-reexec. On one of Swift's own
// threads that would stop heartbeats and posts under way, so datagrams leave from a queue of their own, in their
// order. Should the manager not read for long, status lines are dropped rather than kept; nothing else is.

/// What a service tells its manager; the words are those of sd_notify(3).
public enum ServiceState: Sendable, Hashable {
  /// Start-up, or a reload, has finished (`READY=1`).
  case ready
  /// A reload begins (`RELOADING=1` with the monotonic time, which newer managers want).
  case reloading
  /// Shutdown begins (`STOPPING=1`).
  case stopping
  /// One line for `systemctl status`; line breaks and control characters become spaces.
  case status(String)
  /// Still alive and making progress (`WATCHDOG=1`).
  case watchdog
  /// A fault that only a restart mends (`WATCHDOG=trigger`).
  case watchdogTrigger
  /// Start, reload or shutdown needs up to this much more time, counted from now.
  case extendTimeout(Duration)
  /// The errno that the service ends with.
  case error(Int32)
}

/// Tells the service manager about this process, through the socket in `$NOTIFY_SOCKET`.
///
/// Without that variable (no systemd, or not `Type=notify`) every call does nothing and returns false.
/// The manual advises to ignore failures, so there is nothing to catch.
public struct ServiceNotifier: Sendable {
  /// The longest status line in bytes; `systemctl status` shows one line of a terminal anyway.
  static let statusLimit = 512

  /// A notifier for this process.
  public init() {}

  private static let queue = DispatchQueue(label: "belfry.notify")
  private static let waiting = Atomic<Int>(0)
  /// Datagrams that may wait for the manager before status lines are dropped.
  private static let backlogLimit = 64

  /// Sends `states` in one datagram; false when there is no manager.
  @discardableResult
  public func notify(_ states: ServiceState...) -> Bool { notify(states) }

  /// Sends `states` in one datagram; false when there is no manager.
  ///
  /// Returns at once, except for the last words of a process, `stopping` and `error`: those have left when it
  /// returns.
  @discardableResult
  public func notify(_ states: [ServiceState]) -> Bool {
    guard unsafe !states.isEmpty && getenv("NOTIFY_SOCKET") != nil else { return false }
    let isLate = Self.waiting.load(ordering: .relaxed) >= Self.backlogLimit
    let kept = isLate ? states.filter { if case .status = $0 { false } else { true } } : states
    guard !kept.isEmpty else { return true }
    let text = kept.map(Self.assignment).joined(separator: "\n")
    Self.waiting.add(1, ordering: .relaxed)
    let send = { @Sendable in
      _ = unsafe sd_notify(0, text)
      Self.waiting.subtract(1, ordering: .relaxed)
    }
    let isLastWord = kept.contains { state in
      switch state {
      case .stopping, .error: true
      default: false
      }
    }
    if isLastWord { Self.queue.sync(execute: send) } else { Self.queue.async(execute: send) }
    return true
  }

  /// How long the manager waits for `.watchdog` before it kills this process; nil when it does not.
  ///
  /// The manual of sd_watchdog_enabled(3) recommends to notify at half of it.
  public var watchdogInterval: Duration? {
    var microseconds: UInt64 = 0
    guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return .microseconds(Int64(clamping: microseconds))
  }

  private static func assignment(_ state: ServiceState) -> String {
    switch state {
    case .ready: "READY=1"
    case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds())"
    case .stopping: "STOPPING=1"
    case .status(let text): "STATUS=\(oneLine(text, limit: statusLimit))"
    case .watchdog: "WATCHDOG=1"
    case .watchdogTrigger: "WATCHDOG=trigger"
    case .extendTimeout(let duration): "EXTEND_TIMEOUT_USEC=\(microseconds(duration))"
    case .error(let number): "ERRNO=\(number)"
    }
  }

  private static func microseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = max(duration, .zero).components
    // A century is for ever, and safe to multiply.
    return min(seconds, 3_155_760_000) * 1_000_000 + attoseconds / 1_000_000_000_000
  }

  private static func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
