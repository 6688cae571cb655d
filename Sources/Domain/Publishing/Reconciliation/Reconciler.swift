import Instagram
import Journal
import Logging
import Pipeline
import Postgres
import Posts
public import Store

/// Checks unconfirmed posts: asks Instagram, applies ``ReconcileRules``, records what follows.
///
/// A check holds no lease: everything it does before its decision is reading, and the decision is recorded only
/// if nobody (another instance, a human's `belfry resolve`) has decided in between.
public struct Reconciler: Sendable {
  let environment: PublishingEnvironment
  let unconfirmedPosts: UnconfirmedPostStore
  let patience: ReconcilePatience
  let callLimit: Duration

  /// Works with the parts of `environment`.
  ///
  /// - Parameters:
  ///   - environment: the parts.
  ///   - unconfirmedPosts: the unconfirmed posts.
  ///   - patience: how long to ask.
  ///   - callLimit: the longest that one call to Instagram may take.
  public init(
    _ environment: PublishingEnvironment,
    unconfirmedPosts: UnconfirmedPostStore,
    patience: ReconcilePatience,
    callLimit: Duration = .seconds(30)
  ) {
    self.environment = environment
    self.unconfirmedPosts = unconfirmedPosts
    self.patience = patience
    self.callLimit = callLimit
  }

  /// Takes the posts whose next look is due.
  func claim(upTo limit: Int) async throws(PostgresError) -> [UnconfirmedPost] {
    // A look is two or three reads; one whose looker died is repeated when it must have ended. Two looks at
    // once do no harm: the younger one fences the other.
    try await unconfirmedPosts.claim(upTo: limit, patience: max(callLimit * 4, patience.recheck))
  }

  /// Looks at one post.
  func look(at unconfirmed: UnconfirmedPost) async -> PostOutcome {
    let observation = await observation(about: unconfirmed)
    let decision = ReconcileRules.decision(
      on: observation,
      age: unconfirmed.age,
      finishedFor: unconfirmed.finishedFor,
      containerAge: unconfirmed.containerAge,
      patience: patience
    )
    do {
      return try await record(decision, observation, unconfirmed)
    } catch {
      // The look counts as not made; the next one comes by itself.
      log(
        .checkNotRecorded,
        "a look at \(unconfirmed.id) could not be recorded: \(error.message)",
        unconfirmed
      )
      return .left
    }
  }

  // MARK: What Instagram says

  private func observation(about unconfirmed: UnconfirmedPost) async -> Observation {
    let account: InstagramAccount
    do {
      account = try await environment.accounts.open(AccountReference(unconfirmed))
    } catch {
      return Observation(container: .unreadable(error.message), listing: .unreadable(error.message))
    }
    return Observation(
      container: await container(unconfirmed, account),
      listing: await listing(unconfirmed, account)
    )
  }

  private func container(_ unconfirmed: UnconfirmedPost, _ account: InstagramAccount) async
    -> Observation.Container
  {
    guard let container = unconfirmed.container else { return .unreadable("none was recorded") }
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
  private func listing(_ unconfirmed: UnconfirmedPost, _ account: InstagramAccount) async
    -> Observation.Listing
  {
    let lookup = AccountMediaLookup(client: environment.platform.client, owners: environment.owners)
    let wanted = CaptionForm(unconfirmed.caption)
    let free: [Media]
    do {
      free = try await lookup.unownedMedia(
        of: account,
        since: unconfirmed.requestedAt - AccountMediaLookup.clockTolerance
      )
    } catch {
      return .unreadable(error.message)
    }
    if wanted.isEmpty { return free.isEmpty ? .none : .unrecognisable }
    let matches = free.filter { wanted.matches($0.caption ?? "") }
    // Another post with this caption is open too: one media cannot be told from the other.
    let rivals = unconfirmed.rivalCaptions.count { wanted.matches($0) }
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
    _ decision: ReconcileDecision,
    _ observation: Observation,
    _ unconfirmed: UnconfirmedPost
  ) async throws(PostgresError) -> PostOutcome {
    switch decision {
    case .adopt(let media, let permalink, let publishedAt):
      return try await adopt(unconfirmed, media, permalink, publishedAt)
    case .publishAgain(let keeps, let why):
      let isOurs = try await unconfirmedPosts.publishAgain(
        unconfirmed,
        keepsContainer: keeps,
        cause: "it was not published after all: \(why)",
        fix: "Nothing: it is published again."
      )
      guard isOurs else { return .left }
      log(
        .reconciled,
        "\(unconfirmed.id) of \(unconfirmed.personaName) is not live, it goes out again: \(why)",
        unconfirmed
      )
      return .disproved
    case .lookAgain(let why):
      let pause = ReconcileRules.pause(after: unconfirmed.look, patience)
      _ = try await unconfirmedPosts.lookAgain(
        unconfirmed,
        after: pause,
        isFinished: observation.container == .finished,
        cause: "publishing was requested and is not proven (look \(unconfirmed.look)): \(why)",
        fix:
          "Belfry looks again by itself. If you know better: belfry resolve \(unconfirmed.id.rawValue) "
          + "published MEDIA_ID, or: belfry resolve \(unconfirmed.id.rawValue) not-published"
      )
      log(
        .stillUnconfirmed,
        "\(unconfirmed.id) of \(unconfirmed.personaName) is still not proven: \(why)",
        unconfirmed
      )
      return .stillOpen
    case .leaveToHuman(let why):
      let fix =
        "Look at the account, then: belfry resolve \(unconfirmed.id.rawValue) published MEDIA_ID, or: "
        + "belfry resolve \(unconfirmed.id.rawValue) not-published"
      _ = try await unconfirmedPosts.lookAgain(
        unconfirmed,
        after: nil,
        isFinished: observation.container == .finished,
        cause: "publishing was requested and cannot be proven: \(why)",
        fix: fix
      )
      log(
        .needsHuman,
        "\(unconfirmed.id) of \(unconfirmed.personaName) needs a human: \(why)",
        unconfirmed,
        ["hint": "\(fix)"]
      )
      return .stillOpen
    }
  }

  private func adopt(
    _ unconfirmed: UnconfirmedPost,
    _ media: MediaID,
    _ permalink: String?,
    _ publishedAt: Double?
  ) async throws(PostgresError) -> PostOutcome {
    do {
      let isOurs = try await unconfirmedPosts.adopt(
        unconfirmed,
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
      .reconciled,
      "\(unconfirmed.id) of \(unconfirmed.personaName) is live as media \(media), proven at look \(unconfirmed.look)",
      unconfirmed,
      ["media": "\(media)", "permalink": "\(permalink ?? "")"]
    )
    return .proven
  }

  private func log(
    _ message: JournalMessage,
    _ text: String,
    _ unconfirmed: UnconfirmedPost,
    _ more: Logger.Metadata = [:]
  ) {
    let post: Logger.Metadata = [
      "post": "\(unconfirmed.id.rawValue)", "persona": "\(unconfirmed.personaName)",
      "class": "unknown",
    ]
    environment.logger.log(message, "\(text)", post.merging(more) { _, new in new })
  }
}

extension AccountReference {
  init(_ unconfirmed: UnconfirmedPost) {
    self.init(
      persona: unconfirmed.persona,
      name: unconfirmed.personaName,
      login: unconfirmed.login,
      accountID: unconfirmed.accountID
    )
  }
}
