import Instagram
import Pipeline
import Posts
import Store

/// How a container is watched until it is ready.
public struct Polling: Hashable, Sendable {
  /// Pause before the first look.
  public var first: Duration
  /// The longest pause between two looks; pauses double up to it.
  public var cap: Duration
  /// When to give the container up.
  public var giveUp: Duration

  /// Sets the pauses; the defaults are for images.
  public init(
    first: Duration = .seconds(3),
    cap: Duration = .seconds(30),
    giveUp: Duration = .seconds(300)
  ) {
    self.first = first
    self.cap = cap
    self.giveUp = giveUp
  }
}

/// Second part of SendPostToInstagram: waits until the container is ready.
///
/// Changes nothing anywhere.
struct AwaitMediaContainer: Command {
  static let name: StepName = "AwaitMediaContainer"
  static let kind = StepKind.compensatable
  typealias Change = PostChange

  struct Input: Codable, Sendable {
    let account: AccountReference
    let container: ContainerID
  }

  struct Output: Codable, Sendable {
    /// How often it was looked at.
    let polls: Int
  }

  let account: RunAccount
  let platform: Platform
  let polling: Polling

  func prepare(
    _ input: Input,
    in context: StepContext
  ) async throws(StepFailure) -> InstagramAccount {
    try await account.open(input.account)
  }

  func execute(
    _ input: Input,
    with account: InstagramAccount,
    in context: StepContext
  ) async throws(StepFailure) -> Output {
    let began = ContinuousClock.now
    var pause = polling.first
    var polls = 0
    var hasBeenRead = false
    var lastFailure = StepFailure(
      .newContainer,
      "container \(input.container) was not ready after \(polling.giveUp)",
      hint: "Nothing: a new container is made at the next try."
    )
    while ContinuousClock.now - began < polling.giveUp {
      await context.pause(pause)
      if context.isDraining() { throw interrupted }
      guard context.mayAct() else { throw interrupted }
      polls += 1
      if let state = try await read(input.container, account, else: &lastFailure) {
        hasBeenRead = true
        if try isReady(state, input.container) { return Output(polls: polls) }
      }
      // Reads of containers were down for days (May 2026) while publishing worked. An image is ready within
      // seconds; one that is not answers 9007, which is a definite refusal. So silence is no reason to stop.
      if !hasBeenRead && ContinuousClock.now - began >= polling.giveUp / 5 {
        return Output(polls: polls)
      }
      pause = min(pause * 2, polling.cap)
    }
    throw lastFailure
  }

  /// The container's state; nil, with the reason noted, when it cannot be read now.
  ///
  /// Not readable says nothing about the container; what else went wrong does.
  private func read(
    _ container: ContainerID,
    _ account: InstagramAccount,
    else failure: inout StepFailure
  ) async throws(StepFailure) -> ContainerState? {
    do throws(InstagramError) {
      return try await platform.client.containerStatus(container, account)
    } catch {
      guard error.failureClass == .wait else { throw StepFailure(error) }
      failure = StepFailure(error)
      return nil
    }
  }

  private func isReady(
    _ state: ContainerState,
    _ container: ContainerID
  ) throws(StepFailure) -> Bool {
    switch state.status {
    case .finished: return true
    case .inProgress: return false
    case .published:
      // An earlier request took effect after all, or somebody else published it.
      throw StepFailure(
        .unknown,
        "container \(container) is published already",
        hint: "Belfry asks Instagram which media it became."
      )
    case .expired:
      throw StepFailure(
        .newContainer,
        "container \(container) has expired",
        hint: "Nothing: a new container is made at the next try."
      )
    case .error:
      throw StepFailure(
        .newContainer,
        "container \(container) failed: \(state.statusText ?? "no reason given")",
        hint: "Nothing at first: a new container is made at the next try."
      )
    default:
      return false
    }
  }

  private var interrupted: StepFailure {
    StepFailure(
      .wait,
      "stopped while waiting for the container",
      hint: "Nothing: the post is published after the next start."
    )
  }
}
