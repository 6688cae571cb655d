/// Header fields in the order in which they came; names compare without regard to ASCII case.
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
  /// One field.
  public struct Field: Sendable, Equatable {
    /// The name as it was spelt.
    public var name: String
    /// The value without surrounding white space.
    public var value: String

    /// Makes a field.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// All fields, repeated names included.
  public private(set) var fields: [Field]

  /// Wraps `fields`.
  public init(_ fields: [Field]) {
    self.fields = fields
  }

  /// Makes fields from names and values, in that order.
  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }

  /// The first value of that name, if any.
  public subscript(name: String) -> String? {
    fields.first { equalsIgnoringCase($0.name, name) }?.value
  }

  /// Adds a field, keeping others of the same name.
  public mutating func append(name: String, value: String) {
    fields.append(Field(name: name, value: value))
  }
}

/// Whether two header names are the same one.
private func equalsIgnoringCase(_ left: String, _ right: String) -> Bool {
  func lowered(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
  return left.utf8.count == right.utf8.count
    && zip(left.utf8, right.utf8).allSatisfy { lowered($0) == lowered($1) }
}
