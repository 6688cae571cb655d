public import Postgres
public import Posts

/// The secrets of a persona.
public enum CredentialName: String, Sendable, CaseIterable {
  /// The token that publishes.
  case accessToken = "access_token"
  /// The app's secret, for `appsecret_proof`.
  case appSecret = "app_secret"
}

/// A sealed secret as the table holds it.
public struct SealedCredential: Hashable, Sendable {
  /// Whose it is.
  public let persona: PersonaID
  /// Which one it is.
  public let name: CredentialName
  /// What `TokenSealer` made.
  public let sealed: [UInt8]

  /// Describes a sealed secret.
  public init(persona: PersonaID, name: CredentialName, sealed: [UInt8]) {
    self.persona = persona
    self.name = name
    self.sealed = sealed
  }
}

/// What is known about a persona's credentials without opening them.
public struct CredentialListing: Hashable, Sendable {
  /// The persona's name.
  public let persona: String
  /// Which surface its token belongs to.
  public let login: Login
  /// The professional account's id.
  public let accountID: String?
  /// Its handle, once verified.
  public let username: String?
  /// Whether an access token is stored.
  public let hasToken: Bool
  /// Whether an app secret is stored.
  public let hasAppSecret: Bool
  /// When the token ends, UTC, ISO 8601.
  public let expires: String?
  /// Whole days until then.
  public let daysLeft: Int?
  /// When the platform last accepted it, UTC, ISO 8601.
  public let verified: String?
}

/// Rows of `sealed_credentials`.
public struct CredentialStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Stores account facts and sealed secrets of a persona together, or nothing.
  ///
  /// A persona that Belfry itself had put on hold after an account error is released.
  public func put(
    _ credentials: [SealedCredential],
    account: AccountFacts,
    expiresAt: Double? = nil,
    of persona: PersonaID
  ) async throws(PostgresError) {
    try await database.atomically { transaction throws(PostgresError) in
      _ = try transaction.execute(SQL.setAccount, account.bindings(persona))
      for credential in credentials {
        _ = try transaction.execute(
          SQL.put,
          [
            .int(persona.rawValue), .text(credential.name.rawValue), .bytes(credential.sealed),
            .optional(credential.name == .accessToken ? expiresAt : nil),
          ]
        )
      }
      _ = try transaction.execute(SQL.release, [.int(persona.rawValue)])
    }
  }

  /// The sealed secrets of a persona.
  public func credentials(of persona: PersonaID) async throws(PostgresError) -> [SealedCredential] {
    try await database.run(CredentialsOf(persona: persona))
  }

  /// The newest sealed secret of anybody: whether it opens proves that the key is the right one.
  public func newest() async throws(PostgresError) -> SealedCredential? {
    try await database.run(AnySealedCredential()).first
  }

  /// Records that the platform accepted the token, and releases a persona that Belfry had held.
  public func verified(
    _ persona: PersonaID,
    account: AccountFacts,
    expiresAt: Double?
  ) async throws(PostgresError) {
    try await database.atomically { transaction throws(PostgresError) in
      _ = try transaction.execute(SQL.setAccount, account.bindings(persona))
      _ = try transaction.execute(SQL.verified, [.int(persona.rawValue), .optional(expiresAt)])
      _ = try transaction.execute(SQL.release, [.int(persona.rawValue)])
    }
  }

  /// What is stored, by persona, without secrets.
  public func list() async throws(PostgresError) -> [CredentialListing] {
    try await database.run(ListCredentials())
  }

  private enum SQL {
    static let put = SQLText(embedded: PackageResources.put_credential_sql)
    static let setAccount = SQLText(embedded: PackageResources.set_account_sql)
    static let verified = SQLText(embedded: PackageResources.credential_verified_sql)
    static let release = SQLText(embedded: PackageResources.release_held_by_belfry_sql)
  }
}

/// Facts about a persona's account; nil leaves what the row has.
public struct AccountFacts: Hashable, Sendable {
  /// The professional account's id.
  public var accountID: String?
  /// The Meta app's id.
  public var appID: String?
  /// Which surface the token belongs to.
  public var login: Login?
  /// The handle, without @.
  public var username: String?

  /// Collects what is known.
  public init(
    accountID: String? = nil,
    appID: String? = nil,
    login: Login? = nil,
    username: String? = nil
  ) {
    self.accountID = accountID
    self.appID = appID
    self.login = login
    self.username = username
  }

  func bindings(_ persona: PersonaID) -> [SQLValue] {
    [
      .int(persona.rawValue), .optional(accountID), .optional(appID), .optional(login?.rawValue),
      .optional(username),
    ]
  }
}

struct CredentialsOf: Statement {
  static let sql = SQLText(embedded: PackageResources.credentials_of_sql)
  let persona: PersonaID
  var bindings: [SQLValue] { [.int(persona.rawValue)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> SealedCredential {
    try decodeSealed(row)
  }
}

struct AnySealedCredential: Statement {
  static let sql = SQLText(embedded: PackageResources.any_sealed_credential_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> SealedCredential {
    try decodeSealed(row)
  }
}

private func decodeSealed(_ row: borrowing RowView) throws(PostgresError) -> SealedCredential {
  SealedCredential(
    persona: PersonaID(rawValue: try row.decode("persona_id", as: Int64.self)),
    name: try row.decode("name", as: CredentialName.self),
    sealed: try row.decode("sealed", as: [UInt8].self)
  )
}

struct ListCredentials: Statement {
  static let sql = SQLText(embedded: PackageResources.list_credentials_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> CredentialListing {
    CredentialListing(
      persona: try row.decode("persona", as: String.self),
      login: try row.decode("login", as: Login.self),
      accountID: try row.decode("account_id", as: String?.self),
      username: try row.decode("username", as: String?.self),
      hasToken: try row.decode("has_token", as: Bool.self),
      hasAppSecret: try row.decode("has_app_secret", as: Bool.self),
      expires: try row.decode("expires", as: String?.self),
      daysLeft: try row.decode("days_left", as: Int?.self),
      verified: try row.decode("verified", as: String?.self)
    )
  }
}

extension CredentialName: SQLDecodable {}
