import Pipeline
import Postgres
import Posts
import Store

/// The row of a post that is published at once: its insertion, its lease, its attempt and the record of this
/// step are one transaction, from which the chain goes on like that of every other post.
///
/// Undoing it removes the row, unless the post was or may have been published; then the user was told that
/// nothing is left. Once somebody else goes on with the post, because the process that created it died, nobody
/// was told anything: the row stays, and the post is published like any other.
struct CreatePostRecord: RecordedStep {
  static let name: StepName = "CreatePostRecord"
  static let kind = StepKind.compensatable

  /// Nothing: the row is known from its lease.
  struct Output: Codable, Sendable {}

  /// Whether undoing the step removes the row.
  let removesRow: Bool

  /// Creates the row, leased for the instance of `environment`.
  ///
  /// - Throws: `StepFailure` of class `unknown` when it cannot be told whether the row was created.
  static func create(
    _ post: NewPost,
    in environment: PublishingEnvironment
  ) async throws(StepFailure) -> ClaimedPost {
    let record: StepRecord = try .done(Self.self, post, Output())
    do {
      return try await environment.queue.createLeased(
        post,
        for: environment.instance,
        pipeline: (SchedulePost.immediateName, SchedulePost.version),
        recording: record
      )
    } catch  where error.outcomeUnknown {
      throw StepFailure(
        .unknown,
        "the database did not say whether the post was created: \(error.message)",
        hint: "Look: belfry queue. Belfry publishes it if it is there."
      )
    } catch {
      throw StepFailure(
        error.isTransient ? .wait : .permanent,
        "cannot create the post: \(error.message)",
        hint: error.hint ?? "Correct what the message names and try again."
      )
    }
  }

  func changeAfterCompensation(_ input: NewPost, _ output: Output?) -> PostChange? {
    removesRow ? .removed : nil
  }
}
