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
  /// A post that was created to be published at once failed: its row goes, and with it what was recorded of
  /// it. The last change of a run.
  case removed
}
