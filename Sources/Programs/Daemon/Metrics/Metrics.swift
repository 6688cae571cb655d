import Operations
import Posts
import Publishing
import Store

// Gauges say how things are: those of the queue come from PostgreSQL and are the same on every host that shares
// it; the others are about this process. Counters say what this process did since it started: they begin at
// zero with it, which rate() and increase() expect. They do not come from PostgreSQL, because its history is
// pruned, and a counter that shrinks reads as a restart; because counting ten million rows every minute is not
// cheap; and because summing over hosts would count each post once per host. `MetricFamily`
// is the table of names.

/// Everything that the metrics file says at one moment.
struct Metrics {
  /// What the process knows by itself.
  struct Process {
    var isUp = true
    var startedAt: Double
    var wakes = 0
    var lastWakeAt: Double?
    var wakeLateness: Double?
    var isPublishingHeld = false
    var counts = OutcomeTally.Counts()
  }

  var process: Process
  /// Nil while PostgreSQL does not answer: no number is better than an old one.
  var queue: QueueMetrics?

  /// The text of the file.
  var text: String {
    var exposition = Exposition()
    addProcess(to: &exposition)
    addCounters(to: &exposition)
    if let queue { addQueue(queue, to: &exposition) }
    return exposition.text
  }

  private func addProcess(to out: inout Exposition) {
    out.add(.buildInfo, [.init(1, ServiceContext.version)])
    out.add(.up, process.isUp ? 1 : 0)
    out.add(.startTime, process.startedAt)
    out.add(.databaseUp, queue == nil ? 0 : 1)
    out.add(.publishingHeld, process.isPublishingHeld ? 1 : 0)
    out.add(.lastWake, process.lastWakeAt)
    out.add(.wakeLateness, process.wakeLateness)
  }

  private func addCounters(to out: inout Exposition) {
    let counts = process.counts
    out.add(.wakes, Double(process.wakes))
    out.add(.published, Double(counts.published))
    out.add(.deferred, byClass(counts.deferred))
    out.add(.failed, byClass(counts.failed))
    out.add(.unconfirmed, Double(counts.unconfirmed))
  }

  /// Every class, also those that did not happen: a series that begins with its first event hides it.
  private func byClass(_ counts: [FailureClass: Int]) -> [Exposition.Sample] {
    FailureClass.allCases.map { .init(Double(counts[$0] ?? 0), $0.rawValue) }
  }

  private func addQueue(_ queue: QueueMetrics, to out: inout Exposition) {
    out.add(.dueLag, queue.dueLag)
    out.add(.posts, queue.personas.flatMap(states))
    out.add(.personaHeld, queue.personas.map { .init($0.isHeld ? 1 : 0, $0.name) })
    out.add(.lastSuccess, known(queue, \.lastSuccess))
    out.add(.tokenRemaining, known(queue, \.tokenLeft))
    out.add(.quotaUsed, known(queue) { $0.quotaUsed.map(Double.init) })
    out.add(.quotaLimit, known(queue) { $0.quotaTotal.map(Double.init) })
  }

  /// The personas of which the number is known.
  private func known(
    _ queue: QueueMetrics,
    _ number: (PersonaMetrics) -> Double?
  ) -> [Exposition.Sample] {
    queue.personas.compactMap { persona in number(persona).map { .init($0, persona.name) } }
  }

  private func states(of persona: PersonaMetrics) -> [Exposition.Sample] {
    MetricState.allCases.map { .init(Double($0.count(of: persona)), persona.name, $0.rawValue) }
  }
}

/// The states of posts that are not settled: values of the label `state`.
enum MetricState: String, CaseIterable {
  case scheduled
  /// Scheduled again after a failure.
  case deferred
  case held, posting, unconfirmed, failed

  func count(of persona: PersonaMetrics) -> Int {
    switch self {
    case .scheduled: persona.scheduled
    case .deferred: persona.deferred
    case .held: persona.held
    case .posting: persona.posting
    case .unconfirmed: persona.unconfirmed
    case .failed: persona.failed
    }
  }
}
