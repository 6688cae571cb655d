import Logging

// Accounts, Instagram and PostgreSQL. After a change: make docs.

extension JournalMessage {
  static let ofPlatform: [JournalMessage] = [
    personaHeld, platformFails, platformServes, databaseAway, databaseMissedByWake,
    databaseStillAway, databaseBack,
  ]

  /// A persona was put on hold.
  public static let personaHeld = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d08",
    "persona_held",
    .error,
    when: "Belfry holds a persona",
    subject: "Persona @BELFRY_PERSONA@ was put on hold",
    cause: """
      Nothing of this persona is published until the operator acts; its posts wait
      untouched, and other personas go on. The class of the failure is @BELFRY_CLASS@.
      """,
    repair: """
      With class account the account needs its owner. Afterwards this command asks the
      platform and, if it accepts the token, releases the persona:

          belfry credentials verify @BELFRY_PERSONA@

      \(seeHint)
      """
  )

  /// Instagram fails for several accounts at once; publishing is held.
  public static let platformFails = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0f",
    "platform_fails",
    .warning,
    when: "Instagram fails for several accounts",
    subject: "Instagram fails for several accounts",
    cause: """
      Several accounts received the same platform error within minutes, so publishing
      is held as a whole and no attempts are spent. Belfry probes with a read and goes
      on by itself.
      """,
    repair: """
      Nothing needs to be done, unless it lasts for hours: then look at Meta's status
      page and at this host's network.
      """
  )

  /// Instagram serves again.
  public static let platformServes = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d10",
    "platform_serves",
    .notice,
    when: "Instagram serves again",
    subject: "Instagram serves again",
    cause: "A probe succeeded and publishing goes on.",
    repair: nothingToDo
  )

  /// PostgreSQL does not answer.
  public static let databaseAway = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0c",
    "database_away",
    .warning,
    when: "PostgreSQL does not answer",
    subject: "PostgreSQL is away",
    cause: """
      The service keeps running, tries to reconnect with pauses of up to 30 seconds,
      and first finishes the posts for which publishing was requested. Nothing is
      lost.
      """,
    repair: """
      Nothing needs to be done if PostgreSQL is being restarted. Another entry says if
      it is still away after a minute.
      """
  )

  /// PostgreSQL did not answer a wake; ``databaseAway`` says it once, by the connection that watches.
  public static let databaseMissedByWake = databaseAway.at(
    .debug,
    when: "PostgreSQL did not answer a wake"
  )

  /// PostgreSQL has not answered for a minute.
  public static let databaseStillAway = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d12",
    "database_still_away",
    .error,
    when: "PostgreSQL has not answered for a minute",
    subject: "PostgreSQL has been away for a minute",
    cause: """
      Nothing is published until it answers, and nothing is lost. The entry has the
      message of the connection.
      """,
    repair: """
      See whether PostgreSQL runs, and whether this host reaches it with the
      connection string that belfry config shows as database:

          systemctl status postgresql
          belfry config

      \(seeHint)
      """
  )

  /// PostgreSQL answers again.
  public static let databaseBack = JournalMessage(
    "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d11",
    "database_back",
    .notice,
    when: "PostgreSQL answers again",
    subject: "PostgreSQL is back",
    cause: "The service goes on with what is due.",
    repair: nothingToDo
  )
}
