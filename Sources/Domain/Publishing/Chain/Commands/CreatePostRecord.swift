import Leases
import Pipeline
import Postgres
import Posts
import Store

/// Inserts the row of a post that is published at once, already leased.
///
/// The row's insertion, its lease and its attempt are one transaction, so there is nothing to undo when
/// the step dies half-way. Undoing it removes the row, unless the post was or may have been published.
struct CreatePostRecord: Command {
  static let name: StepName = "CreatePostRecord"
  static let kind = StepKind.compensatable

  let queue: QueueStore
  let instance: Int64
  let pipeline: (name: String, version: Int)

  func execute(_ input: NewPost, in context: StepContext) async throws(StepFailure) -> LeasedPost {
    do {
      return try await queue.createLeased(input, for: instance, pipeline: pipeline)
    } catch {
      throw StepFailure(
        error.isTransient ? .wait : .permanent,
        "cannot create the post: \(error.message)",
        hint: error.hint ?? "Correct what the message names and try again."
      )
    }
  }

  func compensate(
    _ input: NewPost,
    _ output: LeasedPost?,
    in context: StepContext
  ) async throws(StepFailure) {
    guard let post = output else { return }
    let isRemoved: Bool
    do {
      isRemoved = try await queue.remove(post.id, token: post.term.token)
    } catch {
      throw StepFailure(
        .wait,
        "cannot remove post \(post.id): \(error.message)",
        hint: databaseHint
      )
    }
    guard isRemoved else {
      throw StepFailure(
        .wait,
        "cannot remove post \(post.id): it has another owner, or may be live",
        hint: "Look at it: belfry status."
      )
    }
  }

  func changeAfter(_ input: NewPost, _ output: LeasedPost) -> PostChange? { .created(output) }

  func changeAfterCompensation(_ input: NewPost, _ output: LeasedPost?) -> PostChange? { .removed }
}
