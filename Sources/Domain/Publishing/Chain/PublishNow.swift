import Leases
public import Pipeline
public import Posts
public import Store

/// How `belfry schedule-post` without a time ended.
public enum ImmediateResult: Sendable {
  /// The post is live.
  case posted(PostID, MediaID, permalink: String?)
  /// It is not, and nothing is left of it: no row, no public URL.
  case refused(StepFailure)
  /// The database did not say whether it took the post; nothing was sent to Instagram.
  case unanswered(StepFailure)
  /// Its row is there and says what is known; the daemon or a human goes on.
  case left(PostID, PostOutcome, String)
}

extension Publisher {
  /// Creates a post and publishes it at once, through the chain that every post goes through.
  public func publishNow(_ newPost: NewPost) async -> ImmediateResult {
    let trust = environment.trust.trust()
    let claim: ClaimedPost
    do {
      claim = try await CreatePostRecord.create(newPost, in: environment)
    } catch {
      return error.failureClass == .unknown ? .unanswered(error) : .refused(error)
    }
    let post = claim.post
    let result = await run(claim, trust: trust, removesRow: true)
    let outcome = await conclude(post, result, removesRow: true)
    switch result {
    case .completed(let state):
      guard let media = state.media else { return .left(post.id, outcome, "") }
      return .posted(post.id, media, permalink: state.permalink)
    case .failed(let failure, _, _):
      return outcome == .removed ? .refused(failure) : .left(post.id, outcome, failure.message)
    case .interrupted:
      return outcome == .removed
        ? .refused(.stopped) : .left(post.id, outcome, StepFailure.stopped.message)
    case .unknown(let failure), .unfinished(let failure):
      return .left(post.id, outcome, failure.message)
    case .lost: return .left(post.id, outcome, "the lease was lost")
    }
  }
}

extension StepFailure {
  /// SIGTERM or SIGINT came before the post was published.
  fileprivate static var stopped: StepFailure {
    StepFailure(.wait, "stopped before the post was published", hint: "Run the command again.")
  }
}
