/// A value bound to `$1`, `$2`, … of a statement.
///
/// The server infers each parameter's type from the statement; where that is ambiguous, the statement
/// says `$1::bigint`. All but `bytes` travel as text.
public enum SQLValue: Hashable, Sendable {
  /// SQL's NULL.
  case null
  /// A `boolean`.
  case bool(Bool)
  /// A `smallint`, `integer` or `bigint`.
  case int(Int64)
  /// A `double precision`.
  case double(Double)
  /// A `text`, or anything else in its text form; U+0000 is refused when it is sent.
  case text(String)
  /// A `bytea`, sent in binary form.
  case bytes([UInt8])
  /// A `bigint[]`.
  case int8Array([Int64])
  /// A `text[]` whose elements may be NULL.
  case textArray([String?])
  /// A `json` or `jsonb` document.
  case json(String)
  /// A `timestamptz`.
  case timestamp(PostgresTimestamp)
  /// An `interval` of seconds, rounded to microseconds.
  case interval(Duration)

  /// The value of anything that has an SQL form.
  public init(_ value: some SQLConvertible) {
    self = value.sqlValue
  }

  /// The raw value of an identifier or enumeration.
  @_disfavoredOverload
  public init<T: RawRepresentable>(_ value: T) where T.RawValue: SQLConvertible {
    self = value.rawValue.sqlValue
  }

  /// The value, or NULL for nil.
  public static func optional(_ value: (some SQLConvertible)?) -> SQLValue {
    value.map(\.sqlValue) ?? .null
  }

  /// The raw value of an identifier or enumeration, or NULL for nil.
  @_disfavoredOverload
  public static func optional<T: RawRepresentable>(_ value: T?) -> SQLValue
  where T.RawValue: SQLConvertible {
    value.map(\.rawValue.sqlValue) ?? .null
  }
}

extension SQLValue: CustomStringConvertible, CustomReflectable {
  /// The kind of the value, never the value: bindings may be secrets or people's words.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool: "<bool>"
    case .int: "<int>"
    case .double: "<double>"
    case .text: "<text>"
    case .bytes: "<bytes>"
    case .int8Array: "<int8 array>"
    case .textArray: "<text array>"
    case .json: "<json>"
    case .timestamp: "<timestamp>"
    case .interval: "<interval>"
    }
  }

  /// A mirror without children, so that `dump` shows no value either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension SQLValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
  /// NULL.
  public init(nilLiteral: ()) { self = .null }
  /// A `boolean`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A `bigint`.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// A `double precision`.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A `text`.
  public init(stringLiteral value: String) { self = .text(value) }
}

/// A Swift value with an SQL form.
public protocol SQLConvertible {
  /// The value to bind.
  var sqlValue: SQLValue { get }
}

extension SQLConvertible where Self: RawRepresentable, RawValue: SQLConvertible {
  /// The raw value.
  public var sqlValue: SQLValue { rawValue.sqlValue }
}

extension SQLValue: SQLConvertible {
  /// Itself.
  public var sqlValue: SQLValue { self }
}

extension Bool: SQLConvertible {
  /// A `boolean`.
  public var sqlValue: SQLValue { .bool(self) }
}

extension Int: SQLConvertible {
  /// A `bigint`.
  public var sqlValue: SQLValue { .int(Int64(self)) }
}

extension Int16: SQLConvertible {
  /// A `smallint`.
  public var sqlValue: SQLValue { .int(Int64(self)) }
}

extension Int32: SQLConvertible {
  /// An `integer`.
  public var sqlValue: SQLValue { .int(Int64(self)) }
}

extension Int64: SQLConvertible {
  /// A `bigint`.
  public var sqlValue: SQLValue { .int(self) }
}

extension Double: SQLConvertible {
  /// A `double precision`.
  public var sqlValue: SQLValue { .double(self) }
}

extension String: SQLConvertible {
  /// A `text`.
  public var sqlValue: SQLValue { .text(self) }
}

extension Duration: SQLConvertible {
  /// An `interval` of seconds.
  public var sqlValue: SQLValue { .interval(self) }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
  /// The value, or NULL.
  public var sqlValue: SQLValue { .optional(self) }
}

extension [UInt8]: SQLConvertible {
  /// A `bytea`.
  public var sqlValue: SQLValue { .bytes(self) }
}
