import Instagram
import Logging
import Pipeline
import Posts
import Postgres
public import Store

/// Looks at unconfirmed posts: asks Instagram, applies ``ReconcileRules``, records what follows.
///
/// A look holds no lease: everything it does before its verdict is reading, and the verdict is recorded only
/// if nobody (another instance, a human's `belfry resolve`) has decided in between.
public struct Reconciler: Sendable {
  let environment: PublishingEnvironment
  let doubts: DoubtStore
  let patience: ReconcilePatience
  let callLimit: Duration

  /// Works with the parts of `environment`.
  ///
  /// - Parameters:
  ///   - environment: the parts.
  ///   - doubts: the unconfirmed posts.
  ///   - patience: how long to ask.
  ///   - callLimit: the longest that one call to Instagram may take.
  public init(
    _ environment: PublishingEnvironment,
    doubts: DoubtStore,
    patience: ReconcilePatience,
    callLimit: Duration = .seconds(30)
  ) {
    self.environment = environment
    self.doubts = doubts
    self.patience = patience
    self.callLimit = callLimit
  }

  /// Takes the posts whose next look is due.
  func claim(upTo limit: Int) async throws(PostgresError) -> [Doubt] {
    // A look is two or three reads; one whose looker died is repeated when it must have ended. Two looks at
    // once do no harm: the younger one fences the other.
    try await doubts.claim(upTo: limit, patience: max(callLimit * 4, patience.recheck))
  }

  /// Looks at one post.
  func look(at doubt: Doubt) async -> PostOutcome {
    let testimony = await testimony(about: doubt)
    let verdict = ReconcileRules.verdict(
      on: testimony,
      age: doubt.age,
      finishedFor: doubt.finishedFor,
      containerAge: doubt.containerAge,
      patience: patience
    )
    do {
      return try await record(verdict, testimony, doubt)
    } catch {
      // The look counts as not made; the next one comes by itself.
      log(.debug, "a look at \(doubt.id) could not be recorded: \(error.message)", doubt)
      return .left
    }
  }

  // MARK: Witnesses

  private func testimony(about doubt: Doubt) async -> Testimony {
    let account: InstagramAccount
    do {
      account = try await environment.accounts.open(AccountReference(doubt))
    } catch {
      return Testimony(container: .unreadable(error.message), listing: .unreadable(error.message))
    }
    return Testimony(
      container: await container(doubt, account),
      listing: await listing(doubt, account)
    )
  }

  private func container(_ doubt: Doubt, _ account: InstagramAccount) async -> Testimony.Container {
    guard let container = doubt.container else { return .unreadable("none was recorded") }
    do {
      switch try await environment.platform.client.containerStatus(container, account).status {
      case .published: return .published
      case .finished: return .finished
      case .inProgress: return .inProgress
      case .expired, .error: return .gone
      case .unrecognised(let text): return .unreadable("its status is \(text)")
      }
    } catch {
      return .unreadable(error.message)
    }
  }

  /// Media of the account that may be this post: not older than the request, no other row's, same caption.
  private func listing(_ doubt: Doubt, _ account: InstagramAccount) async -> Testimony.Listing {
    let evidence = Evidence(client: environment.platform.client, owners: environment.owners)
    let wanted = CaptionForm(doubt.caption)
    let free: [Media]
    do {
      free = try await evidence.unownedMedia(
        of: account,
        since: doubt.requestedAt - Evidence.clockTolerance
      )
    } catch {
      return .unreadable(error.message)
    }
    if wanted.isEmpty { return free.isEmpty ? .none : .unrecognisable }
    let matches = free.filter { wanted.matches($0.caption ?? "") }
    // Another post with this caption is open too: one media cannot be told from the other.
    let rivals = doubt.rivalCaptions.count { wanted.matches($0) }
    guard let match = matches.first else { return .none }
    guard matches.count == 1, rivals == 0 else { return .several(max(matches.count, rivals + 1)) }
    return .one(
      match.id,
      permalink: match.permalink,
      publishedAt: match.timestamp.map(Double.init)
    )
  }

  // MARK: Verdicts

  private func record(
    _ verdict: ReconcileVerdict,
    _ testimony: Testimony,
    _ doubt: Doubt
  ) async throws(PostgresError) -> PostOutcome {
    switch verdict {
    case .adopt(let media, let permalink, let publishedAt):
      return try await adopt(doubt, media, permalink, publishedAt)
    case .publishAgain(let keeps, let why):
      let isOurs = try await doubts.publishAgain(
        doubt,
        keepsContainer: keeps,
        cause: "it was not published after all: \(why)",
        fix: "Nothing: it is published again."
      )
      guard isOurs else { return .left }
      log(
        .notice,
        "\(doubt.id) of \(doubt.personaName) is not live, it goes out again: \(why)",
        doubt
      )
      return .disproved
    case .lookAgain(let why):
      let pause = ReconcileRules.pause(after: doubt.look, patience)
      _ = try await doubts.lookAgain(
        doubt,
        after: pause,
        isFinished: testimony.container == .finished,
        cause: "publishing was requested and is not proven (look \(doubt.look)): \(why)",
        fix:
          "Belfry looks again by itself. If you know better: belfry resolve \(doubt.id.rawValue) "
          + "published MEDIA_ID, or: belfry resolve \(doubt.id.rawValue) not-published"
      )
      log(.info, "\(doubt.id) of \(doubt.personaName) is still not proven: \(why)", doubt)
      return .stillOpen
    case .leaveToHuman(let why):
      let fix =
        "Look at the account, then: belfry resolve \(doubt.id.rawValue) published MEDIA_ID, or: "
        + "belfry resolve \(doubt.id.rawValue) not-published"
      _ = try await doubts.lookAgain(
        doubt,
        after: nil,
        isFinished: testimony.container == .finished,
        cause: "publishing was requested and cannot be proven: \(why)",
        fix: fix
      )
      log(
        .error,
        "\(doubt.id) of \(doubt.personaName) needs a human: \(why)",
        doubt,
        as: .needsHuman,
        ["hint": "\(fix)"]
      )
      return .stillOpen
    }
  }

  private func adopt(
    _ doubt: Doubt,
    _ media: MediaID,
    _ permalink: String?,
    _ publishedAt: Double?
  ) async throws(PostgresError) -> PostOutcome {
    do {
      let isOurs = try await doubts.adopt(
        doubt,
        media,
        permalink: permalink,
        publishedAt: publishedAt
      )
      guard isOurs else { return .left }
    } catch {
      guard SQLState.uniqueViolation ~= error else { throw error }
      // Somebody recorded this media for another row while we looked; the next look counts without it.
      return .left
    }
    environment.tally.published()
    log(
      .notice,
      "\(doubt.id) of \(doubt.personaName) is live as media \(media), proven at look \(doubt.look)",
      doubt,
      ["media": "\(media)", "permalink": "\(permalink ?? "")"]
    )
    return .proven
  }

  private func log(
    _ level: Logger.Level,
    _ text: String,
    _ doubt: Doubt,
    as message: JournalMessage = .reconciled,
    _ more: Logger.Metadata = [:]
  ) {
    let post: Logger.Metadata = [
      "post": "\(doubt.id.rawValue)", "persona": "\(doubt.personaName)", "class": "unknown",
    ]
    environment.logger.log(
      level: level,
      "\(text)",
      metadata: message.metadata(post.merging(more) { _, new in new })
    )
  }
}

extension AccountReference {
  init(_ doubt: Doubt) {
    self.init(
      persona: doubt.persona,
      name: doubt.personaName,
      login: doubt.login,
      accountID: doubt.accountID
    )
  }
}
