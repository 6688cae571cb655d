import Leases
public import Pipeline
public import Posts
public import Store
import Synchronization

/// How `belfry schedule-post` without a time ended.
public enum ImmediateResult: Sendable {
  /// The post is live.
  case posted(PostID, MediaID, permalink: String?)
  /// It is not, and nothing is left of it: no row, no public URL.
  case refused(StepFailure)
  /// Its row is there and says what is known; the daemon or a human goes on.
  case left(PostID, PostOutcome, String)
}

extension Publisher {
  /// Creates a post and publishes it at once: the `SchedulePost` chain with `CreatePostRecord` in front.
  public func publishNow(_ newPost: NewPost) async -> ImmediateResult {
    let created = Mutex<LeasedPost?>(nil)
    let trust = environment.trust.trust()
    let log = CreatedPostLog(
      log: environment.stepLog(nil),
      noted: { post in
        let isNew = created.withLock { created in
          defer { created = post }
          return created == nil
        }
        if isNew, let post { announceLease(of: post) }
      }
    )
    let context = StepContext(
      attempt: 1,
      mayAct: { trust.isOpen() },
      isDraining: { environment.drain.hasBegun },
      pause: { await environment.drain.pause($0) },
      observe: { record in
        guard let post = created.withLock(\.self) else { return }
        observe(record, post)
      }
    )
    let result = await SchedulePost.immediate(environment).run(
      PublishState(newPost: newPost),
      log: log,
      context: context
    )
    guard let post = created.withLock(\.self) else { return .refused(failure(of: result)) }
    switch result {
    case .completed(let state):
      _ = await conclude(post, result)
      guard let media = state.media else { return .left(post.id, .posted, "") }
      return .posted(post.id, media, permalink: state.permalink)
    case .failed, .interrupted:
      // The row could not be removed: the daemon finds it, and saying that nothing is left would be a lie.
      return .left(post.id, .left, failure(of: result).message)
    case .unknown(let failure), .unfinished(let failure):
      return .left(post.id, await conclude(post, result), failure.message)
    case .lost:
      return .left(post.id, await conclude(post, result), "the lease was lost")
    }
  }

  private func failure(of result: RunResult<PublishState>) -> StepFailure {
    switch result {
    case .failed(let failure, _), .unknown(let failure), .unfinished(let failure): failure
    case .completed, .interrupted, .lost:
      StepFailure(.wait, "stopped before the post was published", hint: "Run the command again.")
    }
  }
}

/// The step log of an immediate chain; tells which row exists, nil once it is removed.
private struct CreatedPostLog: StepLog {
  let log: PostStepLog
  let noted: @Sendable (LeasedPost?) -> Void

  func write(_ write: LogWrite<PostChange>) async throws(StepLogError) {
    for case .created(let post) in write.changes { noted(post) }
    if write.changes.contains(.removed) { noted(nil) }
    try await log.write(write)
  }
}
