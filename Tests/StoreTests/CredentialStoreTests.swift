import Postgres
import Posts
import Sealing
import Store
import TestSupport
import Testing

@Suite("Sealed credentials", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct CredentialStoreTests {
  private func sealed(_ persona: Int64, _ name: CredentialName, _ bytes: [UInt8])
    -> SealedCredential
  {
    SealedCredential(persona: PersonaID(rawValue: persona), name: name, sealed: bytes)
  }

  @Test("What is put is read back byte by byte, newest first, and listed without secrets")
  func putAndRead() async throws {
    let world = try await World()
    let store = CredentialStore(world.database)
    #expect(try await store.newest() == nil)
    let sarah = try await world.persona("sarah")
    _ = try await world.persona("max")
    let token = sealed(sarah, .accessToken, Array(0...255))
    let secret = sealed(sarah, .appSecret, [])
    let inTenDays = try #require(
      Double(try await world.sql("SELECT extract(epoch FROM now() + interval '10 days 1 hour')"))
    )
    try await store.put(
      [token, secret],
      account: AccountFacts(
        accountID: "178",
        appID: "99",
        login: .instagram,
        username: "sarah.makes"
      ),
      expiresAt: inTenDays,
      of: PersonaID(rawValue: sarah)
    )
    let found = try await store.credentials(of: PersonaID(rawValue: sarah))
    #expect(Set(found) == [token, secret])
    let listing = try await store.list()
    #expect(listing.map(\.persona) == ["max", "sarah"])
    #expect(!listing[0].hasToken && !listing[0].hasAppSecret && listing[0].daysLeft == nil)
    #expect(listing[1].hasToken && listing[1].hasAppSecret)
    #expect(listing[1].daysLeft == 10)
    #expect(listing[1].login == .instagram)
    #expect(listing[1].accountID == "178")
    #expect(listing[1].username == "sarah.makes")
    #expect(listing[1].verified == nil)
    #expect(try await world.queue.persona(named: "sarah")?.appID == "99")
  }

  @Test(
    "A new token replaces the old one and is not verified yet; unknown facts leave the row alone"
  )
  func replace() async throws {
    let world = try await World()
    let store = CredentialStore(world.database)
    let sarah = try await world.persona("sarah")
    let id = PersonaID(rawValue: sarah)
    try await store.put(
      [sealed(sarah, .accessToken, [1])],
      account: .init(accountID: "178"),
      of: id
    )
    let soon = try #require(
      Double(try await world.sql("SELECT extract(epoch FROM now() - interval '12 hours')"))
    )
    try await store.verified(id, account: .init(username: "sarah"), expiresAt: soon)
    #expect(try await store.list().first?.verified != nil)
    #expect(try await store.list().first?.daysLeft == -1, "it has ended")
    try await store.put([sealed(sarah, .accessToken, [2])], account: .init(), of: id)
    let listing = try #require(try await store.list().first)
    #expect(listing.verified == nil)
    #expect(listing.expires == nil, "nobody said when the new one ends")
    #expect(listing.accountID == "178")
    #expect(listing.username == "sarah")
    #expect(try await store.credentials(of: id) == [sealed(sarah, .accessToken, [2])])
    #expect(try await store.newest()?.sealed == [2])
  }

  @Test("Verifying keeps the known end of a token when the platform does not tell one")
  func verifyKeepsExpiry() async throws {
    let world = try await World()
    let store = CredentialStore(world.database)
    let sarah = try await world.persona("sarah")
    let id = PersonaID(rawValue: sarah)
    try await store.put(
      [sealed(sarah, .accessToken, [1])],
      account: .init(),
      expiresAt: 4_000_000_000,
      of: id
    )
    try await store.verified(id, account: .init(), expiresAt: nil)
    #expect(try await store.list().first?.expires == "2096-10-02T07:06:40Z")
  }

  @Test(
    "New or verified credentials release a persona that belfry held, never one that a human holds"
  )
  func release() async throws {
    let world = try await World()
    let store = CredentialStore(world.database)
    let sarah = try await world.persona("sarah")
    let id = PersonaID(rawValue: sarah)
    // A human may act under a role that is named like the daemon; only the class tells the two apart.
    func isHeld(
      _ heldClass: String,
      after body: () async throws -> Void
    ) async throws -> Bool {
      try await world.sql(
        """
        UPDATE personas
        SET held_at = now(), held_by = 'belfry', held_reason = 'token', held_class = \(heldClass)
        """
      )
      try await body()
      return try await world.sql("SELECT held_at IS NOT NULL FROM personas") == "t"
    }
    let token = [sealed(sarah, .accessToken, [1])]
    let put = { try await store.put(token, account: .init(), of: id) }
    let verify = { try await store.verified(id, account: .init(), expiresAt: nil) }
    #expect(try await !isHeld("'account'", after: put))
    #expect(try await !isHeld("'account'", after: verify))
    #expect(try await isHeld("NULL", after: put))
    #expect(try await isHeld("NULL", after: verify))
  }

  @Test("A credential that is refused leaves nothing of the put behind")
  func allOrNothing() async throws {
    let world = try await World()
    let store = CredentialStore(world.database)
    let sarah = try await world.persona("sarah")
    await #expect(throws: PostgresError.self) {
      try await store.put(
        [sealed(sarah, .accessToken, [1])],
        account: AccountFacts(accountID: "not a number"),
        of: PersonaID(rawValue: sarah)
      )
    }
    #expect(try await store.newest() == nil)
  }

  @Test("What the sealer made opens after its way through the database, for its own persona only")
  func sealer() async throws {
    let world = try await World()
    let store = CredentialStore(world.database)
    let sarah = try await world.persona("sarah")
    var key = Array(0..<32) as [UInt8]
    let sealer = TokenSealer(current: try SealingKey(wiping: &key))
    let context = SealingContext(personaID: sarah, field: .accessToken)
    let bytes = try sealer.seal(Secret("EAAB-token"), for: context)
    let id = PersonaID(rawValue: sarah)
    try await store.put([sealed(sarah, .accessToken, bytes)], account: .init(), of: id)
    let stored = try #require(try await store.credentials(of: id).first)
    let opened = try sealer.open(stored.sealed, for: context)
    #expect(opened.expose { $0 } == "EAAB-token")
    #expect(throws: SealingError.self) {
      _ = try sealer.open(
        stored.sealed,
        for: SealingContext(personaID: sarah + 1, field: .accessToken)
      )
    }
  }
}
