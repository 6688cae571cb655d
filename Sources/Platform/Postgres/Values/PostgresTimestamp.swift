/// A `timestamptz`: microseconds since 1970-01-01 00:00:00 UTC, the server's own resolution.
public struct PostgresTimestamp: Hashable, Comparable, Sendable {
  /// Microseconds since the Unix epoch; the two ends of `Int64` stand for the infinities.
  public var microseconds: Int64

  /// Takes microseconds since the Unix epoch.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Later than every other timestamp.
  public static let infinity = PostgresTimestamp(microseconds: .max)

  /// Earlier than every other timestamp.
  public static let negativeInfinity = PostgresTimestamp(microseconds: .min)

  /// Whether this is a point in time and not an infinity.
  public var isFinite: Bool { self != .infinity && self != .negativeInfinity }

  /// Orders by time.
  public static func < (left: Self, right: Self) -> Bool {
    left.microseconds < right.microseconds
  }
}

extension PostgresTimestamp: SQLConvertible {
  /// A `timestamptz`.
  public var sqlValue: SQLValue { .timestamp(self) }
}

extension PostgresTimestamp: CustomStringConvertible {
  /// The timestamp as PostgreSQL prints it in UTC, always with six decimals.
  public var description: String {
    if self == .infinity { return "infinity" }
    if self == .negativeInfinity { return "-infinity" }
    let (days, inDay) = floorDivide(microseconds, by: Self.microsecondsPerDay)
    let (year, month, day) = Calendar.date(days)
    let (seconds, fraction) = inDay.quotientAndRemainder(dividingBy: 1_000_000)
    // The year before 1 AD is 1 BC; the calendar's arithmetic calls it 0.
    let shown = year > 0 ? year : 1 - year
    return "\(padded(shown, 4))-\(padded(month, 2))-\(padded(day, 2)) "
      + "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
      + ".\(padded(fraction, 6))+00\(year > 0 ? "" : " BC")"
  }

  private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension PostgresTimestamp: SQLDecodable {
  private static let microsecondsPerDay: Int64 = 86_400_000_000

  /// Reads the ISO form, `2026-05-01 12:34:56.789+00`, with any offset, BC and the infinities.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> PostgresTimestamp {
    var scanner = ByteScanner(text)
    if scanner.skip("infinity"), scanner.isAtEnd { return .infinity }
    if scanner.skip("-infinity"), scanner.isAtEnd { return .negativeInfinity }
    guard let value = finite(&scanner), scanner.isAtEnd else {
      throw SQLDecodingFailure(wanted: "a timestamptz in ISO form")
    }
    return value
  }

  private static func finite(_ scanner: inout ByteScanner) -> PostgresTimestamp? {
    guard var year = scanner.digits(atMost: 6)?.value, scanner.skip("-"),
      let month = scanner.digits(atMost: 2)?.value, (1...12).contains(month), scanner.skip("-"),
      let day = scanner.digits(atMost: 2)?.value, (1...31).contains(day), scanner.skip(" "),
      let hour = scanner.digits(atMost: 2)?.value, (0...23).contains(hour), scanner.skip(":"),
      let minute = scanner.digits(atMost: 2)?.value, (0...59).contains(minute), scanner.skip(":"),
      let second = scanner.digits(atMost: 2)?.value, (0...59).contains(second),
      let fraction = scanner.fractionInMicroseconds(),
      let offset = offsetInSeconds(&scanner)
    else { return nil }
    if scanner.skip(" BC") { year = 1 - year }
    let days = Calendar.days(year: year, month: month, day: day)
    guard Calendar.date(days) == (year, month, day) else { return nil }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
    let (microseconds, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isTooLate) = microseconds.addingReportingOverflow(fraction)
    // PostgreSQL's own range ends in 294276; what lies beyond 294247 does not fit.
    let time = PostgresTimestamp(microseconds: sum)
    return isTooFar || isTooLate || !time.isFinite ? nil : time
  }

  /// Reads `+00`, `-03:30` or `+00:19:32`; without an offset it is not a `timestamptz`.
  private static func offsetInSeconds(_ scanner: inout ByteScanner) -> Int64? {
    let isNegative = scanner.skip("-")
    guard isNegative || scanner.skip("+"), let hours = scanner.digits(atMost: 2)?.value else {
      return nil
    }
    var seconds = hours * 3_600
    for unit in [60, 1] as [Int64] where scanner.skip(":") {
      guard let part = scanner.digits(atMost: 2)?.value else { return nil }
      seconds += part * unit
    }
    return isNegative ? -seconds : seconds
  }
}

/// The Gregorian calendar without end in both directions, as PostgreSQL counts.
///
/// Years begin in March here, so that the leap day is the last day of a year, and 400 of them are one
/// era of 146097 days.
private enum Calendar {
  /// Days from 1970-01-01 to a date; year 0 is 1 BC.
  static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let (era, yearOfEra) = floorDivide(marchYear, by: 400)
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date that lies `days` days after 1970-01-01.
  static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }
}

/// Divides so that the remainder is never negative.
private func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
