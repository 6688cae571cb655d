import Logging
public import Posts
import Postgres
import Publishing
import Store

/// Lets a human say what became of an unconfirmed post.
public struct DoubtDesk: Sendable {
  let installation: Installation

  /// Works with this installation.
  public init(_ installation: Installation) { self.installation = installation }

  /// Records the verdict and answers in one line; the same verdict twice is the same as once.
  ///
  /// - Parameters:
  ///   - post: the post.
  ///   - media: its media id, or nil when it was not published.
  /// - Throws: `ProgramError` when the post is not unconfirmed.
  public func resolve(_ post: PostID, publishedAs media: MediaID?) async throws(ProgramError)
    -> String
  {
    try await installation.withDatabase("resolve") { database in
      try await Migrator(database, belfryVersion: Installation.version).requireCurrent()
      let doubts = DoubtStore(database)
      let isDone: Bool
      do throws(PostgresError) {
        if let media {
          isDone = try await doubts.resolve(post, publishedAs: media)
        } else {
          isDone = try await doubts.resolveNotPublished(post)
        }
      } catch {
        guard SQLState.uniqueViolation ~= error else { throw ProgramError(database: error) }
        throw ProgramError(
          .needsHuman,
          "media \(media?.rawValue ?? "") belongs to another post already",
          hint: "Look: SELECT id, status FROM scheduling_posts WHERE provider_post_id = "
            + "'\(media?.rawValue ?? "")';"
        )
      }
      if isDone {
        installation.logger.notice(
          "\(post) was resolved: \(media.map { "published as media \($0)" } ?? "not published")",
          metadata: JournalMessage.resolved.metadata([
            "post": "\(post.rawValue)", "media": "\(media?.rawValue ?? "")",
          ])
        )
        return media.map { "\(post) is posted as media \($0)" } ?? "\(post) is scheduled again"
      }
      return try await explain(post, media, doubts)
    }
  }

  /// Why nothing changed: said before, or not a question.
  private func explain(_ post: PostID, _ media: MediaID?, _ doubts: DoubtStore) async throws
    -> String
  {
    guard let (status, recorded) = try await doubts.state(of: post) else {
      throw ProgramError(
        .needsHuman,
        "there is no post \(post)",
        hint: "Look: SELECT * FROM problems;"
      )
    }
    if let media, status == .posted, recorded == media {
      return "\(post) is posted as media \(media) already"
    }
    if media == nil, status == .scheduled { return "\(post) is scheduled already" }
    throw ProgramError(
      .needsHuman,
      "\(post) is \(status.rawValue), there is nothing to resolve",
      hint: "Only an unconfirmed post can be resolved; SELECT * FROM problems shows them."
    )
  }
}
