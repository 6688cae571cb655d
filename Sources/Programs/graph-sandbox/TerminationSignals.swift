import Dispatch
import Glibc

/// SIGTERM and SIGINT as something to wait for, from the moment this is made.
///
/// Dispatch sources, because the first thread of a program with Dispatch's main loop takes every signal whatever
/// its mask says; a thread in `sigwait` would never see one.
struct TerminationSignals {
  private let sources: [any DispatchSourceSignal]
  private let arrivals: AsyncStream<Void>

  /// Returns once both signals are really taken over.
  init() async {
    let queue = DispatchQueue(label: "graph-sandbox.signals")
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    let (registrations, registered) = AsyncStream<Void>.makeStream()
    sources = [SIGTERM, SIGINT].map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { @Sendable in arrived.yield() }
      source.setRegistrationHandler { @Sendable in registered.yield() }
      source.resume()
      return source
    }
    self.arrivals = arrivals
    var waiting = registrations.makeAsyncIterator()
    for _ in sources { await waiting.next() }
  }

  /// Returns once one of them has arrived.
  func wait() async {
    var waiting = arrivals.makeAsyncIterator()
    await waiting.next()
    for source in sources { source.cancel() }
  }
}
