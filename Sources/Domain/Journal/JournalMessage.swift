public import Logging
public import Posts

// The journal is an interface: operators filter it, and `journalctl -x` explains an entry from the catalogue
// in systemd/belfry.catalog. docs/journal.md has the levels, the fields and the list of events; tests compare
// all three with this file.

/// The fixed `MESSAGE_ID`s of Belfry's journal entries; never changed, never reused.
///
/// `journalctl MESSAGE_ID=…` finds every entry of a kind, on every host. A failure of a post has the id of
/// its class, because cause and repair depend on the class; whether the post was deferred or given up is in
/// the field `BELFRY_EVENT`.
public enum JournalMessage: String, Sendable, CaseIterable {
  // The life of a post.

  /// A post was leased.
  case leased = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d09"
  /// A step of a post changed its phase.
  case step = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0a"
  /// Instagram answered with the media id; written before the database knows it.
  case live = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d01"
  /// A post is published and recorded.
  case posted = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d02"
  /// The service stops and put a post back.
  case putBack = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d03"
  /// A post was late, and its persona's late policy was applied.
  case late = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d04"
  /// Another instance owns the post now, or recovery goes on with it.
  case leaseLost = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d06"
  /// A dead owner's post was taken over.
  case takenOver = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d07"
  /// Instagram was asked about an unconfirmed post.
  case reconciled = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0e"
  /// Nobody but a human can tell what became of an unconfirmed post.
  case needsHuman = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d05"
  /// An operator held, released, retried, cancelled, moved or resolved something.
  case acted = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1d"

  // What kept a post from being published, by class.

  /// Not ready yet, or a passing fault.
  case failureWait = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d21"
  /// The container is of no use.
  case failureNewContainer = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d22"
  /// The content is refused.
  case failurePermanent = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d23"
  /// The account needs its owner.
  case failureAccount = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d24"
  /// A rate limit or quota.
  case failureLimit = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d25"
  /// The post may be live.
  case failureUnknown = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d26"
  /// This host is set up wrongly.
  case failureConfiguration = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d27"

  // Accounts and the platform.

  /// A persona was put on hold.
  case personaHeld = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d08"
  /// Instagram fails for several accounts at once; publishing is held.
  case platformFails = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0f"
  /// Instagram serves again.
  case platformServes = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d10"

  // The service.

  /// The service works from now on.
  case ready = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0d"
  /// The service looked for due posts.
  case wake = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0b"
  /// A new configuration is in force.
  case reloaded = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d13"
  /// A new configuration is refused, the old one stays.
  case reloadRefused = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d14"
  /// Some changes of the configuration need a restart.
  case restartNeeded = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d15"
  /// Nothing new begins, posts under way finish.
  case draining = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d16"
  /// The service has ended as it was told to.
  case stopped = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d17"
  /// The service cannot start or go on.
  case gaveUp = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d18"
  /// A part of the service makes no progress; the watchdog is not fed.
  case stuck = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d19"
  /// A part of the service that made no progress does again.
  case unstuck = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1e"
  /// PostgreSQL does not answer.
  case databaseAway = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0c"
  /// PostgreSQL has not answered for a minute.
  case databaseStillAway = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d12"
  /// PostgreSQL answers again.
  case databaseBack = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d11"
  /// The metrics file cannot be written.
  case metricsFail = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1a"
  /// The metrics file is written again.
  case metricsServe = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1b"
  /// The janitor cleared up, or could not.
  case upkeep = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1c"

  /// The message of a post that a failure of this class kept from being published.
  public static func failure(_ failureClass: FailureClass) -> JournalMessage {
    switch failureClass {
    case .wait: .failureWait
    case .newContainer: .failureNewContainer
    case .permanent: .failurePermanent
    case .account: .failureAccount
    case .limit: .failureLimit
    case .unknown: .failureUnknown
    case .configuration: .failureConfiguration
    }
  }

  /// The value of `BELFRY_EVENT`: what happened, in one word; of a failure, what became of the post.
  public var event: String {
    switch self {
    case .leased: "leased"
    case .step: "step"
    case .live: "live"
    case .posted: "posted"
    case .putBack: "put_back"
    case .late: "late"
    case .leaseLost: "lease_lost"
    case .takenOver: "taken_over"
    case .reconciled: "reconciled"
    case .needsHuman: "needs_human"
    case .acted: "acted"
    case .failureWait, .failureNewContainer, .failureAccount, .failureLimit, .failureConfiguration:
      "deferred"
    case .failurePermanent: "failed"
    case .failureUnknown: "unconfirmed"
    case .personaHeld: "persona_held"
    case .platformFails: "platform_fails"
    case .platformServes: "platform_serves"
    case .ready: "ready"
    case .wake: "wake"
    case .reloaded: "reloaded"
    case .reloadRefused: "reload_refused"
    case .restartNeeded: "restart_needed"
    case .draining: "draining"
    case .stopped: "stopped"
    case .gaveUp: "gave_up"
    case .stuck: "stuck"
    case .unstuck: "unstuck"
    case .databaseAway: "database_away"
    case .databaseStillAway: "database_still_away"
    case .databaseBack: "database_back"
    case .metricsFail: "metrics_fail"
    case .metricsServe: "metrics_serve"
    case .upkeep: "upkeep"
    }
  }

  /// The metadata that make a log message this one.
  ///
  /// - Parameters:
  ///   - event: what became of the post, when it differs from the usual ``event``.
  ///   - more: further fields.
  public func metadata(event: String? = nil, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
    var metadata: Logger.Metadata = [
      "message_id": "\(rawValue)", "event": "\(event ?? self.event)",
    ]
    metadata.merge(more) { _, new in new }
    return metadata
  }
}
