import FoundationEssentials

/// A point in time on the sandbox's adjustable clock, in milliseconds since 1970 (UTC).
public struct Moment: Sendable, Hashable, Comparable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public var milliseconds: Int64

  /// The moment that many milliseconds after 1970.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// The moment nearest to that many milliseconds after 1970 for which Graph's texts have a form: in the years 1
  /// to 9999.
  init(nearestTo milliseconds: Double) {
    let bounded = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
    self.milliseconds = bounded.isNaN ? 0 : Int64(bounded.rounded())
  }

  /// What the machine's wall clock says.
  static var wallClock: Moment {
    Moment(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
  }

  /// Whole seconds since 1970, as Graph's `since`, `until` and token times count them.
  public var unixSeconds: Int64 { Int64((Double(milliseconds) / 1000).rounded(.down)) }

  /// This moment moved by `seconds` (negative: back), at most to the years 1 and 9999.
  public func advanced(bySeconds seconds: Double) -> Moment {
    Moment(nearestTo: Double(milliseconds) + (seconds * 1000).rounded())
  }

  /// Seconds from `earlier` to this moment.
  public func seconds(since earlier: Moment) -> Double {
    Double(milliseconds - earlier.milliseconds) / 1000
  }

  /// Earlier comes first.
  public static func < (left: Moment, right: Moment) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// Graph's form, `2019-09-26T22:36:43+0000`: the offset has no colon.
  public var graphText: String {
    let time = CalendarTime(unixSeconds: unixSeconds)
    return "\(time.year)-\(two(time.month))-\(two(time.day))"
      + "T\(two(time.hour)):\(two(time.minute)):\(two(time.second))+0000"
  }

  /// The form that Graph's session messages use: `Thursday, 21-May-26 04:00:00 PDT`.
  var sessionText: String {
    let time = CalendarTime(unixSeconds: unixSeconds - 7 * 3600)
    let weekdays = [
      "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    return "\(weekdays[time.weekday]), \(two(time.day))-\(months[time.month - 1])-"
      + "\(two(time.year % 100)) \(two(time.hour)):\(two(time.minute)):\(two(time.second)) PDT"
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Moment: Codable {
  /// Reads seconds since 1970, with a fraction.
  public init(from decoder: any Decoder) throws {
    let seconds = try decoder.singleValueContainer().decode(Double.self)
    self.init(nearestTo: seconds * 1000)
  }

  /// Writes seconds since 1970, with a fraction.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Double(milliseconds) / 1000)
  }
}

/// A second of UTC taken apart by the proleptic Gregorian calendar.
private struct CalendarTime {
  let year, month, day, weekday, hour, minute, second: Int

  init(unixSeconds: Int64) {
    let days = Int((Double(unixSeconds) / 86_400).rounded(.down))
    let inDay = Int(unixSeconds) - days * 86_400
    (hour, minute, second) = (inDay / 3600, inDay / 60 % 60, inDay % 60)
    weekday = ((days + 4) % 7 + 7) % 7  // 1970-01-01 was a Thursday.
    // Counted from 1 March of year 0, so that a leap day ends its year and months need no table.
    let shifted = days + 719_468
    let era = Int((Double(shifted) / 146_097).rounded(.down))
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}
