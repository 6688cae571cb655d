/// A value that must never be printed, logged or encoded: redaction by type, not by care.
///
/// Whatever way it reaches a string (interpolation, `dump`, a debugger's mirror), `<redacted>` comes out.
/// The value is reachable only through ``expose(_:)``, which is easy to search for.
public struct Secret<Value: Sendable>: Sendable, CustomStringConvertible,
  CustomDebugStringConvertible,
  CustomReflectable
{
  private let value: Value

  /// Wraps `value`.
  public init(_ value: Value) { self.value = value }

  /// Calls `body` with the value and returns what it returns.
  public func expose<Result, Failure: Error>(
    _ body: (Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(value)
  }

  /// Always `<redacted>`.
  public var description: String { "<redacted>" }
  /// Always `<redacted>`.
  public var debugDescription: String { "<redacted>" }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
