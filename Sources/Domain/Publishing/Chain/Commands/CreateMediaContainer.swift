import Instagram
import Pipeline
import Posts
import Store

/// First part of SendPostToInstagram: Meta fetches the photo and makes a container.
///
/// Safe to repeat: a container that nobody publishes is invisible and expires after 24 hours. That is
/// also why undoing it is nothing: the API has no call to delete one.
struct CreateMediaContainer: Command {
  static let name: StepName = "CreateMediaContainer"
  static let kind = StepKind.compensatable
  typealias Change = PostChange

  struct Input: Codable, Sendable {
    let account: AccountReference
    let imageURL: String
    let caption: String
    let altText: String?
    let isAIGenerated: Bool
    /// Set for a post that is late or was tried before: media since then (seconds since 1970) are compared
    /// with its caption first.
    let lookSince: Double?
    /// Seconds from its due time.
    let lateness: Double
  }

  struct Output: Codable, Sendable {
    let container: ContainerID
  }

  let account: RunAccount
  let platform: Platform

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
    if let since = input.lookSince {
      try await platform.requireUnpublished(
        input.caption,
        since: since,
        lateness: input.lateness,
        account,
        input.account
      )
    }
    let draft = MediaDraft.image(
      url: input.imageURL,
      altText: input.altText,
      details: .init(caption: input.caption, isAIGenerated: input.isAIGenerated)
    )
    return Output(container: try await platform.createContainer(draft, account, input.account))
  }

  func changeAfter(_ input: Input, _ output: Output) -> PostChange? {
    .containerCreated(output.container)
  }
}
