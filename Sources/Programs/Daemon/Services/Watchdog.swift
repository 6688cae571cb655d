import Journal
import Logging
import Publishing
import ServiceLifecycle
import Synchronization
import Systemd

// The watchdog. systemd kills a service that does not report for WatchdogSec=, and starts it again. A report
// that comes from a timer of its own says nothing, so here every part that publishing rests on has a probe: a
// question that travels through the part and back. The manager is told "alive" only while each part has
// answered, or completed something, within half of its time.
//
//     part                    the question travels through            stuck means
//     ----------------------  --------------------------------------  -----------------------------------
//     HTTP transport          the mailbox and libcurl's thread        the thread is in one call for ever
//     database, heartbeat     the actor and its connection's queue    a call of libpq does not come back
//     heartbeat               (the time of its last attempt)          its loop does not turn
//     wakes                   the end of the wake at hand             the loop that claims does not turn
//     timer                   the timer's queue                       nobody wakes the loop
//
// A database that is merely away is no reason: connecting fails or is being tried, statements end at their
// deadlines, and all of that counts as progress, also for a wake that waits for the database. Half of WatchdogSec= has to be longer than the longest time
// of one statement (12 s), or a server that is slow for once looks like a thread that is stuck.

/// A part that publishing rests on, and how to see that it lives.
struct LivenessProbe: Sendable {
  /// What it is called in the journal.
  let name: String
  /// Grows when the part completes something, nil while that says nothing.
  ///
  /// A part for which it grows is alive, even if its answer has to queue.
  var completed: @Sendable () -> UInt64? = { nil }
  /// Travels through the part and back; false when the part itself says that it does not work.
  let answer: @Sendable () async -> Bool
}

/// Remembers when each part last gave a sign of life.
final class LivenessMonitor: Sendable {
  private struct Sign {
    var last: ContinuousClock.Instant
    var completed: UInt64?
    var isAsked = false
  }

  private let probes: [LivenessProbe]
  private let patience: Duration
  private let signs: Mutex<[Sign]>

  /// Watches parts that count as alive at this moment.
  init(_ probes: [LivenessProbe], patience: Duration, now: ContinuousClock.Instant = .now) {
    self.probes = probes
    self.patience = patience
    signs = Mutex(probes.map { Sign(last: now, completed: $0.completed()) })
  }

  /// Asks every part that is not being asked, and names those without a sign of life for too long.
  ///
  /// A part that does not answer is asked once, not again and again.
  func look(at now: ContinuousClock.Instant = .now) -> [String] {
    for index in probes.indices {
      let completed = probes[index].completed()
      let isFree = signs.withLock { signs in
        if let completed {
          if let before = signs[index].completed, completed != before { signs[index].last = now }
          signs[index].completed = completed
        }
        defer { signs[index].isAsked = true }
        return !signs[index].isAsked
      }
      if isFree { Task { await ask(index) } }
    }
    return signs.withLock { signs in
      probes.indices.filter { now - signs[$0].last > patience }.map { probes[$0].name }
    }
  }

  private func ask(_ index: Int) async {
    let isAlive = await probes[index].answer()
    signs.withLock { signs in
      if isAlive { signs[index].last = .now }
      signs[index].isAsked = false
    }
  }
}

/// Feeds systemd's watchdog while every part lives, and tells the journal once which does not.
struct WatchdogService: Service {
  let notifier: ServiceNotifier
  let probes: [LivenessProbe]
  let logger: Logger

  func run() async throws {
    guard let interval = notifier.watchdogInterval else {
      return try await gracefulShutdown()
    }
    let watch = LivenessMonitor(probes, patience: interval / 2)
    await cancelWhenGracefulShutdown {
      var known: [String] = []
      while !Task.isCancelled {
        let stuck = watch.look()
        report(stuck, known)
        known = stuck
        if stuck.isEmpty { notifier.notify(.watchdog) }
        // sd_watchdog_enabled(3) recommends half of the interval; a quarter lets a part answer in between.
        try? await Task.sleep(for: interval / 4)
      }
    }
  }

  private func report(_ stuck: [String], _ known: [String]) {
    for name in stuck where !known.contains(name) {
      logger.log(
        .stuck,
        "\(name) makes no progress, the watchdog is not fed",
        ["hint": "Nothing: systemd starts belfry again. Please report it if it recurs."]
      )
    }
    for name in known where !stuck.contains(name) {
      logger.log(.unstuck, "\(name) goes on")
    }
  }
}
