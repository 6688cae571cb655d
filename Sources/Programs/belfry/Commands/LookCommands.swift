import ArgumentParser
import Daemon
import Operations
import Posts
import Store

struct QueueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "What waits, in the order in which it goes out.",
    discussion: "The reason is under what was deferred or is held. psql: SELECT * FROM queue;"
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions
  @Argument(help: "Only the posts of this persona.")
  var persona: String?
  @Option(name: .long, help: "At most so many posts.")
  var limit = 1000

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
  }

  func run() async throws {
    let operations = PostOperations(try await common.context())
    let posts = try await operations.queue(of: persona, upTo: limit)
    if listing.json { return try Console.printJSON(posts.map(Row.init)) }
    guard !posts.isEmpty else { return print("the queue is empty") }
    let headings = ["POST", "PERSONA", "GOES OUT", "WHEN", "STATE", "PHOTO", "CAPTION"]
    let lines = posts.map { post in
      [
        "\(post.id)", post.persona, post.goesOut, post.distance, post.state,
        Console.shorten(post.photo, to: 20), post.caption,
      ]
    }
    let notes = posts.map { post in post.reason.map { Console.wrapped($0, indent: "      ") } }
    Console.printTable(headings, lines, notes: notes)
  }

  private struct Row: Encodable {
    let post: Int64
    let persona: String
    let status: String
    let state: String
    let dueAt: String
    let readyAt: String
    let photo: String
    let caption: String
    let reason: String?

    init(_ queued: QueuedPost) {
      post = queued.id.rawValue
      persona = queued.persona
      status = queued.status
      state = queued.state
      dueAt = queued.dueAt
      readyAt = queued.readyAt
      photo = queued.photo
      caption = queued.wholeCaption
      reason = queued.reason
    }
  }
}

struct ProblemsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "problems",
    abstract: "What needs a human, worst first, each with its repair; exit 1 if there is anything.",
    discussion: "psql: SELECT * FROM problems;"
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  func run() async throws {
    let problems = try await PostOperations(try await common.context()).problems()
    if listing.json {
      try Console.printJSON(problems.map(Row.init))
    } else if problems.isEmpty {
      print("nothing needs you")
    } else {
      for (number, problem) in zip(1..., problems) { show(problem, number) }
    }
    if !problems.isEmpty { throw ExitCode(CommandExit.needsHuman.rawValue) }
  }

  private func show(_ problem: ProblemDetail, _ number: Int) {
    let subject = [problem.post.map { "\($0)" }, problem.persona].compactMap(\.self)
      .filter { !$0.isEmpty }.joined(separator: " ")
    let since = problem.since.map { "  since \($0)" } ?? ""
    print("\(number)  \(problem.severity)  \(subject)\(since)")
    print(Console.wrapped(problem.cause, indent: "   "))
    if let advice = problem.advice { print(Console.wrapped(advice, indent: "   ")) }
    print("   fix: \(problem.command)")
  }

  private struct Row: Encodable {
    let severity: String
    let post: Int64?
    let persona: String
    let since: String?
    let cause: String
    let advice: String?
    let command: String

    init(_ problem: ProblemDetail) {
      severity = problem.severity
      post = problem.post?.rawValue
      persona = problem.persona
      since = problem.since
      cause = problem.cause
      advice = problem.advice
      command = problem.command
    }
  }
}

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "One post: where it stands, and its life.",
    discussion:
      "psql: SELECT explain(412); and SELECT at, event FROM post_timeline WHERE post = 412;"
  )
  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions
  @Argument(help: "The post's id, with or without #.")
  var post: String

  func validate() throws {
    guard PostID(typed: post) != nil else {
      throw ValidationError("'\(post)' is not the id of a post")
    }
  }

  func run() async throws {
    guard let id = PostID(typed: post) else { return }
    let post = try await PostOperations(try await common.context()).post(id)
    if listing.json { return try Console.printJSON(Row(post)) }
    print(Console.wrapped(post.explanation, indent: ""))
    var facts: [String] = []
    if let photo = post.photo { facts.append("photo \(photo)") }
    if let media = post.mediaID { facts.append("media \(media)") }
    if let container = post.containerID { facts.append("container \(container)") }
    if let lateness = post.lateness { facts.append("\(Int(lateness.rounded())) s after its time") }
    if let strategy = post.strategy { facts.append("chosen by \(strategy)") }
    if let cluster = post.cluster { facts.append("cluster \(cluster)") }
    if !facts.isEmpty { print(Console.wrapped(facts.joined(separator: "  "), indent: "  ")) }
    for event in post.events {
      let lines = event.event.split(separator: "\n")
      print("  \(event.at)  \(lines.joined(separator: "\n" + String(repeating: " ", count: 27)))")
    }
  }

  private struct Row: Encodable {
    struct Event: Encodable {
      let at: String
      let event: String
    }
    let post: Int64
    let persona: String
    let status: String
    let explanation: String
    let caption: String
    let attempts: Int
    let photo: String?
    let mediaId: String?
    let permalink: String?
    let containerId: String?
    let dueAt: String?
    let postedAt: String?
    let lateness: Double?
    let strategy: String?
    let cluster: String?
    let events: [Event]

    init(_ detail: PostDetail) {
      post = detail.id.rawValue
      persona = detail.persona
      status = detail.status
      explanation = detail.explanation
      caption = detail.caption
      attempts = detail.attempts
      photo = detail.photo
      mediaId = detail.mediaID
      permalink = detail.permalink
      containerId = detail.containerID
      dueAt = detail.dueAt
      postedAt = detail.postedAt
      lateness = detail.lateness
      strategy = detail.strategy
      cluster = detail.cluster
      events = detail.events.map { Event(at: $0.at, event: $0.event) }
    }
  }
}
