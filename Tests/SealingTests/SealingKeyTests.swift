import Testing

@testable import Sealing

@Suite("Sealing key")
struct SealingKeyTests {
  /// 0, 1, 2, …, 31: its SHA-256 begins 630dcd2966c43366.
  static let counting = Array(UInt8(0)..<32)
  static let countingBase64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

  @Test("Raw bytes and their base64, with or without a line break, are the same key")
  func forms() throws {
    let forms: [[UInt8]] = [
      Self.counting,
      Array(Self.countingBase64.utf8),
      Array((Self.countingBase64 + "\n").utf8),
      Array((Self.countingBase64 + "\r\n").utf8),
    ]
    for form in forms {
      var contents = form
      let key = try SealingKey(wiping: &contents)
      #expect(key.id.description == "630dcd2966c43366")
      #expect(contents == Array(repeating: 0, count: form.count))
    }
  }

  @Test(
    "What cannot be a random key is refused and still wiped",
    arguments: [
      [],
      Array("short".utf8),
      Array(counting.dropLast()),
      counting + [UInt8(ascii: "\n")],
      Array(repeating: 0, count: 32),
      Array("correct horse battery staple 123".utf8),
      Array((countingBase64 + "\n\n").utf8),
      Array((" " + countingBase64).utf8),
      Array(countingBase64.dropLast().utf8),
      Array("AAECAwQFBgcICQoLDA0ODw==".utf8),
    ] as [[UInt8]]
  )
  func refused(form: [UInt8]) {
    var contents = form
    let error = #expect(throws: SealingError.self) { try SealingKey(wiping: &contents) }
    #expect(error?.code == .malformedKey)
    #expect(error?.message.contains("belfry.key") == true)
    #expect(error?.hint.contains("belfry credentials new-key") == true)
    #expect(contents.allSatisfy { $0 == 0 })
  }

  @Test("A generated key reads back, and no two are alike")
  func generated() throws {
    let texts = (0..<20).map { _ in SealingKey.generate() }
    #expect(Set(texts).count == texts.count)
    for text in texts {
      #expect(text.utf8.count == 45)
      #expect(text.hasSuffix("\n"))
      var contents = Array(text.utf8)
      _ = try SealingKey(wiping: &contents)
    }
  }

  @Test("A key does not print its bytes, however it is printed")
  func redacted() throws {
    var contents = Self.counting
    let key = try SealingKey(wiping: &contents)
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(text.contains("sealing key 630dcd2966c43366"))
      #expect(!text.contains("Symmetric"))
    }
  }
}

@Suite("Base64")
struct Base64Tests {
  /// The vectors of RFC 4648, section 10.
  static let vectors = [
    "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
    "foobar": "Zm9vYmFy",
  ]

  @Test("The vectors of RFC 4648 hold in both directions")
  func rfc4648() {
    for (plain, text) in Self.vectors {
      #expect(Base64.encode(Array(plain.utf8)) == text)
      #expect(Base64.decode(Array(text.utf8)) == Array(plain.utf8))
    }
  }

  @Test("Every byte value survives the way there and back")
  func everyByte() {
    let bytes = Array(UInt8.min...UInt8.max)
    #expect(Base64.decode(Array(Base64.encode(bytes).utf8)) == bytes)
  }

  @Test(
    "What the encoder would not write is refused",
    arguments: ["Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zm-_", "Zg==Zg=="]
  )
  func strict(text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }
}
