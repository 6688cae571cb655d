import ArgumentParser
import Daemon
import Posts

struct ResolveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Say what became of an unconfirmed post.",
    discussion: """
      Usage: belfry resolve 412 published 17895695668004550
             belfry resolve 412 not-published

      Look at the account first. After not-published the post goes out again. Saying the same twice is \
      harmless.
      """
  )

  enum Fate: String, ExpressibleByArgument, CaseIterable {
    case published
    case notPublished = "not-published"
  }

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  @Argument(help: "The post's id, with or without #.")
  var post: String

  @Argument(help: "published or not-published.")
  var fate: Fate

  @Argument(help: "The media id on Instagram, for published.")
  var media: String?

  private var number: Int64? { Int64(post.hasPrefix("#") ? String(post.dropFirst()) : post) }

  func validate() throws {
    guard number != nil else { throw ValidationError("'\(post)' is not the id of a post") }
    switch fate {
    case .published:
      guard let media, !media.isEmpty, media.utf8.allSatisfy({ (48...57).contains($0) || $0 == 95 })
      else {
        throw ValidationError("published needs the media id, a number")
      }
    case .notPublished:
      guard media == nil else { throw ValidationError("not-published takes no media id") }
    }
  }

  func run() async throws {
    let desk = DoubtDesk(try await common.installation(changesPosts: true))
    let answer = try await desk.resolve(
      PostID(rawValue: number ?? 0),
      publishedAs: media.map(MediaID.init(rawValue:))
    )
    if listing.json { return try Console.printJSON(["result": answer]) }
    print(answer)
  }
}
