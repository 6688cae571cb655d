import Journal
import Logging
import Publishing
import ServiceLifecycle
import Systemd

/// Tells the service manager that the service drains, and asks for time while posts are finished.
///
/// TimeoutStopSec= is the operator's; when `publishing.drain` is longer, the manager would end what the drain
/// is meant to save. So more time is asked for, in small portions, and only by a process whose loops still
/// turn: one that hangs gets no more. What bounds it is the drain itself.
struct DrainService: Service {
  let drain: DrainSignal
  let notifier: ServiceNotifier
  let inFlight: @Sendable () -> Int
  /// How long the drain may take in all.
  let limit: Duration
  let logger: Logger

  private static let step = Duration.seconds(5)
  /// What each portion adds; also covers what follows the drain, the farewell to the database.
  private static let portion = Duration.seconds(20)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await drain.begun()
      guard drain.hasBegun else { return }
      let end = ContinuousClock.now + limit
      notifier.notify(.stopping, .status(text), .extendTimeout(Self.portion))
      logger.log(.draining, "\(text)")
      while !Task.isCancelled, ContinuousClock.now < end {
        try? await Task.sleep(for: Self.step)
        if Task.isCancelled { return }
        notifier.notify(.status(text), .extendTimeout(Self.portion))
      }
    }
  }

  private var text: String {
    let count = inFlight()
    return count == 1 ? "draining · 1 post in flight" : "draining · \(count) posts in flight"
  }
}
