/// Reads the platform's times, such as `2019-09-26T22:36:43+0000`.
///
/// Also takes `Z`, `+00:00` and fractions of a second, which are dropped. Nil for anything else.
///
/// - Returns: seconds since 1970-01-01T00:00:00Z.
public func secondsSince1970(graphTime text: String) -> Int64? {
  var rest = Array(text.utf8)[...]
  func number(_ digits: Int) -> Int64? {
    let piece = rest.prefix(digits)
    rest = rest.dropFirst(digits)
    guard piece.count == digits else { return nil }
    return piece.reduce(0 as Int64?) { value, byte in
      guard let value, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      return value * 10 + Int64(byte - UInt8(ascii: "0"))
    }
  }
  func skip(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  guard
    let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
    skip("T"), let hour = number(2), skip(":"), let minute = number(2), skip(":"),
    let second = number(2),
    (1...12).contains(month), (1...daysInMonth(month, of: year)).contains(day),
    hour < 24, minute < 60, second <= 60
  else { return nil }
  if skip(".") {
    let fraction = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !fraction.isEmpty else { return nil }
    rest = rest.dropFirst(fraction.count)
  }
  var offset: Int64 = 0
  if !skip("Z") {
    let sign: Int64
    if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
    guard let hours = number(2), hours < 24 else { return nil }
    _ = skip(":")
    guard let minutes = number(2), minutes < 60 else { return nil }
    offset = sign * (hours * 3600 + minutes * 60)
  }
  guard rest.isEmpty else { return nil }
  let days = daysSince1970(year, month, day)
  return days * 86400 + hour * 3600 + minute * 60 + second - offset
}

private func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, for years 0 to 9999.
///
/// Counts years from March, so that the leap day is a year's last, and 400-year cycles of 146,097 days.
private func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
  let shifted = month <= 2 ? year + 399 : year + 400
  let (cycle, yearOfCycle) = shifted.quotientAndRemainder(dividingBy: 400)
  let monthFromMarch = (month + 9) % 12
  let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
  let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
  return (cycle - 1) * 146_097 + dayOfCycle - 719_468
}
