/// The text of an SQL statement, known when the program was built.
///
/// There is no way to make one from a run-time `String`, so no value can ever be spliced into a
/// statement; values travel as `SQLValue` bindings.
public struct SQLText: Hashable, Sendable {
  /// The statement, as it is sent.
  public let text: String

  /// Takes the bytes of a `.sql` file that the build embedded with `.embedInCode`.
  public init(embedded bytes: [UInt8]) {
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// Takes a literal of the source code.
  public init(_ literal: StaticString) {
    text = literal.description
  }

  /// Only for this module: settings and identifiers that it has quoted itself.
  init(composed text: String) {
    self.text = text
  }
}

extension SQLText: ExpressibleByStringLiteral {
  /// Takes a literal; an interpolation or a `String` variable does not compile.
  public init(stringLiteral literal: StaticString) {
    self.init(literal)
  }
}

extension SQLText: CustomStringConvertible {
  /// The statement; it holds `$1`, `$2` where the values would be.
  public var description: String { text }
}
