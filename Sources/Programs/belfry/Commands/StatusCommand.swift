import ArgumentParser
import Daemon
import Operations
import Store

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say whether anything needs a human.",
    discussion: "Exit 0: ok; 1: degraded; 2: blocked, nothing is being published; 3: cannot tell."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  func run() async throws {
    let context = try await common.context()
    let overview: Overview
    do {
      overview = try await StatusOperations(context).overview()
    } catch {
      guard error.exit == .unavailable else { throw error }
      Console.complain(error)
      throw ExitCode(Health.unknown.rawValue)
    }
    let health = Health(overview)
    if listing.json {
      try Console.printJSON(StatusReport(overview, health))
    } else {
      StatusText.print(overview, health)
    }
    if health != .ok { throw ExitCode(health.rawValue) }
  }
}

/// The text form; it may change, JSON is the contract.
private enum StatusText {
  static func print(_ overview: Overview, _ health: Health) {
    Swift.print(headline(overview, health))
    let rows = overview.personas.map(row)
    if rows.isEmpty {
      Swift.print(
        "  no personas yet: INSERT INTO personas (name, instagram_account_id) VALUES (…);"
      )
    } else {
      Console.printTable(
        ["PERSONA", "ACCOUNT", "NEXT", "QUEUED", "7D OK", "DEFERRED", "UNCONFIRMED", "TOKEN"],
        rows,
        indent: "  "
      )
    }
    guard !overview.problems.isEmpty else { return }
    Swift.print("NEEDS YOU")
    for (index, problem) in overview.problems.enumerated() {
      Swift.print(
        Console.wrapped(
          "\(problem.subject) \(problem.persona)  \(problem.cause)",
          first: "  \(index + 1)  ",
          indent: "     "
        )
      )
      if let advice = problem.advice { Swift.print(Console.wrapped(advice, indent: "     ")) }
      Swift.print("     fix: \(problem.command)")
    }
  }

  private static func headline(_ overview: Overview, _ health: Health) -> String {
    let service = overview.service
    var parts = [health.word]
    if !overview.problems.isEmpty {
      parts.append("\(overview.problems.count) need\(overview.problems.count == 1 ? "s" : "") you")
    }
    parts.append(service.now)
    parts.append(
      service.daemons == 0
        ? service.isServed
          ? "published by post-scheduled" : "no daemon is running (systemctl start belfry)"
        : "belfry \(ServiceContext.version), up \(duration(service.up ?? 0))"
    )
    if let wake = service.lastWake { parts.append("last wake \(wake)") }
    if service.overdue > 0 { parts.append("\(service.overdue) overdue") }
    return parts.joined(separator: "  ")
  }

  private static func row(_ persona: PersonaStatus) -> [String] {
    let next =
      persona.heldBy.map { "HELD by \($0) since \(persona.heldSince ?? "?")" } ?? persona.nextLocal
      ?? "-"
    let token =
      persona.hasToken
      ? persona.tokenDays.map { $0 <= 7 ? "\($0)d !" : "\($0)d" } ?? "ok" : "none !"
    return [
      persona.name, persona.username.map { "@\($0)" } ?? "-", next, "\(persona.queued)",
      "\(persona.posted)", "\(persona.deferred)", "\(persona.unconfirmed)", token,
    ]
  }

  private static func duration(_ seconds: Int) -> String {
    switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(seconds / 60)m"
    case ..<86_400: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }
}

/// The JSON form of `belfry status`.
private struct StatusReport: Encodable {
  struct Persona: Encodable {
    let name: String
    let username: String?
    let heldBy: String?
    let heldReason: String?
    let nextPost: Int64?
    let nextAt: String?
    let queued: Int
    let posted7d: Int
    let deferred: Int
    let unconfirmed: Int
    let hasToken: Bool
    let tokenDays: Int?
  }

  struct Problem: Encodable {
    let subject: String
    let persona: String
    let severity: String
    let cause: String
    let advice: String?
    let command: String
  }

  let status: String
  let version: String
  let now: String
  let daemons: Int
  let upSeconds: Int?
  let lastWake: String?
  let inFlight: Int
  let overdue: Int
  let personas: [Persona]
  let problems: [Problem]

  init(_ overview: Overview, _ health: Health) {
    status = health.word.lowercased()
    version = ServiceContext.version
    now = overview.service.now
    daemons = overview.service.daemons
    upSeconds = overview.service.up
    lastWake = overview.service.lastWake
    inFlight = overview.service.inFlight
    overdue = overview.service.overdue
    personas = overview.personas.map { persona in
      Persona(
        name: persona.name,
        username: persona.username,
        heldBy: persona.heldBy,
        heldReason: persona.heldReason,
        nextPost: persona.nextID,
        nextAt: persona.nextAt,
        queued: persona.queued,
        posted7d: persona.posted,
        deferred: persona.deferred,
        unconfirmed: persona.unconfirmed,
        hasToken: persona.hasToken,
        tokenDays: persona.tokenDays
      )
    }
    problems = overview.problems.map { problem in
      Problem(
        subject: problem.subject,
        persona: problem.persona,
        severity: problem.severity,
        cause: problem.cause,
        advice: problem.advice,
        command: problem.command
      )
    }
  }
}
