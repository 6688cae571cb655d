import ArgumentParser
import Daemon
import FoundationEssentials
import Operations
import Posts
import Store

// The verbs of operators. Each is one call of the database's function of the same name, so what psql says and
// what the command says is the same, and safe to repeat.

/// What a verb acts on: a post, a persona, or, spelled out, everything.
struct TargetOptions: ParsableArguments {
  @Argument(help: "A post's id, with or without #, or a persona's name.")
  var target: String?

  @Flag(name: .long, help: "Everything.")
  var all = false

  func validate() throws {
    guard (target != nil) != all else {
      throw ValidationError("name a post or a persona, or say --all")
    }
  }

  var value: Action.Target {
    guard let target else { return .everything }
    return PostID(typed: target).map(Action.Target.post) ?? .persona(target)
  }
}

extension PostID {
  /// What a person types: `412` or `#412`; nil when it is no number.
  init?(typed text: String) {
    guard let number = Int64(text.hasPrefix("#") ? String(text.dropFirst()) : text), number > 0
    else {
      return nil
    }
    self.init(rawValue: number)
  }
}

extension CommonOptions {
  /// Acts and prints the answer.
  func perform(_ action: Action, _ listing: ListingOptions) async throws {
    let operations = PostOperations(try await context(changesPosts: true))
    let answer = try await operations.perform(action, as: Self.person)
    if listing.json { return try Console.printJSON(["result": answer]) }
    print(answer)
  }

  /// Who sits at the keyboard: root through sudo is still a person.
  static var person: String? {
    ["SUDO_USER", "LOGNAME", "USER"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
  }
}

struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Keep a post, a persona or everything back.",
    discussion: "Usage: belfry hold sarah --reason 'account review'"
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions
  @OptionGroup var target: TargetOptions
  @Option(name: .long, help: "Why, for the next person who looks.")
  var reason: String?

  func run() async throws {
    try await common.perform(.hold(target.value, reason: reason), listing)
  }
}

struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "End a hold.",
    discussion:
      "--all releases what 'hold --all' held, and nothing that was held for a reason of its own."
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions
  @OptionGroup var target: TargetOptions

  func run() async throws { try await common.perform(.release(target.value), listing) }
}

struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try what failed or was deferred again."
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions
  @OptionGroup var target: TargetOptions
  @Option(name: .long, help: "When, for a single post: 'tomorrow 09:00', '+2h', next-slot.")
  var at: String?

  func validate() throws {
    if at != nil, case .post = target.value { return }
    if at != nil { throw ValidationError("--at goes with a single post") }
  }

  func run() async throws { try await common.perform(.retry(target.value, at: at), listing) }
}

struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Withdraw what did not go out.",
    discussion: "Of a persona, or with --all, this means what is scheduled or held; drafts stay."
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions
  @OptionGroup var target: TargetOptions

  func run() async throws { try await common.perform(.cancel(target.value), listing) }
}

struct MoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move",
    abstract: "Give a post another time.",
    discussion: """
      Usage: belfry move 412 'tomorrow 09:00'
             belfry move 412 next-slot

      Times without a zone are the persona's.
      """
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions
  @Argument(help: "The post's id, with or without #.")
  var post: String
  @Argument(help: "'tomorrow 09:00', 'friday 18:00', '+2h', '2026-12-01 09:00', next-slot.")
  var time: String

  func validate() throws {
    guard PostID(typed: post) != nil else {
      throw ValidationError("'\(post)' is not the id of a post")
    }
  }

  func run() async throws {
    guard let id = PostID(typed: post) else { return }
    try await common.perform(.move(id, to: time), listing)
  }
}

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

  func validate() throws {
    guard PostID(typed: post) != nil else {
      throw ValidationError("'\(post)' is not the id of a post")
    }
    switch fate {
    case .published:
      guard media?.isEmpty == false else {
        throw ValidationError("published needs the media id, a number")
      }
    case .notPublished:
      guard media == nil else { throw ValidationError("not-published takes no media id") }
    }
  }

  func run() async throws {
    guard let id = PostID(typed: post) else { return }
    let media = media.map(MediaID.init(rawValue:))
    try await common.perform(.resolve(id, publishedAs: media), listing)
  }
}
