/// A length of time in whole days, as people write it: `90d`, `12w`, `2y`.
///
/// A year has 365 days. There are no months: `m` would be read as minutes by half of its readers.
public struct Days: Hashable, Sendable {
  /// How many.
  public let count: Int

  /// A number of days.
  public init(_ count: Int) { self.count = count }

  /// Reads a whole number from 1 and one of the units d, w and y; at most a thousand years.
  public init?(_ text: String) {
    let factor: Int
    switch text.last {
    case "d": factor = 1
    case "w": factor = 7
    case "y": factor = 365
    default: return nil
    }
    let digits = text.dropLast()
    guard (1...6).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(digits), number > 0, number * factor <= 365_000
    else { return nil }
    count = number * factor
  }
}

extension Days: CustomStringConvertible {
  /// The days, such as `90d`.
  public var description: String { "\(count)d" }
}
