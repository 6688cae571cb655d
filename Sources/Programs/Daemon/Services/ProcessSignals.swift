import Glibc
import Publishing
import UnixSignals

// Signals are heard from the first moment until the end of the process, in every phase by the same listener:
//
//     SIGTERM, SIGINT     begin draining; before there is anything to drain, the process ends with 0
//     SIGHUP, SIGUSR1     kept until somebody acts on them; before the service is ready that is later
//     SIGPIPE             ignored: that the reader of the log has gone is no reason to leave posts behind
//
// A signal that arrives before the listener does what it does to any process: systemd counts an end by SIGTERM
// as a clean one (systemd.service(5), SuccessExitStatus=).

/// Listens to the signals of a daemon.
final class ProcessSignals: Sendable {
  /// SIGHUP and SIGUSR1 as they came; one reader.
  let requests: AsyncStream<UnixSignal>
  private let task: Task<Void, Never>

  /// Listens from now on; returns when no signal can be missed any more.
  ///
  /// - Parameter drain: begun by SIGTERM and SIGINT.
  init(drain: DrainSignal) async {
    let (requests, input) = AsyncStream.makeStream(
      of: UnixSignal.self,
      bufferingPolicy: .bufferingNewest(16)
    )
    self.requests = requests
    _ = signal(SIGPIPE, SIG_IGN)
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1)
    task = Task {
      for await signal in signals {
        switch signal {
        case .sigterm, .sigint: drain.begin()
        default: input.yield(signal)
        }
      }
    }
  }

  deinit { task.cancel() }
}
