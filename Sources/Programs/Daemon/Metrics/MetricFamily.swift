/// The families of metrics: the table from which the metrics file takes names, types, labels and HELP lines, and
/// from which `make docs` writes the lists of docs/metrics.md.
///
/// The raw value is the name. Names and labels are promised: dashboards and alerts use them.
enum MetricFamily: String, CaseIterable {
  case up = "belfry_up"
  case buildInfo = "belfry_build_info"
  case startTime = "belfry_start_time_seconds"
  case databaseUp = "belfry_database_up"
  case publishingHeld = "belfry_publishing_held"
  case lastWake = "belfry_last_wake_timestamp_seconds"
  case wakeLateness = "belfry_wake_lateness_seconds"
  case dueLag = "belfry_due_lag_seconds"
  case posts = "belfry_posts"
  case personaHeld = "belfry_persona_held"
  case lastSuccess = "belfry_last_success_timestamp_seconds"
  case tokenRemaining = "belfry_token_remaining_seconds"
  case quotaUsed = "belfry_quota_used_posts"
  case quotaLimit = "belfry_quota_limit_posts"
  case wakes = "belfry_wakes_total"
  case published = "belfry_posts_published_total"
  case deferred = "belfry_posts_deferred_total"
  case failed = "belfry_posts_failed_total"
  case unconfirmed = "belfry_posts_unconfirmed_total"

  /// The types of Prometheus that occur.
  enum Kind: String {
    case counter, gauge
  }

  /// A label of samples.
  enum Label: String {
    case version, persona, state
    case failureClass = "class"
  }

  /// What the table says about a family.
  struct Row {
    let kind: Kind
    let labels: [Label]
    /// The HELP line: a sentence.
    let help: String

    init(_ kind: Kind, _ help: String) { self.init(kind, [], help) }

    init(_ kind: Kind, _ labels: [Label], _ help: String) {
      self.kind = kind
      self.labels = labels
      self.help = help
    }
  }

  var row: Row {
    switch self {
    case .up: Row(.gauge, "1 while the service runs, 0 after an orderly stop.")
    case .buildInfo: Row(.gauge, [.version], "1, with the version of belfry as a label.")
    case .startTime: Row(.gauge, "When the service started, in seconds since 1970.")
    case .databaseUp: Row(.gauge, "1 if PostgreSQL answered when the file was written.")
    case .publishingHeld:
      Row(.gauge, "1 while publishing is held because Instagram fails for several accounts.")
    case .lastWake:
      Row(.gauge, "When this process last looked for due posts, in seconds since 1970.")
    case .wakeLateness:
      Row(.gauge, "How long after its time the last wake on schedule looked for posts.")
    case .dueLag:
      Row(.gauge, "How long the oldest due post that could be claimed has been waiting.")
    case .posts: Row(.gauge, [.persona, .state], "Posts that are not settled.")
    case .personaHeld:
      Row(.gauge, [.persona], "1 while the persona is held until the operator acts.")
    case .lastSuccess:
      Row(.gauge, [.persona], "When its last post went live, in seconds since 1970.")
    case .tokenRemaining:
      Row(.gauge, [.persona], "Time until its access token ends; negative afterwards.")
    case .quotaUsed:
      Row(.gauge, [.persona], "Posts within 24 hours, as Instagram last said.")
    case .quotaLimit:
      Row(.gauge, [.persona], "Posts that Instagram allows within 24 hours.")
    case .wakes: Row(.counter, "Times this process looked for due posts.")
    case .published: Row(.counter, "Posts that this process published or proved to be live.")
    case .deferred:
      Row(.counter, [.failureClass], "Posts that this process put back after a failure.")
    case .failed: Row(.counter, [.failureClass], "Posts that this process gave up.")
    case .unconfirmed:
      Row(.counter, "Posts that this process left with an unknown outcome.")
    }
  }
}
