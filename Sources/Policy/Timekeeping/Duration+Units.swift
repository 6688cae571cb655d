extension Duration {
  /// This duration in seconds, with fractions; for display and for interfaces that want a number.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// This duration in nanoseconds, rounded towards zero; what does not fit (±292 years) is clamped.
  public var wholeNanoseconds: Int64 { whole(unitsPerSecond: 1_000_000_000) }

  /// This duration in microseconds, rounded towards zero; what does not fit is clamped.
  public var wholeMicroseconds: Int64 { whole(unitsPerSecond: 1_000_000) }

  /// This duration in milliseconds, rounded towards zero; what does not fit is clamped.
  public var wholeMilliseconds: Int64 { whole(unitsPerSecond: 1_000) }

  private func whole(unitsPerSecond: Int64) -> Int64 {
    let (seconds, attoseconds) = components
    let fraction = attoseconds / (1_000_000_000_000_000_000 / unitsPerSecond)
    let (scaled, tooLarge) = seconds.multipliedReportingOverflow(by: unitsPerSecond)
    let (sum, sumTooLarge) = scaled.addingReportingOverflow(fraction)
    guard !tooLarge, !sumTooLarge else { return seconds < 0 ? .min : .max }
    return sum
  }
}
