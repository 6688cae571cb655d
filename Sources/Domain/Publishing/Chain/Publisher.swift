import Journal
public import Leases
import Logging
import Pipeline
import Postgres
import Posts
public import Store

/// How the work on a leased post ended.
public enum PostOutcome: Hashable, Sendable {
  /// Live and recorded.
  case posted
  /// Back in the queue for later.
  case deferred
  /// Back in the queue, and its persona is on hold until somebody acts.
  case held
  /// Given up; the row says why.
  case failed
  /// May be live; the row says what is known.
  case unconfirmed
  /// Was unconfirmed, is proven to be live and recorded.
  case proven
  /// Was unconfirmed, is proven not to be live and back in the queue.
  case disproved
  /// Was unconfirmed and still is.
  case stillOpen
  /// Back in the queue because the process ends.
  case interrupted
  /// Not ours any more, or left as it is for recovery.
  case left
}

/// Runs the pipelines on leased posts and turns their results into rows and journal entries.
public struct Publisher: Sendable {
  let environment: PublishingEnvironment

  /// Publishes with the parts of `environment`.
  public init(_ environment: PublishingEnvironment) { self.environment = environment }

  /// Publishes a post that was claimed; with a kept container, from there.
  public func publish(_ claim: ClaimedPost, trust: Trust) async -> PostOutcome {
    let post = claim.post
    announceLease(of: post)
    let log = environment.stepLog(post.term)
    let result = await SchedulePost.due(environment).run(
      PublishState(post: post),
      resuming: claim.records,
      log: log,
      context: context(of: post, trust: trust)
    )
    return await conclude(post, result)
  }

  /// Goes on with, or undoes, what a dead owner left behind.
  public func recover(_ recovery: ClaimedPost, trust: Trust) async -> PostOutcome {
    let post = recovery.post
    log(.takenOver, "took over \(post.id) of \(post.personaName)", post)
    let isImmediate = post.pipeline == SchedulePost.immediateName
    let pipeline = isImmediate ? SchedulePost.immediate(environment) : SchedulePost.due(environment)
    let log = environment.stepLog(post.term)
    let context = context(of: post, trust: trust)
    let state = PublishState(post: post)
    switch RecoveryPlan(records: recovery.records, containerAge: post.containerAge) {
    case .goOn:
      return await conclude(
        post,
        await pipeline.run(state, resuming: recovery.records, log: log, context: context)
      )
    case .undo:
      // The row that a dead `schedule-post` created stays: somebody asked for the post, it is published.
      let records = recovery.records.map { record in
        var record = record
        if record.name == CreatePostRecord.name { record.phase = .compensated }
        return record
      }
      let died = StepFailure(
        .wait,
        "the instance that was publishing it died",
        hint: "Nothing: it is published now."
      )
      switch await pipeline.undo(records, because: died, state: state, log: log, context: context) {
      case .failed: return await finish(post, Outcome(.interrupted(.zero), nil))
      case let other: return await conclude(post, other)
      }
    }
  }

  // MARK: Outcomes

  func conclude(_ post: LeasedPost, _ result: RunResult<PublishState>) async -> PostOutcome {
    switch result {
    case .completed(let state):
      environment.tally.published()
      let late = max(0, environment.clock() - post.dueAt)
      log(
        .posted,
        "posted \(post.id) of \(post.personaName) as media \(state.media?.rawValue ?? "?"), "
          + "\(Int(late)) s after its time",
        post,
        ["media": "\(state.media?.rawValue ?? "")", "permalink": "\(state.permalink ?? "")"]
      )
      return .posted
    case .interrupted:
      return await finish(post, Outcome(.interrupted(.zero), nil, keepsContainer: true))
    case .unknown(let failure): return await finish(post, doubtful(post, failure))
    case .failed(let failure, let step): return await finish(post, decide(post, failure, at: step))
    case .lost:
      log(
        .leaseLost,
        "stopped work on \(post.id) of \(post.personaName): the lease is lost or was not renewed",
        post
      )
      return .left
    case .unfinished(let failure):
      log(
        .leaseLost,
        "left \(post.id) of \(post.personaName) for recovery: \(failure.message)",
        post
      )
      return .left
    }
  }

  private func decide(_ post: LeasedPost, _ failure: StepFailure, at step: StepName) -> Outcome {
    let described = StepFailure(
      failure.failureClass,
      "\(step): \(failure.message)",
      hint: failure.hint,
      retryAfter: failure.retryAfter
    )
    let decision = environment.retryPolicy.decision(
      on: failure.failureClass,
      attempt: post.term.attempt,
      retryAfter: failure.retryAfter,
      fraction: Double.random(in: 0...1)
    )
    switch decision {
    case .defer(let delay):
      // Refused for now at the very last step: the container itself is good.
      let keeps =
        step == PublishMediaContainer.name
        && (failure.failureClass == .wait || failure.failureClass == .limit)
      return Outcome(.deferred(delay), described, keepsContainer: keeps)
    case .holdPersona: return Outcome(.deferred(.zero), described, personaHold: failure)
    case .fail:
      return Outcome(
        .failed,
        StepFailure(
          failure.failureClass,
          described.message,
          hint: failure.hint
            + " Then: belfry retry \(post.id.rawValue)"
        )
      )
    case .leaveUnconfirmed: return unconfirmed(post, described)
    }
  }

  private func doubtful(_ post: LeasedPost, _ failure: StepFailure) -> Outcome {
    guard failure.needsHuman else { return unconfirmed(post, failure) }
    return Outcome(.unconfirmed, failure, personaHold: failure)
  }

  /// What is known; the reconciler looks next, and says more.
  private func unconfirmed(_ post: LeasedPost, _ failure: StepFailure) -> Outcome {
    let id = post.id.rawValue
    return Outcome(
      .unconfirmed,
      StepFailure(
        .unknown,
        failure.message,
        hint:
          "Belfry asks Instagram by itself. If you know better: belfry resolve \(id) published MEDIA_ID, "
          + "or: belfry resolve \(id) not-published"
      )
    )
  }

  /// Ends the lease, repeating while the database is away.
  ///
  /// Until then the row says `posting`, which is true, and recovery finds it.
  private func finish(_ post: LeasedPost, _ outcome: Outcome) async -> PostOutcome {
    var pause = Duration.milliseconds(100)
    while true {
      do {
        guard try await environment.leases.finish(post, outcome) else {
          return await conclude(post, .lost)
        }
        break
      } catch {
        guard !environment.drain.hasBegun else {
          let failure = StepFailure(.wait, error.message, hint: databaseHint)
          return await conclude(post, .unfinished(failure))
        }
        await environment.drain.pause(pause)
        pause = min(pause * 2, .seconds(30))
      }
    }
    announce(post, outcome)
    switch outcome.kind {
    case .deferred: return outcome.personaHold == nil ? .deferred : .held
    case .interrupted: return .interrupted
    case .failed: return .failed
    case .unconfirmed: return .unconfirmed
    }
  }

  private func announce(_ post: LeasedPost, _ outcome: Outcome) {
    let who = "\(post.id) of \(post.personaName)"
    guard let failure = outcome.failure else {
      return log(.putBack, "put \(who) back: the service stops", post)
    }
    let details: Logger.Metadata = [
      "class": "\(failure.failureClass.rawValue)", "hint": "\(failure.hint)",
    ]
    count(outcome.kind, failure.failureClass)
    let failureClass = failure.failureClass
    let (message, text): (JournalMessage, String) =
      switch outcome.kind {
      case .deferred(let delay):
        (
          .deferred(failureClass),
          "deferred \(who) by \(delay.components.seconds) s: \(failure.message)"
        )
      case .interrupted: (.putBack, "put \(who) back: \(failure.message)")
      case .failed: (.failed(failureClass), "gave up \(who): \(failure.message)")
      case .unconfirmed: (.unconfirmed(failureClass), "\(who) may be live: \(failure.message)")
      }
    log(message, text, post, details)
    if let reason = outcome.personaHold?.message {
      log(.personaHeld, "holding persona \(post.personaName): \(reason)", post, details)
    }
  }

  private func count(_ kind: Outcome.Kind, _ failureClass: FailureClass) {
    switch kind {
    case .deferred: environment.tally.deferred(failureClass)
    case .failed: environment.tally.failed(failureClass)
    case .unconfirmed: environment.tally.unconfirmed()
    case .interrupted: break
    }
  }

  // MARK: Journal and context

  func announceLease(of post: LeasedPost) {
    log(
      .leased,
      "leased \(post.id) of \(post.personaName), attempt \(post.term.attempt)",
      post
    )
  }

  func context(of post: LeasedPost, trust: Trust) -> StepContext {
    StepContext(
      attempt: post.term.attempt,
      mayAct: { trust.isOpen() },
      isDraining: { environment.drain.hasBegun },
      pause: { await environment.drain.pause($0) },
      observe: { record in observe(record, post) }
    )
  }

  func observe(_ record: StepRecord, _ post: LeasedPost) {
    let error = record.error.map { ": \($0)" } ?? ""
    log(
      record.phase == .started ? .stepStarted : .stepEnded,
      "\(post.id) \(record.name) \(record.phase.rawValue)\(error)",
      post,
      ["step": "\(record.name)"]
    )
  }

  private func log(
    _ message: JournalMessage,
    _ text: String,
    _ post: LeasedPost,
    _ more: Logger.Metadata = [:]
  ) {
    let subject: Logger.Metadata = [
      "post": "\(post.id.rawValue)", "persona": "\(post.personaName)",
      "attempt": "\(post.term.attempt)",
    ]
    environment.logger.log(message, "\(text)", subject.merging(more) { _, new in new })
  }
}
