import Dispatch
import Glibc

/// SIGTERM and SIGINT, taken by one waiting thread instead of by handlers.
enum TerminationSignals {
  /// Keeps both from ending the process; to be called before other threads exist, which inherit it.
  static func block() {
    var set = both
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Returns once one of them has arrived.
  static func wait() async {
    await withCheckedContinuation { continuation in
      // A thread of its own: `sigwait` blocks, which no thread of Swift's pool may.
      DispatchQueue(label: "graph-sandbox.signals").async { @Sendable in
        var set = both
        var signal: Int32 = 0
        unsafe sigwait(&set, &signal)
        continuation.resume()
      }
    }
  }

  private static var both: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGTERM)
    unsafe sigaddset(&set, SIGINT)
    return set
  }
}
