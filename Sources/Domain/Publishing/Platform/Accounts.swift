public import Instagram
public import Pipeline
import Postgres
public import Posts
public import Sealing
public import Store
import Synchronization

/// Names an account in recorded inputs: everything but its secrets.
public struct AccountReference: Hashable, Codable, Sendable {
  /// Whose account it is.
  public let persona: PersonaID
  /// The persona's name, for messages.
  public let name: String
  /// Which surface its token belongs to.
  public let login: Login
  /// The professional account's id, if it is known.
  public let accountID: String?

  /// Names the account of a post.
  public init(_ post: LeasedPost) {
    persona = post.persona
    name = post.personaName
    login = post.login
    accountID = post.accountID
  }

  init(persona: PersonaID, name: String, login: Login, accountID: String?) {
    self.persona = persona
    self.name = name
    self.login = login
    self.accountID = accountID
  }

  /// Names the account of a persona.
  public init(_ found: Persona) {
    persona = found.id
    name = found.name
    login = found.login
    accountID = found.accountID
  }
}

/// The account of one run, opened once.
///
/// The commands of a run share it, so that whatever can fail while an account is opened (the database, the
/// key) fails before a step is recorded as started, and a post costs one read of its credentials.
final class RunAccount: Sendable {
  private let accounts: Accounts
  private let opened = Mutex<(reference: AccountReference, account: InstagramAccount)?>(nil)

  init(_ accounts: Accounts) { self.accounts = accounts }

  /// The account with its secrets; opened at the first call.
  ///
  /// - Throws: as `Accounts.open(_:)`.
  func open(_ reference: AccountReference) async throws(StepFailure) -> InstagramAccount {
    if let opened = opened.withLock(\.self), opened.reference == reference {
      return opened.account
    }
    let account = try await accounts.open(reference)
    opened.withLock { $0 = (reference, account) }
    return account
  }
}

/// Opens the sealed credentials of an account.
public struct Accounts: Sendable {
  let store: CredentialStore
  let sealer: TokenSealer

  /// Reads from `store` and opens with `sealer`.
  public init(store: CredentialStore, sealer: TokenSealer) {
    self.store = store
    self.sealer = sealer
  }

  /// The account with its secrets.
  ///
  /// - Throws: `StepFailure` of class `account` without a token or an account id, of class
  ///   `configuration` when the key does not open it, of class `wait` when the database is away.
  public func open(_ reference: AccountReference) async throws(StepFailure) -> InstagramAccount {
    guard let accountID = reference.accountID else {
      throw StepFailure(
        .account,
        "persona \(reference.name) has no instagram_account_id",
        hint: "Run: belfry credentials set \(reference.name) --account-id ID"
      )
    }
    let sealed: [SealedCredential]
    do {
      sealed = try await store.credentials(of: reference.persona)
    } catch {
      throw StepFailure(.wait, "cannot read credentials: \(error.message)", hint: databaseHint)
    }
    guard let token = sealed.first(where: { $0.name == .accessToken }) else {
      throw StepFailure(
        .account,
        "persona \(reference.name) has no access token",
        hint: "Run: belfry credentials set \(reference.name)"
      )
    }
    return InstagramAccount(
      accountID: accountID,
      login: reference.login,
      accessToken: try unseal(token, of: reference.name),
      appSecret: try sealed.first { $0.name == .appSecret }.map { secret throws(StepFailure) in
        try unseal(secret, of: reference.name)
      }
    )
  }

  private func unseal(
    _ credential: SealedCredential,
    of name: String
  ) throws(StepFailure) -> Secret<String> {
    do throws(SealingError) {
      return try sealer.open(credential.sealed, for: credential.context)
    } catch {
      throw StepFailure(
        .configuration,
        "cannot open the \(credential.name.rawValue) of \(name): \(error.message)",
        hint: error.hint
      )
    }
  }
}

extension SealedCredential {
  /// What the secret is bound to.
  public var context: SealingContext {
    SealingContext(
      personaID: persona.rawValue,
      field: name == .accessToken ? .accessToken : .appSecret
    )
  }
}

let databaseHint = "Look at PostgreSQL's log; belfry goes on by itself when it answers."

extension StepFailure {
  /// What Instagram or the way to it answered.
  init(_ error: InstagramError) {
    self.init(
      error.failureClass,
      error.message,
      hint: error.hint,
      retryAfter: error.retryAfter
    )
  }
}
