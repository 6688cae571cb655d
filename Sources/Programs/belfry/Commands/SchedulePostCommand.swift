import ArgumentParser
import Daemon
import Operations
import Pipeline
import Posts
import Publishing
import Store

struct SchedulePostCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule-post",
    abstract: "Queue a post, or publish it now.",
    discussion: """
      Without --at the post is created and published at once; if that fails before it is live, nothing is \
      left of it. With --at it waits in the queue like a post inserted with psql.
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  @Argument(help: "Name of the persona.")
  var persona: String

  @Argument(help: "The photo: its id, its path as registered, or the end of that path.")
  var photo: String

  @Option(name: .long, help: "The text under the picture.")
  var caption: String

  @Option(
    name: .long,
    help: "When: 'tomorrow 09:00', '2026-12-01 09:00' (in the persona's zone), '+2h', next-slot."
  )
  var at: String?

  func run() async throws {
    let context = try await common.context(changesPosts: true)
    let operations = QueueOperations(context)
    let post = try await operations.prepare(
      persona: persona,
      photo: photo,
      caption: caption,
      at: at
    )
    if at != nil {
      let (id, due) = try await operations.schedule(post)
      return try report(id, "scheduled", due: due)
    }
    switch try await OneShotRunner(context).publishNow(post) {
    case .posted(let id, let media, let permalink):
      try report(id, "posted", media: media, permalink: permalink)
    case .refused(let failure):
      throw CommandError(
        failure.failureClass == .wait || failure.failureClass == .limit
          ? .unavailable : .needsHuman,
        "not published, nothing is left of it: \(failure.message)",
        hint: failure.hint
      )
    case .unanswered(let failure):
      throw CommandError(.unavailable, failure.message, hint: failure.hint)
    case .left(let id, let outcome, let why):
      throw CommandError(
        .needsHuman,
        "post \(id) is \(outcome == .unconfirmed ? "unconfirmed" : "not finished"): \(why)",
        hint: "Look at: belfry status. Do not queue it again before that."
      )
    }
  }

  private func report(
    _ id: PostID,
    _ status: String,
    due: String? = nil,
    media: MediaID? = nil,
    permalink: String? = nil
  ) throws {
    if listing.json {
      try Console.printJSON(
        Report(
          post: id.rawValue,
          status: status,
          due: due,
          mediaId: media?.rawValue,
          permalink: permalink
        )
      )
    } else {
      let details = [due.map { "for \($0)" }, media.map { "as media \($0)" }, permalink].compactMap(
        \.self
      )
      print("\(id) \(persona) \(status) \(details.joined(separator: "  "))")
    }
  }

  private struct Report: Encodable {
    let post: Int64
    let status: String
    let due: String?
    let mediaId: String?
    let permalink: String?
  }
}
