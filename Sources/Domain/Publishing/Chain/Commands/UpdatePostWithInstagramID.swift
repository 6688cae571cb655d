import Instagram
import Pipeline
import Posts
import Store

/// Records the media id and the permalink; with that the post is `posted` and the lease ends.
///
/// The permalink is a courtesy: reading it fails now and then for posts that are perfectly live, and
/// must never make one look failed. The row is changed in the transaction that records this step.
struct UpdatePostWithInstagramID: Command {
  static let name: StepName = "UpdatePostWithInstagramID"
  static let kind = StepKind.retriable
  typealias Change = PostChange

  struct Input: Codable, Sendable {
    let account: AccountReference
    let media: MediaID
  }

  struct Output: Codable, Sendable {
    let permalink: String?
  }

  let account: RunAccount
  let platform: Platform

  /// The account, if it can be opened: the permalink is worth no wait.
  func prepare(
    _ input: Input,
    in context: StepContext
  ) async throws(StepFailure) -> InstagramAccount? {
    guard !context.isDraining() else { return nil }
    return try? await account.open(input.account)
  }

  func execute(
    _ input: Input,
    with account: InstagramAccount?,
    in context: StepContext
  ) async throws(StepFailure) -> Output {
    guard let account, let media = try? await platform.client.media(input.media, account) else {
      return Output(permalink: nil)
    }
    return Output(permalink: media.permalink)
  }

  func changeAfter(_ input: Input, _ output: Output) -> PostChange? {
    .posted(input.media, permalink: output.permalink)
  }
}
