public import Posts
import Logging

// What kept a post from being published, by class of failure. The texts are those of docs/errors.md, which a test
// compares. After a change: make docs.

extension JournalMessage {
  static let ofFailures: [JournalMessage] = FailureClass.allCases.flatMap {
    [deferred($0), failed($0), unconfirmed($0)]
  }

  /// A failure of this class put the post back, with a time for the next try.
  public static func deferred(_ failureClass: FailureClass) -> JournalMessage {
    // Who must act: nobody for a limit, the operator for a host that is set up wrongly; the others end by
    // themselves, or do not.
    let level: Logger.Level =
      switch failureClass {
      case .limit: .notice
      case .configuration: .error
      case .wait, .newContainer, .permanent, .account, .unknown: .warning
      }
    return failure(
      failureClass,
      "deferred",
      level,
      when: "the post is put back after a failure, with a time for the next try"
    )
  }

  /// A failure of this class ended the tries at the post.
  public static func failed(_ failureClass: FailureClass) -> JournalMessage {
    failure(
      failureClass,
      "failed",
      .error,
      when: "the post is given up, because of its content or after too many attempts"
    )
  }

  /// A failure of this class left open whether the post is live.
  public static func unconfirmed(_ failureClass: FailureClass) -> JournalMessage {
    failure(
      failureClass,
      "unconfirmed",
      .warning,
      when: "the post may be live; Instagram is asked"
    )
  }

  private static func failure(
    _ failureClass: FailureClass,
    _ event: String,
    _ level: Logger.Level,
    when occasion: String
  ) -> JournalMessage {
    let (id, cause) = facts(of: failureClass)
    let attempt =
      failureClass == .unknown
      ? "Attempt @BELFRY_ATTEMPT@ may have published the post."
      : "Attempt @BELFRY_ATTEMPT@ did not publish the post."
    return JournalMessage(
      id: id,
      event: event,
      level: level,
      occasion: occasion,
      failureClass: failureClass,
      explanation: Explanation(
        subject:
          "Post @BELFRY_POST@ of @BELFRY_PERSONA@ @BELFRY_EVENT@: \(failureClass.rawValue)",
        cause: "\(attempt)\n\n\(cause)",
        repair: seeHint
      )
    )
  }

  /// The id of a class, and its text in `docs/errors.md`.
  private static func facts(of failureClass: FailureClass) -> (id: String, cause: String) {
    switch failureClass {
    case .wait:
      (
        "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d21",
        """
        Something is not ready yet, or platform, network or database has a passing
        fault. Belfry tries again, first after 15 to 30 seconds, later up to an hour
        apart; after 200 attempts, about a week, the post is failed. You do nothing,
        unless it lasts for hours.
        """
      )
    case .newContainer:
      (
        "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d22",
        """
        The platform could not make a usable container of the media. Belfry tries again
        with a new one, with the same pauses; after five the post is failed. You check
        that the media's public URL answers from outside.
        """
      )
    case .permanent:
      (
        "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d23",
        """
        The platform refuses the content, and will go on refusing it. Belfry gives the
        post up: failed. You edit it as the message says, then schedule it again.
        """
      )
    case .account:
      (
        "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d24",
        """
        Token, permission or restriction: the account needs its owner. Belfry holds the
        persona at once. Its posts wait untouched, and other personas go on. You do what
        the message says, and run belfry credentials set NAME if a new token is needed;
        then belfry credentials verify NAME asks the platform and, if it accepts the
        token, releases the persona.
        """
      )
    case .limit:
      (
        "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d25",
        """
        A rate limit or quota of the platform is used up. Belfry defers the post until
        it frees: half an hour at least, up to six hours, never less than the platform
        asks for. You do nothing; spread posts more widely if it recurs.
        """
      )
    case .unknown:
      (
        "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d26",
        """
        Publishing was requested, and the answer does not prove what came of it. Belfry
        asks the platform, and never sends it again before it knows. You do nothing at
        first. If it says that it needs you, look at the account and say what happened:
        belfry resolve @BELFRY_POST@ published MEDIA_ID, or
        belfry resolve @BELFRY_POST@ not-published (publish-once.md).
        """
      )
    case .configuration:
      (
        "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d27",
        """
        Something on this host is set up wrongly: key, credential, directory, URL.
        Belfry defers the post, by minutes at first, up to an hour. You correct what the
        message names, then systemctl reload belfry.
        """
      )
    }
  }
}
