import Operations
import Posts
import Publishing
import Store

// Gauges say how things are: those of the queue come from PostgreSQL and are the same on every host that shares
// it; the others are about this process. Counters say what this process did since it started: they begin at
// zero with it, which rate() and increase() expect. They do not come from PostgreSQL, because its history is
// pruned, and a counter that shrinks reads as a restart; because counting ten million rows every minute is not
// cheap; and because summing over hosts would count each post once per host. docs/metrics.md has the table.

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
    out.add(
      "belfry_build_info",
      .gauge,
      "Version of the belfry that wrote this file.",
      [.init(1, ("version", ServiceContext.version))]
    )
    out.add(
      "belfry_up",
      .gauge,
      "1 while the service runs, 0 after an orderly stop.",
      process.isUp ? 1 : 0
    )
    out.add(
      "belfry_start_time_seconds",
      .gauge,
      "When the service started, in seconds since 1970.",
      process.startedAt
    )
    out.add(
      "belfry_database_up",
      .gauge,
      "1 if PostgreSQL answered when this file was written.",
      queue == nil ? 0 : 1
    )
    out.add(
      "belfry_publishing_held",
      .gauge,
      "1 while publishing is held because Instagram fails for several accounts.",
      process.isPublishingHeld ? 1 : 0
    )
    if let lastWakeAt = process.lastWakeAt {
      out.add(
        "belfry_last_wake_timestamp_seconds",
        .gauge,
        "When this process last looked for due posts, in seconds since 1970.",
        lastWakeAt
      )
    }
    if let wakeLateness = process.wakeLateness {
      out.add(
        "belfry_wake_lateness_seconds",
        .gauge,
        "How long after its time the last wake on schedule had looked.",
        wakeLateness
      )
    }
  }

  private func addCounters(to out: inout Exposition) {
    let counts = process.counts
    out.add(
      "belfry_wakes_total",
      .counter,
      "Times this process looked for due posts.",
      Double(process.wakes)
    )
    out.add(
      "belfry_posts_published_total",
      .counter,
      "Posts that this process published or proved to be live.",
      Double(counts.published)
    )
    out.add(
      "belfry_posts_deferred_total",
      .counter,
      "Posts that this process put back after a failure, by its class.",
      byClass(counts.deferred)
    )
    out.add(
      "belfry_posts_failed_total",
      .counter,
      "Posts that this process gave up, by the class of the failure.",
      byClass(counts.failed)
    )
    out.add(
      "belfry_posts_unconfirmed_total",
      .counter,
      "Posts that this process left with an unknown outcome.",
      Double(counts.unconfirmed)
    )
  }

  /// Every class, also those that did not happen: a series that begins with its first event hides it.
  private func byClass(_ counts: [FailureClass: Int]) -> [Exposition.Sample] {
    FailureClass.allCases.map { .init(Double(counts[$0] ?? 0), ("class", $0.rawValue)) }
  }

  private func addQueue(_ queue: QueueMetrics, to out: inout Exposition) {
    out.add(
      "belfry_due_lag_seconds",
      .gauge,
      "How long the longest waiting post has waited that could be claimed.",
      queue.dueLag
    )
    out.add(
      "belfry_posts",
      .gauge,
      "Posts of a persona that are not settled, by state.",
      queue.personas.flatMap(states)
    )
    out.add(
      "belfry_persona_held",
      .gauge,
      "1 while nothing of the persona is published until somebody acts.",
      queue.personas.map { .init($0.isHeld ? 1 : 0, ("persona", $0.name)) }
    )
    out.add(
      "belfry_last_success_timestamp_seconds",
      .gauge,
      "When the persona's last post went live, in seconds since 1970.",
      queue.personas.compactMap { persona in
        persona.lastSuccess.map { .init($0, ("persona", persona.name)) }
      }
    )
    out.add(
      "belfry_token_remaining_seconds",
      .gauge,
      "Time until the persona's access token ends; negative afterwards.",
      queue.personas.compactMap { persona in
        persona.tokenLeft.map { .init($0, ("persona", persona.name)) }
      }
    )
    addQuotas(queue, to: &out)
  }

  private func states(of persona: PersonaMetrics) -> [Exposition.Sample] {
    [
      ("scheduled", persona.scheduled), ("deferred", persona.deferred), ("held", persona.held),
      ("posting", persona.posting), ("unconfirmed", persona.unconfirmed),
      ("failed", persona.failed),
    ].map { state, count in
      .init(Double(count), ("persona", persona.name), ("state", state))
    }
  }

  private func addQuotas(_ queue: QueueMetrics, to out: inout Exposition) {
    out.add(
      "belfry_quota_used_posts",
      .gauge,
      "Posts of the last 24 hours that count against the quota, as Instagram last said.",
      queue.personas.compactMap { persona in
        persona.quotaUsed.map { .init(Double($0), ("persona", persona.name)) }
      }
    )
    out.add(
      "belfry_quota_limit_posts",
      .gauge,
      "Posts that Instagram allows within 24 hours, as it last said.",
      queue.personas.compactMap { persona in
        persona.quotaTotal.map { .init(Double($0), ("persona", persona.name)) }
      }
    )
  }
}
