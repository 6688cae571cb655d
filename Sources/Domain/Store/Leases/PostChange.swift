public import Posts

/// What a step changes in the post's row, in the transaction that records the step.
public enum PostChange: Hashable, Sendable {
  /// A container exists; remember it while the attempt lasts.
  case containerCreated(ContainerID)
  /// `media_publish` is about to be sent: from here on the post may be live.
  case publishRequested
  /// The platform definitely refused: the post is not live.
  case publishRefused
  /// The platform answered with the media id.
  case published(MediaID)
  /// All is recorded: the post is done and the lease ends.
  case posted(MediaID, permalink: String?)
  /// The immediate chain inserted its row and leases it.
  case created(LeasedPost)
  /// The immediate chain removed its row again; there is nothing left to record on.
  case removed
}
