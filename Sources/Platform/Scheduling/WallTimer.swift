import Dispatch
import Timekeeping

/// One Dispatch timer on the wall clock that can be set again and again.
///
/// It cancels itself when it goes away. Not `Sendable`: it belongs to one actor and its queue.
final class WallTimer {
  private let source: any DispatchSourceTimer

  /// A timer that calls `fired` on `queue`, and is not set yet.
  init(queue: DispatchQueue, fired: @escaping @Sendable () -> Void) {
    source = DispatchSource.makeTimerSource(queue: queue)
    source.setEventHandler(handler: fired)
    source.activate()
  }

  deinit { source.cancel() }

  /// Fires once after `wait` of the wall clock; at once when it is not positive.
  ///
  /// At most a day: nothing then has to be said about overflow, and whoever has to wait longer looks
  /// at the clock in between, which does no harm.
  func set(after wait: Duration) {
    let nanoseconds = min(wait, .seconds(86_400)).wholeNanoseconds
    source.schedule(
      wallDeadline: .now() + .nanoseconds(Int(nanoseconds)),
      repeating: .never,
      leeway: .milliseconds(1)
    )
  }
}
