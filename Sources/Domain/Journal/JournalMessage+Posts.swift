import Logging

// The life of a post. After a change: make docs.

extension JournalMessage {
  static let ofPosts: [JournalMessage] = [
    leased, stepStarted, stepEnded, live, posted, putBack, late, leaseLost, takenOver,
    checkNotRecorded, stillUnconfirmed, reconciled, needsHuman, acted,
  ]

  /// A post was leased.
  public static let leased = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d09",
    "leased",
    .info,
    when: "a post was taken to publish it",
    subject: "Post @BELFRY_POST@ of @BELFRY_PERSONA@ was leased",
    cause: """
      The post is due, and instance @BELFRY_INSTANCE@ has taken it to publish it.
      This is attempt @BELFRY_ATTEMPT@.
      """,
    repair: """
      Nothing needs to be done. This shows everything that happens to the post:

          journalctl BELFRY_POST=@BELFRY_POST@
      """
  )

  /// A step of a post completed, failed or was undone.
  public static let stepEnded = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0a",
    "step",
    .info,
    when: "a step completed, failed or was undone",
    subject: "A step of post @BELFRY_POST@: @BELFRY_STEP@",
    cause: """
      The step @BELFRY_STEP@ of attempt @BELFRY_ATTEMPT@ at post @BELFRY_POST@ has
      changed its phase. Steps and their order are described in
      docs/architecture.md; the table post_steps keeps them. If a step failed,
      another entry says what becomes of the post.
      """,
    repair: nothingToDo
  )

  /// A step of a post begins.
  public static let stepStarted = stepEnded.at(.debug, when: "a step begins")

  /// Instagram answered with the media id; written before the database knows it.
  public static let live = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d01",
    "live",
    .notice,
    when: "Instagram answered with the media id",
    subject: "Post @BELFRY_POST@ of @BELFRY_PERSONA@ is live",
    cause: """
      Instagram answered with the media id @BELFRY_MEDIA@. This entry is written
      before the id is recorded in the database.
      """,
    repair: """
      Nothing needs to be done, unless the row does not have the id, for example after
      a restore from a backup. Then record it:

          belfry resolve @BELFRY_POST@ published @BELFRY_MEDIA@
      """
  )

  /// A post is published and recorded.
  public static let posted = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d02",
    "posted",
    .notice,
    when: "the post is live and recorded",
    subject: "Post @BELFRY_POST@ of @BELFRY_PERSONA@ was published",
    cause: "It is live and recorded. Address: @BELFRY_PERMALINK@",
    repair: nothingToDo
  )

  /// The service stops and put a post back.
  public static let putBack = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d03",
    "put_back",
    .info,
    when: "the service stops before the post was published",
    subject: "Post @BELFRY_POST@ of @BELFRY_PERSONA@ was put back",
    cause: """
      The service stopped before the post was published. What had been done for it
      is undone, no attempt is counted, and the next start publishes it.
      """,
    repair: nothingToDo
  )

  /// A post was late, and its persona's late policy was applied.
  public static let late = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d04",
    "late",
    .warning,
    when: "a late policy moved, held or cancelled the post",
    subject: "Post @BELFRY_POST@ of @BELFRY_PERSONA@ was late",
    cause: """
      When the post could have been published, it was later than its persona's
      late_after allows. late_policy says what happens then: the post is moved to
      the same time of a later day, held, or cancelled. The entry says which.
      """,
    repair: """
      If the post should be published all the same, give it a new time, and release
      it if it is held:

          belfry move @BELFRY_POST@ now
          belfry release @BELFRY_POST@
      """
  )

  /// Another instance owns the post now, or recovery goes on with it.
  public static let leaseLost = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d06",
    "lease_lost",
    .warning,
    when: "the post is left to recovery or to another instance",
    subject: "Work on post @BELFRY_POST@ of @BELFRY_PERSONA@ was left to recovery",
    cause: """
      This instance stopped working on the post and touched nothing more, because
      its lease was lost or not renewed in time, or because the service had to end
      before the database accepted the result. The next start on this machine, or
      another instance after the lease, goes on from the log of steps.
      """,
    repair: """
      Nothing needs to be done. If it recurs, PostgreSQL is too slow or too often
      unavailable: look at its log, and at publishing.lease in belfry.yaml.
      """
  )

  /// A dead owner's post was taken over.
  public static let takenOver = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d07",
    "taken_over",
    .notice,
    when: "the post's owner died, and this instance goes on",
    subject: "Post @BELFRY_POST@ of @BELFRY_PERSONA@ was taken over",
    cause: """
      The instance that was publishing the post has died or lost its lease. Instance
      @BELFRY_INSTANCE@ goes on with it, or undoes what was done, as the log of steps
      says; it never starts from the beginning without looking at the log.
      """,
    repair: """
      Nothing needs to be done. If it recurs, find out why instances die:
      journalctl -u belfry shows the end of each. Core dumps are switched off.
      """
  )

  /// Instagram was asked about an unconfirmed post, and its outcome is known.
  public static let reconciled = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0e",
    "reconciled",
    .notice,
    when: "an unconfirmed post is proven to be live or not",
    subject: "Instagram was asked about post @BELFRY_POST@ of @BELFRY_PERSONA@",
    cause: """
      Publishing had been requested and the answer was lost, so Belfry asked what
      happened. The entry says what is known now. Belfry asks again with growing
      pauses until it is proven that the post is live or that it is not.
      """,
    repair: nothingToDo
  )

  /// Instagram was asked about an unconfirmed post, and its outcome is still not known.
  public static let stillUnconfirmed = reconciled.at(
    .info,
    when: "an unconfirmed post is still not proven"
  )

  /// What Instagram said about an unconfirmed post could not be recorded.
  public static let checkNotRecorded = reconciled.at(
    .debug,
    when: "what Instagram answered could not be recorded"
  )

  /// Only a human can tell what became of an unconfirmed post.
  public static let needsHuman = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d05",
    "needs_human",
    .error,
    when: "only the operator can tell whether the post is live",
    subject: "Only you can tell whether post @BELFRY_POST@ of @BELFRY_PERSONA@ is live",
    cause: """
      Publishing was requested, the answer was lost, and what Instagram shows proves
      neither that the post is live nor that it is not. Belfry sends nothing again
      until the operator says which.
      """,
    repair: """
      Look at the account, then run one of:

          belfry resolve @BELFRY_POST@ published MEDIA_ID
          belfry resolve @BELFRY_POST@ not-published
      """
  )

  /// An operator held, released, retried, cancelled, moved or resolved something.
  public static let acted = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1d",
    "acted",
    .notice,
    when: "an operator used a command such as hold or retry",
    subject: "An operator acted: @BELFRY_ACTION@",
    cause: """
      An operator has used one of the commands hold, release, retry, cancel, move and
      resolve, and the entry says with what result. The view audit has the whole
      history, including what was done with psql.
      """,
    repair: nothingToDo
  )
}
