import Journal
import Logging
import Publishing
import Synchronization

/// Tells the journal about an outage of PostgreSQL: a warning when it begins, an error when it lasts, a notice
/// when it is over; each once.
///
/// The levels say who must act: nobody, while somebody restarts PostgreSQL; a human, when it does not come
/// back.
final class OutageLog: Sendable {
  private struct Outage {
    let alarm: Task<Void, Never>
  }

  private let outage = Mutex<Outage?>(nil)
  private let patience: Duration
  private let logger: Logger

  /// - Parameter patience: how long it may be away before that is an error.
  init(_ logger: Logger, patience: Duration = .seconds(60)) {
    self.logger = logger
    self.patience = patience
  }

  deinit { outage.withLock { $0?.alarm.cancel() } }

  /// PostgreSQL does not answer; only the first call of an outage says so.
  ///
  /// - Parameters:
  ///   - what: the beginning of the message, for example `PostgreSQL is away`.
  ///   - message: what the connection said.
  ///   - hint: what to do.
  func began(_ what: String, _ message: String, hint: String) {
    let isNew = outage.withLock { outage in
      guard outage == nil else { return false }
      let alarm = Task { [logger, patience] in
        guard (try? await Task.sleep(for: patience)) != nil else { return }
        logger.log(
          .databaseStillAway,
          "PostgreSQL has been away for \(patience.components.seconds) s: \(message)",
          ["hint": "\(hint)"]
        )
      }
      outage = Outage(alarm: alarm)
      return true
    }
    guard isNew else { return }
    logger.log(.databaseAway, "\(what): \(message)", ["hint": "\(hint)"])
  }

  /// PostgreSQL answers; says so if it did not before.
  func ended() {
    let last = outage.withLock { $0.take() }
    guard let last else { return }
    last.alarm.cancel()
    logger.log(.databaseBack, "PostgreSQL is back")
  }
}
