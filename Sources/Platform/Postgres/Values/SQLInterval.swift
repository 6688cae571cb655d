// Intervals, in the form of `SET IntervalStyle = 'iso_8601'`: P1Y2M3DT4H5M6.789S.

/// Writes and reads the text form of intervals.
enum SQLInterval {
  /// Writes seconds, rounded towards zero to a microsecond.
  static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let microseconds = (attoseconds / 1_000_000_000_000).magnitude
    // The sign is written once: -0.5 has no negative whole part to carry it.
    let sign = duration < .zero ? "-" : ""
    let fraction = String(1_000_000 + microseconds).dropFirst()
    return "\(sign)\(seconds.magnitude).\(fraction) seconds"
  }

  /// Reads an interval without years and months, whose length in seconds nobody knows.
  static func duration(_ text: Span<UInt8>) throws(SQLDecodingFailure) -> Duration {
    let failure = SQLDecodingFailure(wanted: "an interval of days or less, in ISO 8601 form")
    var scanner = ByteScanner(text)
    guard scanner.skip("P"), !scanner.isAtEnd else { throw failure }
    var total = Duration.zero
    var isTime = false
    // The server writes each unit once, the largest first; so the sum stays small.
    var lastUnit = Int64.max
    while !scanner.isAtEnd {
      if scanner.skip("T") {
        guard !isTime else { throw failure }
        isTime = true
        continue
      }
      let isNegative = scanner.skip("-")
      guard let whole = scanner.digits(atMost: 12)?.value,
        let fraction = scanner.fractionInMicroseconds(),
        let unit = scanner.next(), let seconds = secondsPerUnit(unit, isTime: isTime),
        seconds < lastUnit
      else { throw failure }
      lastUnit = seconds
      let length = Duration.seconds(whole * seconds) + .microseconds(fraction * seconds)
      total += isNegative ? .zero - length : length
    }
    return total
  }

  private static func secondsPerUnit(_ unit: UInt8, isTime: Bool) -> Int64? {
    switch (unit, isTime) {
    // The session's time zone is UTC, where every day has 24 hours.
    case (UInt8(ascii: "D"), false): 86_400
    case (UInt8(ascii: "H"), true): 3_600
    case (UInt8(ascii: "M"), true): 60
    case (UInt8(ascii: "S"), true): 1
    default: nil
    }
  }
}

extension Duration: SQLDecodable {
  /// Reads an `interval` of days or less; years and months are an error.
  public static func decode(sql text: Span<UInt8>) throws(SQLDecodingFailure) -> Duration {
    try SQLInterval.duration(text)
  }
}
