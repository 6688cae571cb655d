import Logging

// The service itself. After a change: make docs.

extension JournalMessage {
  static let ofService: [JournalMessage] = [
    ready, wakeFoundNothing, wake, reloaded, reloadRefused, restartNeeded, draining, stopped,
    gaveUp,
    stuck, unstuck, metricsFail, metricsServe, cleanedUp, cleanUpFailed,
  ]

  /// The service works from now on.
  public static let ready = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0d",
    "ready",
    .notice,
    when: "the service works from now on",
    subject: "Belfry is ready",
    cause: """
      Database, schema and key have answered, and the service publishes from now on
      as instance @BELFRY_INSTANCE@.
      """,
    repair: nothingToDo
  )

  /// The service looked for due posts and found some, or was told to look.
  public static let wake = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0b",
    "wake",
    .info,
    when: "the service found due posts, or was told to look for them",
    subject: "Belfry looked for due posts",
    cause: "The view wakes has the result.",
    repair: nothingToDo
  )

  /// The service looked for due posts and found none.
  public static let wakeFoundNothing = wake.at(.debug, when: "the service found no due posts")

  /// A new configuration is in force.
  public static let reloaded = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d13",
    "reloaded",
    .notice,
    when: "a new configuration is in force",
    subject: "A new configuration is in force",
    cause: """
      belfry.yaml was read again and is in force; posts in flight finish with the
      settings with which they began. belfry config shows every value and where it
      came from.
      """,
    repair: nothingToDo
  )

  /// A new configuration is refused, the old one stays.
  public static let reloadRefused = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d14",
    "reload_refused",
    .error,
    when: "a new configuration is wrong, and the old one stays",
    subject: "A new configuration was refused, the old one stays",
    cause: """
      The configuration was read again and has an error, so nothing was changed and
      the service goes on with the settings it had.
      """,
    repair: """
      Correct the file and reload:

          belfry config
          systemctl reload belfry

      \(seeHint)
      """
  )

  /// Some changes of the configuration need a restart.
  public static let restartNeeded = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d15",
    "restart_needed",
    .warning,
    when: "some keys of the new configuration need a restart",
    subject: "Some settings take effect after a restart",
    cause: """
      The new configuration is in force except for the keys that the entry names: a
      running process cannot change them, because its leases depend on them.
      """,
    repair: """
      At a convenient time:

          systemctl restart belfry
      """
  )

  /// Nothing new begins, posts in flight finish.
  public static let draining = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d16",
    "draining",
    .notice,
    when: "the service was told to end",
    subject: "Belfry is stopping",
    cause: """
      Nothing new begins. Posts for which publishing was not requested yet are put
      back, the others are finished, within publishing.drain and one call's time
      limit.
      """,
    repair: nothingToDo
  )

  /// The service has ended as it was told to.
  public static let stopped = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d17",
    "stopped",
    .notice,
    when: "the service has ended",
    subject: "Belfry has stopped",
    cause: """
      The service ended as it was told to. The next start recovers what it could not
      finish.
      """,
    repair: nothingToDo
  )

  /// The service cannot start or go on.
  public static let gaveUp = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d18",
    "gave_up",
    .error,
    when: "the service cannot start or go on",
    subject: "Belfry cannot run",
    cause: """
      The service ends. With exit code 78 configuration, credentials or schema are
      wrong, and systemd does not start it again. With any other code systemd starts
      it again by itself.
      """,
    repair: """
      After exit code 78 correct what the entry names, then:

          systemctl restart belfry

      \(seeHint)
      """
  )

  /// A part of the service makes no progress; the watchdog is not fed.
  public static let stuck = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d19",
    "stuck",
    .error,
    when: "a part makes no progress; systemd restarts the service",
    subject: "A part of Belfry is stuck",
    cause: """
      The part that the entry names has made no progress for half of the watchdog's
      time, so the watchdog is not fed, and systemd ends the service and starts it
      again. Posts in flight are recovered.
      """,
    repair: """
      Nothing needs to be done for the posts. Please report the defect, with the
      entries of the minutes before.
      """
  )

  /// A part of the service that made no progress does again.
  public static let unstuck = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1e",
    "unstuck",
    .notice,
    when: "a part that was stuck makes progress again",
    subject: "A part of Belfry that was stuck goes on",
    cause: "It answered before systemd ended the service.",
    repair: """
      Nothing needs to be done. If it recurs, this host is too busy: look at its load,
      memory and disk.
      """
  )

  /// The metrics file cannot be written.
  public static let metricsFail = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1a",
    "metrics_fail",
    .warning,
    when: "the metrics file cannot be written",
    subject: "The metrics file cannot be written",
    cause: """
      Publishing goes on, but monitoring reads old numbers. The file is the key
      metrics.file of belfry.yaml.
      """,
    repair: """
      The directory must have room and be writable for the service (under systemd:
      ReadWritePaths= in a drop-in).

      \(seeHint)
      """
  )

  /// The metrics file is written again.
  public static let metricsServe = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1b",
    "metrics_serve",
    .notice,
    when: "the metrics file is written again",
    subject: "The metrics file is written again",
    cause: "Monitoring reads current numbers.",
    repair: nothingToDo
  )

  /// The janitor withdrew public copies of photos.
  public static let cleanedUp = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1c",
    "upkeep",
    .info,
    when: "public copies of photos that no post uses were withdrawn",
    subject: "Belfry cleaned up",
    cause: """
      Public copies of photos that no post uses are withdrawn, including those that an
      earlier undo could not withdraw. If one cannot be withdrawn, the entry says so,
      and the next wake tries again.
      """,
    repair: """
      Nothing needs to be done, unless a copy cannot be withdrawn: then look at
      media.webroot.directory, which must be writable for the service.

      \(seeHint)
      """
  )

  /// The janitor could not withdraw a public copy.
  public static let cleanUpFailed = cleanedUp.at(
    .warning,
    when: "a public copy of a photo cannot be withdrawn"
  )
}
