import CTimerFD
import Dispatch
import Glibc

/// Notices when somebody sets the wall clock.
///
/// A timer on `CLOCK_REALTIME` with `TFD_TIMER_CANCEL_ON_SET` becomes readable, with `ECANCELED`, when
/// the clock "undergoes a discontinuous change" (timerfd_create(2)). That costs nothing while the
/// clock runs evenly; polling would. Not `Sendable`: it belongs to one actor and its queue.
final class ClockChangeWatch {
  private let descriptor: Int32
  private let source: any DispatchSourceRead

  /// Watches on `queue`, and calls `changed` there after every change; nil when the kernel has no
  /// timer to give (out of descriptors).
  init?(queue: DispatchQueue, changed: @escaping @Sendable () -> Void) {
    let descriptor = timerfd_create(CLOCK_REALTIME, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    guard Self.arm(descriptor) else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler { @Sendable in
      var expirations: UInt64 = 0
      // The read fails with ECANCELED and thereby clears the condition; its count is of no interest.
      unsafe _ = read(descriptor, &expirations, MemoryLayout<UInt64>.size)
      _ = Self.arm(descriptor)
      changed()
    }
    // The descriptor may be closed, and its number reused, only when Dispatch has let go of it.
    source.setCancelHandler { @Sendable in close(descriptor) }
    source.activate()
  }

  deinit { source.cancel() }

  /// Sets the timer to the end of time: it is there to be cancelled.
  private static func arm(_ descriptor: Int32) -> Bool {
    var never = itimerspec()
    never.it_value.tv_sec = .max
    let flags = Int32(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)
    return unsafe timerfd_settime(descriptor, flags, &never, nil) == 0
  }
}
