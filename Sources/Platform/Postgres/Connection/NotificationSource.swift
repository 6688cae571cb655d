import Dispatch
import Glibc

/// Calls a handler whenever a connection's socket has something to read.
///
/// It watches a duplicate of the descriptor. libpq closes its own at the very moment at which it notices
/// a broken connection, deep inside a read, and a Dispatch source must be fully cancelled before the
/// descriptor that it watches is closed. The duplicate is closed by the cancel handler, and by nothing
/// else.
final class NotificationSource {
  private let source: any DispatchSourceRead

  /// Begins to watch; nil when the process has no descriptor left.
  init?(socket: Int32, queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void) {
    let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else { return nil }
    source = DispatchSource.makeReadSource(fileDescriptor: duplicate, queue: queue)
    source.setEventHandler { @Sendable in handler() }
    source.setCancelHandler { @Sendable in _ = close(duplicate) }
    source.resume()
  }

  deinit {
    source.cancel()
  }
}

/// A message from NOTIFY.
public struct Notification: Hashable, Sendable {
  /// The channel it was sent on.
  public var channel: String
  /// The text sent along, empty if there was none.
  public var payload: String
  /// The server process that sent it; compare with `PostgresConnection.backendProcessID`.
  public var backendProcessID: Int32
}
