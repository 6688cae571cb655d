import Instagram
import Journal
import Logging
import Pipeline
import Posts
import Store

// The pivot. Everything that can be known before has been checked; the mark `publish_requested_at` is
// committed; after the request has left, only Instagram's word counts:
//
//     answer                                   meaning             what follows
//     ---------------------------------------  ------------------  ------------------------------------
//     200 with an id                           live                record it, go on
//     a definite refusal (classes by number)   not live            clear the mark, undo, defer or fail
//     9007 (not ready, though FINISHED)        not live            the same container again, 5 s apart
//     the request never left                   not live            as a refusal
//     anything else                            nobody knows        reconcile; never a second request
//
// The id goes to the journal before it goes to the database: two memories are better than one.

/// Third part of SendPostToInstagram: makes the container a live post.
struct PublishMediaContainer: Command {
  static let name: StepName = "PublishMediaContainer"
  static let kind = StepKind.pivot
  typealias Change = PostChange

  struct Input: Codable, Sendable {
    let post: PostID
    let account: AccountReference
    let container: ContainerID
  }

  struct Output: Codable, Sendable {
    let media: MediaID
  }

  let accounts: Accounts
  let platform: Platform
  let logger: Logger

  /// 9007 was seen within 400 ms after a FINISHED answer; Meta cures it by itself.
  private static let notReadyTries = 6

  func execute(_ input: Input, in context: StepContext) async throws(StepFailure) -> Output {
    let account = try await accounts.open(input.account)
    var tries = 0
    while true {
      // The account was read from the database; look again right before the request leaves.
      guard context.mayAct() else {
        throw StepFailure(.wait, "the lease was not renewed in time", hint: databaseHint)
      }
      do {
        let media = try await platform.publish(input.container, account, input.account)
        announce(media, input, context)
        return Output(media: media)
      } catch {
        tries += 1
        guard error.graphSubcode == 2_207_027 || error.graphCode == 9007,
          tries < Self.notReadyTries, !context.isDraining()
        else { throw StepFailure(error) }
      }
      await context.pause(.seconds(5))
    }
  }

  /// Not asked here: the post becomes `unconfirmed`, and the reconciler asks with all its patience, without
  /// holding up the persona's other posts.
  func reconcile(_ input: Input, in context: StepContext) async -> Reconciliation<Output> {
    .undecided(
      StepFailure(
        .unknown,
        "the instance that was publishing it died, and publishing had been requested",
        hint: "Belfry asks Instagram what became of it."
      )
    )
  }

  private func announce(_ media: MediaID, _ input: Input, _ context: StepContext) {
    logger.log(
      .live,
      "post \(input.post) of \(input.account.name) is live as media \(media)",
      [
        "post": "\(input.post.rawValue)", "persona": "\(input.account.name)",
        "step": "\(Self.name)", "attempt": "\(context.attempt)", "media": "\(media)",
        "container": "\(input.container)",
      ]
    )
  }

  func changeBefore(_ input: Input) -> PostChange? { .publishRequested }
  func changeAfter(_ input: Input, _ output: Output) -> PostChange? { .published(output.media) }
  func changeAfterRefusal(_ input: Input) -> PostChange? { .publishRefused }
}
