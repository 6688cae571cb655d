import Testing

@testable import Sealing

@Suite("Token sealer")
struct TokenSealerTests {
  let sealer: TokenSealer
  let context = SealingContext(personaID: 7, field: .accessToken)
  let secret = Secret("EAAG-token-ü")

  init() throws { sealer = TokenSealer(current: try Self.key(1)) }

  static func key(_ seed: UInt8) throws -> SealingKey {
    var bytes = (0..<32).map { UInt8($0) &* 7 &+ seed }
    return try SealingKey(wiping: &bytes)
  }

  private func code(
    opening sealed: [UInt8],
    for context: SealingContext? = nil,
    with sealer: TokenSealer? = nil
  ) -> SealingError.Code? {
    #expect(throws: SealingError.self) {
      try (sealer ?? self.sealer).open(sealed, for: context ?? self.context)
    }?.code
  }

  @Test(
    "What was sealed opens",
    arguments: ["", "x", "EAAG-token-ü", String(repeating: "k", count: 5_000)]
  )
  func roundTrip(text: String) throws {
    let sealed = try sealer.seal(Secret(text), for: context)
    #expect(try sealer.open(sealed, for: context).expose { $0 } == text)
    #expect(sealed.count == 1 + 8 + 12 + text.utf8.count + 16)
  }

  @Test("A sealed value begins with the format and the key's id and does not show the secret")
  func layout() throws {
    let sealed = try sealer.seal(secret, for: context)
    #expect(sealed[0] == 1)
    #expect(try Array(sealed[1..<9]) == Self.key(1).id.bytes)
    #expect(!String(decoding: sealed, as: UTF8.self).contains("EAAG"))
  }

  @Test("Sealing twice gives different bytes")
  func freshNonce() throws {
    #expect(try sealer.seal(secret, for: context) != sealer.seal(secret, for: context))
  }

  @Test("A value of one persona does not open for another")
  func otherPersona() throws {
    let sealed = try sealer.seal(secret, for: context)
    let other = SealingContext(personaID: 8, field: .accessToken)
    #expect(code(opening: sealed, for: other) == .tampered)
  }

  @Test("A token does not open as an app secret")
  func otherField() throws {
    let sealed = try sealer.seal(secret, for: context)
    let other = SealingContext(personaID: 7, field: .appSecret)
    #expect(code(opening: sealed, for: other) == .tampered)
  }

  @Test("Every changed bit is noticed")
  func everyBit() throws {
    let sealed = try sealer.seal(secret, for: context)
    for index in sealed.indices {
      for bit in 0..<8 {
        var changed = sealed
        changed[index] ^= 1 << UInt8(bit)
        let code = code(opening: changed)
        switch index {
        case 0: #expect(code == .unsupportedFormat(changed[0]))
        case 1..<9: #expect(code == .unknownKey(try #require(KeyID(changed[1..<9]))))
        default: #expect(code == .tampered)
        }
      }
    }
  }

  @Test("Every shorter value is refused, and a longer one")
  func truncated() throws {
    let sealed = try sealer.seal(secret, for: context)
    for count in 0..<sealed.count {
      #expect(code(opening: Array(sealed.prefix(count))) == (count < 37 ? .malformed : .tampered))
    }
    #expect(code(opening: sealed + [0]) == .tampered)
  }

  @Test("A value of a key that is not at hand says which key")
  func unknownKey() throws {
    let other = TokenSealer(current: try Self.key(2))
    let sealed = try sealer.seal(secret, for: context)
    let error = #expect(throws: SealingError.self) { try other.open(sealed, for: context) }
    #expect(error?.code == .unknownKey(try Self.key(1).id))
    #expect(error?.message.contains(try Self.key(1).id.description) == true)
  }

  @Test("A key id that was swapped for another known one does not open")
  func swappedKeyID() throws {
    let both = TokenSealer(current: try Self.key(2), retired: [try Self.key(1)])
    var sealed = try sealer.seal(secret, for: context)
    sealed.replaceSubrange(1..<9, with: try Self.key(2).id.bytes)
    #expect(code(opening: sealed, with: both) == .tampered)
  }

  @Test("A retired key opens but no longer seals")
  func rotation() throws {
    let rotated = TokenSealer(current: try Self.key(2), retired: [try Self.key(1)])
    let old = try sealer.seal(secret, for: context)
    #expect(try rotated.open(old, for: context).expose { $0 } == "EAAG-token-ü")
    #expect(rotated.needsResealing(old))
    let new = try rotated.seal(secret, for: context)
    #expect(!rotated.needsResealing(new))
    #expect(code(opening: new) == .unknownKey(try Self.key(2).id))
  }

  @Test("No error shows the sealed bytes or the secret")
  func errorsAreSilent() throws {
    var sealed = try sealer.seal(secret, for: context)
    sealed[20] ^= 1
    let error = try #require(
      #expect(throws: SealingError.self) { try sealer.open(sealed, for: context) }
    )
    #expect(
      error.description == """
        the sealed access_token of persona 7 does not open: it was altered or copied from another place
        HINT: Find out who wrote to the credentials table, then store the value again with \
        'belfry credentials set'.
        """
    )
  }
}
