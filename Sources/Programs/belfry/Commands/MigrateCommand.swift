import ArgumentParser
import Daemon
import Operations
import Schema
import Store

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Bring the database's schema up to date.",
    discussion: """
      Forward only, one transaction per migration, safe to run twice and from two hosts at once. Run it as \
      the owner of the database.
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  @Flag(name: .long, help: "Only list the migrations and where each stands.")
  var status = false

  @Flag(
    name: .long,
    help: "Only compare the live schema with the shipped one; exit 1 if they differ."
  )
  var verify = false

  @Flag(name: .long, help: "Only say what would be applied.")
  var dryRun = false

  @Flag(name: .long, help: "Wait for the database for as long as it is away; for service managers.")
  var wait = false

  @Flag(name: .long, help: .hidden)
  var printSchema = false

  func validate() throws {
    if [status, verify, dryRun, printSchema].count(where: \.self) > 1 {
      throw ValidationError("give one of --status, --verify, --dry-run")
    }
  }

  func run() async throws {
    let operations = SchemaOperations(try await common.context())
    if wait {
      try await operations.awaitDatabase { error in
        Console.writeError("belfry: waiting for PostgreSQL: \(error.message)\n")
      }
    }
    if printSchema {
      print(try await operations.snapshot(), terminator: "")
    } else if verify {
      try report(differences: try await operations.differences())
    } else if status {
      try list(try await operations.states())
    } else if dryRun {
      try list(try await operations.states().filter { $0.standing == .pending })
    } else {
      let isCurrent = try await operations.states().allSatisfy { $0.standing != .pending }
      let missing = try await operations.migrate { progress in
        switch progress {
        case .applied(let migration): print("applied \(migration.fileName)")
        case .waiting(let migration): print("waiting for a lock to apply \(migration.fileName)")
        }
      }
      print(isCurrent ? "nothing to do: the schema is up to date" : "the schema is up to date")
      report(missingRoles: missing)
    }
  }

  private func report(missingRoles missing: [String]) {
    guard !missing.isEmpty else { return }
    Console.writeError(
      """
      belfry: this database role may not make the roles \(missing.joined(separator: ", "))
      HINT: as a superuser: psql -f /usr/share/belfry/roles.sql (db/roles.sql), then run belfry migrate again.

      """
    )
  }

  private func report(differences: [String]) throws {
    if listing.json {
      try Console.printJSON(["differences": differences])
    } else {
      for difference in differences { print(difference) }
      print(
        differences.isEmpty
          ? "the live schema is the shipped one"
          : "\(differences.count) differences from the shipped schema"
      )
    }
    if !differences.isEmpty { throw ExitCode(CommandExit.needsHuman.rawValue) }
  }

  private func list(_ states: [MigrationState]) throws {
    let rows = states.map { state in
      switch state.standing {
      case .applied(let time):
        Row(version: state.version, name: state.name, state: "applied", at: time)
      case .pending: Row(version: state.version, name: state.name, state: "pending", at: nil)
      case .changed: Row(version: state.version, name: state.name, state: "changed", at: nil)
      case .foreign:
        Row(version: state.version, name: state.name, state: "newer than belfry", at: nil)
      }
    }
    if listing.json { return try Console.printJSON(rows) }
    if rows.isEmpty { return print("nothing to do: the schema is up to date") }
    Console.printTable(
      ["VERSION", "STATE", "APPLIED", "NAME"],
      rows.map { ["\($0.version)", $0.state, $0.at ?? "-", $0.name] }
    )
  }

  private struct Row: Encodable {
    let version: Int
    let name: String
    let state: String
    let at: String?
  }
}
