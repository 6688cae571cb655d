public import Instagram
import Journal
public import Logging
import Pipeline
import Postgres
import Posts
public import Store

/// Instagram as the commands see it: the client, and what its answers teach about quota, load and health.
public struct Platform: Sendable {
  let client: InstagramClient
  let usage: RateLimitTracker
  /// Holds publishing while the platform fails for several accounts.
  public let breaker: PlatformBreaker
  let upkeep: UpkeepStore
  let owners: MediaOwners
  let logger: Logger

  /// Puts the parts together; `usage` and `breaker` outlive a reload.
  public init(
    client: InstagramClient,
    usage: RateLimitTracker,
    breaker: PlatformBreaker,
    upkeep: UpkeepStore,
    owners: MediaOwners,
    logger: Logger
  ) {
    self.client = client
    self.usage = usage
    self.breaker = breaker
    self.upkeep = upkeep
    self.owners = owners
    self.logger = logger
  }

  /// Makes a container, unless the account's allowance or quota says to wait.
  func createContainer(
    _ draft: MediaDraft,
    _ account: InstagramAccount,
    _ reference: AccountReference
  ) async throws(StepFailure) -> ContainerID {
    if let pause = usage.pause(for: account.accountID) {
      throw StepFailure(
        .limit,
        "Instagram's usage headers say that the allowance of \(reference.name) is nearly used up",
        hint: "Nothing: the post goes out when it is regained.",
        retryAfter: pause
      )
    }
    try await requireQuota(account, reference)
    do throws(InstagramError) {
      let container = try await client.createContainer(draft, account)
      noteSuccess()
      return container
    } catch {
      throw noted(error, reference)
    }
  }

  /// Refuses a late post that the account shows already.
  ///
  /// A database that was restored from a backup has posts in its queue that are live; so has one whose
  /// record of an earlier attempt was lost. Both kinds are late, so late posts look before they leap. That
  /// the listing cannot be read stops only a post that is very late.
  func requireUnpublished(
    _ caption: String,
    since: Double,
    lateness: Double,
    _ account: InstagramAccount,
    _ reference: AccountReference
  ) async throws(StepFailure) {
    let wanted = CaptionForm(caption)
    let lookup = AccountMediaLookup(client: client, owners: owners)
    let unowned: [Media]
    do {
      unowned = try await lookup.unownedMedia(of: account, since: since)
    } catch {
      guard error.failureClass == .account || lateness > 3600 else { return }
      throw error
    }
    guard let media = unowned.first(where: { wanted.matches($0.caption ?? "") }) else { return }
    throw StepFailure(
      .unknown,
      "the account already shows media \(media.id) with this caption, which no row knows: the database may be "
        + "restored from a backup",
      hint:
        "Look at the account and at the other late posts of \(reference.name), resolve them, then: "
        + "belfry release \(reference.name)",
      needsHuman: true
    )
  }

  /// Publishes a container.
  func publish(
    _ container: ContainerID,
    _ account: InstagramAccount,
    _ reference: AccountReference
  ) async throws(InstagramError) -> MediaID {
    do throws(InstagramError) {
      let media = try await client.publish(container, account)
      noteSuccess()
      return media
    } catch {
      _ = noted(error, reference)
      throw error
    }
  }

  /// Asks whether the platform serves again; a success lets publishing go on.
  func probe(_ reference: AccountReference, _ accounts: Accounts) async {
    guard let account = try? await accounts.open(reference) else { return }
    guard (try? await client.publishingLimit(account)) != nil else { return }
    noteSuccess()
  }

  /// The quota is read, never assumed.
  ///
  /// That it cannot be read says nothing about the post.
  private func requireQuota(
    _ account: InstagramAccount,
    _ reference: AccountReference
  ) async throws(StepFailure) {
    let limit: PublishingLimit
    do throws(InstagramError) {
      limit = try await client.publishingLimit(account)
    } catch {
      guard error.failureClass == .account else { return }
      throw StepFailure(error)
    }
    // For people who plan: a forecast that cannot be noted delays no post.
    try? await upkeep.noteQuota(used: limit.usage, total: limit.total, of: reference.persona)
    guard let total = limit.total, limit.usage >= total else { return }
    let freesIn = (try? await upkeep.quotaFreesIn(reference.persona)) ?? nil
    throw StepFailure(
      .limit,
      "the publishing quota of \(reference.name) is used up: \(limit.usage) of \(total) in 24 hours",
      hint: "Nothing: the post goes out when the oldest one leaves the moving 24 hours.",
      retryAfter: .seconds(min(max(freesIn ?? 3600, 600), 86_400))
    )
  }

  // MARK: Health

  private func noteSuccess() {
    guard breaker.succeeded() else { return }
    logger.log(.platformServes, "Instagram serves again, publishing goes on")
  }

  private func noted(_ error: InstagramError, _ reference: AccountReference) -> StepFailure {
    if let sign = error.platformSign, breaker.failed(reference, sign: sign) {
      logger.log(
        .platformFails,
        "Instagram fails for several accounts (\(sign)), publishing is held: \(error.message)",
        [
          "class": "\(error.failureClass.rawValue)",
          "hint": "Nothing: belfry probes with a read and goes on by itself.",
        ]
      )
    }
    return StepFailure(error)
  }
}

extension InstagramError {
  /// What a failure of the platform as a whole has in common across accounts; nil for one that is about
  /// the account or the content.
  fileprivate var platformSign: String? {
    switch (graphCode, graphSubcode) {
    case (1?, nil), (2?, _), (4?, nil), (.some(-1), 2_207_001?): "code \(graphCode ?? 0)"
    case (nil, _) where failureClass == .wait || failureClass == .unknown:
      "no answer"
    default: nil
    }
  }
}
