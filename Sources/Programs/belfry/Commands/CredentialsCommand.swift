import ArgumentParser
import Daemon
import Operations
import Posts
import Sealing
import Settings
import Store

struct CredentialsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "credentials",
    abstract: "Store, list and verify access tokens; they are never printed.",
    subcommands: [Set.self, Import.self, List.self, Verify.self, NewKey.self]
  )

  struct NewKey: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new-key",
      abstract: "Make a new sealing key and print it.",
      discussion:
        "Usage: belfry credentials new-key > \(Credentials.Name.sealingKey.installedFile)"
    )

    func run() { print(SealingKey.generate(), terminator: "") }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set",
      abstract: "Store an access token or app secret, read from standard input."
    )

    enum Field: String, ExpressibleByArgument, CaseIterable {
      case accessToken = "access_token"
      case appSecret = "app_secret"
    }

    enum Surface: String, ExpressibleByArgument, CaseIterable {
      case facebook, instagram
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: "Name of the persona.")
    var persona: String

    @Argument(help: "What is stored: access_token or app_secret.")
    var field = Field.accessToken

    @Option(name: .long, help: "Id of the professional account.")
    var accountID: String?

    @Option(name: .long, help: "Id of the Meta app.")
    var appID: String?

    @Option(
      name: .long,
      help: "Surface of the token: facebook or instagram; told from the token if left out."
    )
    var login: Surface?

    func run() async throws {
      let operations = CredentialOperations(try await common.context())
      let name: CredentialName = field == .accessToken ? .accessToken : .appSecret
      let persona = try await operations.persona(named: persona)
      guard let text = Console.readSecret(prompt: "\(field.rawValue) of \(persona.name)") else {
        throw CommandError(
          .needsHuman,
          "no \(field.rawValue) on standard input",
          hint: "Pipe it in: belfry credentials set \(persona.name) \(field.rawValue) < FILE"
        )
      }
      try await operations.store(
        [name: Secret(text)],
        account: AccountFacts(
          accountID: accountID,
          appID: appID,
          login: login.flatMap { Login(rawValue: $0.rawValue) }
        ),
        of: persona
      )
      print("stored the \(field.rawValue) of \(persona.name), sealed")
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract:
        "Read the old application's YAML (its instagram: block) from a file or standard input."
    )

    @OptionGroup var common: CommonOptions

    @Argument(help: "The YAML file, or - for standard input.")
    var file = "-"

    @Option(name: .long, help: "Name of the persona that the credentials belong to.")
    var persona: String

    func run() async throws {
      let operations = CredentialOperations(try await common.context())
      let persona = try await operations.persona(named: persona)
      let names = try await operations.importLegacy(from: file, to: persona)
      print("stored \(names.joined(separator: ", ")) of \(persona.name), secrets sealed")
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List what is stored, without secrets."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var listing: ListingOptions

    func run() async throws {
      let rows = try await CredentialOperations(try await common.context()).list()
      if listing.json { return try Console.printJSON(rows.map(Row.init)) }
      Console.printTable(
        [
          "PERSONA", "LOGIN", "ACCOUNT ID", "USERNAME", "TOKEN", "APP SECRET", "EXPIRES",
          "VERIFIED",
        ],
        rows.map { row in
          [
            row.persona, row.login.rawValue, row.accountID ?? "-", row.username ?? "-",
            row.hasToken ? "sealed" : "none", row.hasAppSecret ? "sealed" : "none",
            row.expires ?? "-", row.verified ?? "never",
          ]
        }
      )
    }

    private struct Row: Encodable {
      let persona: String
      let login: String
      let accountId: String?
      let username: String?
      let hasToken: Bool
      let hasAppSecret: Bool
      let expiresAt: String?
      let daysLeft: Int?
      let verifiedAt: String?

      init(_ row: CredentialListing) {
        persona = row.persona
        login = row.login.rawValue
        accountId = row.accountID
        username = row.username
        hasToken = row.hasToken
        hasAppSecret = row.hasAppSecret
        expiresAt = row.expires
        daysLeft = row.daysLeft
        verifiedAt = row.verified
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Ask the platform whether each token works; exit 1 if one does not."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var listing: ListingOptions

    @Argument(help: "Names of personas; all of them when none is given.")
    var personas: [String] = []

    func run() async throws {
      let operations = CredentialOperations(try await common.context())
      let results = try await operations.verify(personas)
      if listing.json {
        try Console.printJSON(
          results.map {
            Row(persona: $0.persona, ok: $0.problem == nil, detail: $0.detail, fix: $0.problem)
          }
        )
      } else {
        for result in results {
          print(
            "\(result.problem == nil ? "ok     " : "problem") \(result.persona)  \(result.detail)"
          )
          if let fix = result.problem { print("        fix: \(fix)") }
        }
      }
      if results.contains(where: { $0.problem != nil }) {
        throw ExitCode(CommandExit.needsHuman.rawValue)
      }
    }

    private struct Row: Encodable {
      let persona: String
      let ok: Bool
      let detail: String
      let fix: String?
    }
  }
}
