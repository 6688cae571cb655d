import Journal
import Logging
import Operations
import Publishing
import ServiceLifecycle
import Settings
import Store
import Synchronization
import Systemd
import Timekeeping

// What the outside sees without asking the database: the line of `systemctl status`, and the metrics file.
// Both are rewritten after each wake and each change, and once a minute in any case, because "in 2 h" ages.
// Changes that come together are one rewrite, so that a burst of posts costs one look a second.

/// Collects what is worth telling; ``StatusReportingService`` tells it.
final class StatusReporter: Sendable {
  private struct State {
    var outage: String?
    var refusal: String?
    var wakes = 0
    var lastWakeAt: Double?
    var lateness: Double?
  }

  /// Why the line has to be rewritten; one reader.
  let changes: AsyncStream<Void>
  private let input: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  init() {
    (changes, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  deinit { input.finish() }

  /// Something changed that the line or the metrics show.
  func changed() { input.yield() }

  /// A wake was handled.
  func woke(_ signal: WakeSignal) {
    let now = (SystemWallClock().now() - WallTime(secondsSinceEpoch: 0)).inSeconds
    state.withLock { state in
      state.wakes += 1
      state.lastWakeAt = now
      if signal.reason == .schedule, let slot = signal.slot { state.lateness = max(0, now - slot) }
    }
    changed()
  }

  /// PostgreSQL is away, or (nil) back.
  func databaseIsAway(_ message: String?) {
    state.withLock { $0.outage = message }
    changed()
  }

  /// A new configuration was refused, or (nil) one is in force.
  func configurationIsRefused(_ message: String?) {
    state.withLock { $0.refusal = message }
    changed()
  }

  var outage: String? { state.withLock(\.outage) }
  var refusal: String? { state.withLock(\.refusal) }

  /// Fills in what this knows of the process.
  func describe(_ process: inout Metrics.Process) {
    let state = state.withLock(\.self)
    process.wakes = state.wakes
    process.lastWakeAt = state.lastWakeAt
    process.wakeLateness = state.lateness
  }
}

/// Rewrites the status line and the metrics file.
struct StatusReportingService: Service {
  let reporter: StatusReporter
  let publishing: PublishingService
  let notifier: ServiceNotifier
  let drain: DrainSignal
  let health: PlatformHealth
  let logger: Logger
  private let startedAt = (SystemWallClock().now() - WallTime(secondsSinceEpoch: 0)).inSeconds

  init(
    _ reporter: StatusReporter,
    publishing: PublishingService,
    notifier: ServiceNotifier,
    drain: DrainSignal,
    health: PlatformHealth,
    logger: Logger
  ) {
    self.reporter = reporter
    self.publishing = publishing
    self.notifier = notifier
    self.drain = drain
    self.health = health
    self.logger = logger
  }

  func run() async throws {
    var writer = await cancelWhenGracefulShutdown { () -> MetricsWriter in
      var writer = MetricsWriter(logger: logger)
      let minutes = Task {
        while !Task.isCancelled {
          reporter.changed()
          try? await Task.sleep(for: .seconds(60))
        }
      }
      defer { minutes.cancel() }
      for await _ in reporter.changes {
        let began = ContinuousClock.now
        await tell(&writer)
        // With a long queue a look takes its time, on the connection that publishing uses: a tenth of it at most.
        try? await Task.sleep(for: max(.milliseconds(250), (.now - began) * 9))
      }
      return writer
    }
    // The service has stopped; only a file that says so is true from now on.
    await writer.write(metrics(nil, isUp: false), to: publishing.outlook.settings.metrics.file)
  }

  private func tell(_ writer: inout MetricsWriter) async {
    let (stack, settings) = publishing.outlook
    let overview = try? await stack.status.overview()
    // Draining has a line of its own.
    if !drain.hasBegun { notifier.notify(.status(line(overview, settings))) }
    guard settings.metrics.file != nil || writer.path != nil else { return }
    let queue = try? await stack.metrics.metrics()
    await writer.write(metrics(queue, isUp: true), to: settings.metrics.file)
  }

  private func line(_ overview: Overview?, _ settings: Settings) -> String {
    guard let overview, reporter.outage == nil else {
      return "degraded · PostgreSQL is away: \(reporter.outage ?? "it does not answer")"
    }
    return StatusLine.text(
      overview,
      nextWake: StatusLine.nextWake(every: settings.schedule.wake),
      hold: health.breaker.sign,
      refusal: reporter.refusal
    )
  }

  private func metrics(_ queue: QueueMetrics?, isUp: Bool) -> Metrics {
    var process = Metrics.Process(startedAt: startedAt)
    process.isUp = isUp
    process.isPublishingHeld = health.breaker.isOpen
    process.counts = health.tally.counts
    reporter.describe(&process)
    return Metrics(process: process, queue: queue)
  }
}

/// Writes the metrics file, and says once when that begins and ceases to fail.
struct MetricsWriter {
  let logger: Logger
  /// The file that was written last.
  private(set) var path: String?
  private var hasFailed = false

  init(logger: Logger) { self.logger = logger }

  /// Writes to `path`; a file of another name, from before a reload, is removed, because nobody renews it.
  mutating func write(_ metrics: Metrics, to path: String?) async {
    if let old = self.path, old != path { await MetricsFile(path: old).remove() }
    self.path = path
    guard let path else { return }
    do {
      try await MetricsFile(path: path).replace(with: metrics.text)
      if hasFailed {
        logger.log(.metricsServe, "the metrics file \(path) is written again")
      }
      hasFailed = false
    } catch {
      if !hasFailed {
        logger.log(.metricsFail, "\(error.message)", ["hint": "\(error.hint)"])
      }
      hasFailed = true
    }
  }
}
