/// The states of a post and the changes between them.
///
/// The database enforces the same table for every role (`scheduling_post_transitions()`); a test in
/// `StoreTests` proves the two equal. `docs/state-machine.md` tells what each state means to an operator.
public enum PostStatus: String, Codable, Sendable, CaseIterable {
  /// Not to be published until somebody schedules it.
  case draft
  /// Waits for its time, or for its next try after a deferral.
  case scheduled
  /// Leased by an instance that is publishing it.
  case posting
  /// Live; the row holds the platform's media id.
  case posted
  /// Given up, with class, cause and fix.
  case failed
  /// Publishing was requested and nobody can prove the outcome; never sent again by itself.
  case unconfirmed
  /// Kept back by a human.
  case held
  /// Withdrawn before it was published.
  case cancelled

  /// The states that this one may change to.
  public var successors: Set<PostStatus> {
    switch self {
    case .draft: [.scheduled, .cancelled]
    case .scheduled: [.posting, .held, .cancelled]
    case .posting: [.posted, .scheduled, .failed, .unconfirmed]
    case .unconfirmed: [.posted, .scheduled, .failed]
    case .failed: [.scheduled, .cancelled]
    case .held: [.scheduled, .cancelled]
    case .posted, .cancelled: []
    }
  }

  /// Whether a post in this state may change to `next`.
  public func canBecome(_ next: PostStatus) -> Bool { successors.contains(next) }
}
