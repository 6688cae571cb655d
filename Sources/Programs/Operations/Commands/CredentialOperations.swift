import HTTPTransport
import Instagram
import Pipeline
import Postgres
import Posts
import Publishing
import Schema
public import Sealing
import Settings
public import Store

/// Stores, lists and verifies credentials.
public struct CredentialOperations: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// The persona of this name.
  ///
  /// - Throws: `CommandError` that suggests a name.
  public func persona(named name: String) async throws(CommandError) -> Persona {
    try await context.withDatabase("credentials") { database in
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      return try await requirePersona(name, in: QueueStore(database))
    }
  }

  /// Seals and stores secrets and what is known about the account, together or not at all.
  ///
  /// The surface is told from the token when it is not given: Instagram-Login tokens begin with `IG`,
  /// Facebook tokens with `EA`.
  ///
  /// - Throws: `CommandError`.
  public func store(
    _ secrets: [CredentialName: Secret<String>],
    account: AccountFacts,
    of persona: Persona
  ) async throws(CommandError) {
    let sealer = try context.sealer()
    var account = account
    if account.login == nil, let token = secrets[.accessToken] {
      account.login = token.expose { text in
        if text.hasPrefix("IG") {
          .instagram
        } else if text.hasPrefix("EA") {
          .facebook
        } else {
          nil
        }
      }
    }
    var sealed: [SealedCredential] = []
    for (name, secret) in secrets {
      let context = SealedCredential(persona: persona.id, name: name, sealed: []).context
      do {
        sealed.append(
          SealedCredential(
            persona: persona.id,
            name: name,
            sealed: try sealer.seal(secret, for: context)
          )
        )
      } catch {
        throw CommandError(
          .configuration,
          "cannot seal the \(name.rawValue): \(error)",
          hint: "Check the credential \(Credentials.Name.sealingKey)."
        )
      }
    }
    let facts = account
    let rows = sealed
    try await context.withDatabase("credentials") { database in
      try await CredentialStore(database).put(rows, account: facts, of: persona.id)
    }
  }

  /// Reads the old application's YAML and stores what it holds; answers the names of what was stored.
  ///
  /// - Throws: `CommandError`.
  public func importLegacy(from file: String, to persona: Persona) async throws(CommandError)
    -> [String]
  {
    let legacy: LegacyCredentials
    do {
      legacy = try LegacyCredentials.read(file)
    } catch {
      throw CommandError(error)
    }
    var secrets: [CredentialName: Secret<String>] = [.accessToken: legacy.accessToken]
    secrets[.appSecret] = legacy.appSecret
    try await store(
      secrets,
      account: AccountFacts(accountID: legacy.accountID, appID: legacy.appID),
      of: persona
    )
    return ["access_token"] + (legacy.appSecret == nil ? [] : ["app_secret"])
      + (legacy.appID == nil ? [] : ["app_id"]) + (legacy.accountID == nil ? [] : ["account_id"])
  }

  /// What is stored, without secrets.
  ///
  /// - Throws: `CommandError`.
  public func list() async throws(CommandError) -> [CredentialListing] {
    try await context.withDatabase("credentials") { database in
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      return try await CredentialStore(database).list()
    }
  }

  /// What the platform says about one persona's token.
  public struct Verification: Hashable, Sendable {
    /// The persona's name.
    public let persona: String
    /// What was found, in words.
    public let detail: String
    /// What to do; nil when all is well.
    public let problem: String?
  }

  /// Asks the platform about the tokens of these personas, or of all.
  ///
  /// - Throws: `CommandError` when the database or the key cannot be used.
  public func verify(_ names: [String]) async throws(CommandError) -> [Verification] {
    let sealer = try context.sealer()
    let transport = try context.transport()
    defer { transport.shutdown() }
    let client = context.client(over: transport)
    return try await context.withDatabase("credentials") { database in
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      let queue = QueueStore(database)
      let store = CredentialStore(database)
      var results: [Verification] = []
      for name in names.isEmpty ? try await queue.personaNames() : names {
        let persona = try await requirePersona(name, in: queue)
        let accounts = Accounts(store: store, sealer: sealer)
        results.append(try await verify(persona, accounts, client, store))
      }
      return results
    }
  }

  private func verify(
    _ persona: Persona,
    _ accounts: Accounts,
    _ client: InstagramClient,
    _ store: CredentialStore
  ) async throws -> Verification {
    let account: InstagramAccount
    do {
      account = try await accounts.open(AccountReference(persona))
    } catch {
      return Verification(persona: persona.name, detail: error.message, problem: error.hint)
    }
    do {
      let info = try await client.accountInfo(account)
      if let expected = persona.accountID, info.id != expected {
        return Verification(
          persona: persona.name,
          detail: "the token speaks for account \(info.id), the row says \(expected)",
          problem: "belfry credentials set \(persona.name) --account-id \(info.id)"
        )
      }
      let limit = try await client.publishingLimit(account)
      try await store.verified(
        persona.id,
        account: AccountFacts(username: info.username),
        expiresAt: nil
      )
      let quota = limit.total.map { "\(limit.usage)/\($0)" } ?? "\(limit.usage)"
      return Verification(
        persona: persona.name,
        detail: "@\(info.username ?? "?"), account \(info.id), \(quota) posts of its quota used",
        problem: nil
      )
    } catch let error as InstagramError {
      return Verification(persona: persona.name, detail: error.message, problem: error.hint)
    }
  }
}
