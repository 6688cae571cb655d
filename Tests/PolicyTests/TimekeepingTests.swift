import Testing
import Timekeeping

/// The same number over and over. Not zero, which `random(in:)` rejects to stay even, for ever.
private struct FixedGenerator: RandomNumberGenerator {
  var value: UInt64
  func next() -> UInt64 { value }
}

/// SplitMix64: small, seeded, good enough to sample a range.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite("Back-off")
struct BackoffTests {
  let backoff = Backoff(base: .milliseconds(100), cap: .seconds(30))

  @Test(
    "The ceiling doubles until the cap and stays there",
    arguments: zip(
      [-3, 0, 1, 2, 8, 9, 64, Int.max],
      [100, 100, 200, 400, 25_600, 30_000, 30_000, 30_000]
    )
  )
  func ceiling(attempt: Int, milliseconds: Int) {
    #expect(backoff.ceiling(attempt: attempt) == .milliseconds(milliseconds))
  }

  @Test("The jitter reaches from zero to the ceiling")
  func fullJitter() {
    var generator = SeededGenerator(state: 7)
    let delays = (0..<2_000).map { _ in backoff.delay(attempt: 3, using: &generator) }
    #expect(delays.allSatisfy { $0 >= .zero && $0 <= .milliseconds(800) })
    #expect(delays.contains { $0 < .milliseconds(40) })
    #expect(delays.contains { $0 > .milliseconds(760) })
  }

  @Test("The injected generator decides the delay")
  func injected() {
    var lowest = FixedGenerator(value: 1)
    var top = FixedGenerator(value: .max)
    #expect(backoff.delay(attempt: 2, using: &lowest) == .zero)
    #expect(backoff.delay(attempt: 2, using: &top) == .milliseconds(400))
  }

  @Test("The greatest durations do not overflow")
  func extremes() {
    let wide = Backoff(base: .seconds(1), cap: .seconds(Int64.max / 4))
    var generator = SeededGenerator(state: 1)
    #expect(wide.ceiling(attempt: 200) == .seconds(Int64.max / 4))
    #expect(wide.delay(attempt: 200, using: &generator) >= .zero)
  }
}

@Suite("Durations and wall time")
struct WallTimeTests {
  @Test("A duration converts to whole units towards zero")
  func wholeUnits() {
    #expect(Duration.milliseconds(1_999).wholeMilliseconds == 1_999)
    #expect(Duration.microseconds(1_999).wholeMilliseconds == 1)
    #expect(Duration.microseconds(-1_999).wholeMilliseconds == -1)
    #expect(Duration.seconds(3).wholeMicroseconds == 3_000_000)
    #expect(Duration.milliseconds(1_500).inSeconds == 1.5)
  }

  @Test("A duration that does not fit is clamped with its sign")
  func clamps() {
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
  }

  @Test("Seconds before 1970 are rounded down, not towards zero")
  func beforeTheEpoch() {
    let time = WallTime(nanosecondsSinceEpoch: -1)
    #expect(time.secondsSinceEpoch == -1)
    #expect(time.microsecondsSinceEpoch == -1)
    #expect(WallTime(secondsSinceEpoch: -1).secondsSinceEpoch == -1)
  }

  @Test("Adding and subtracting are each other's reverse")
  func arithmetic() {
    let time = WallTime(microsecondsSinceEpoch: 1_764_000_000_123_456)
    let later = time + .milliseconds(1_500)
    #expect(later - time == .milliseconds(1_500))
    #expect(time - later == .milliseconds(-1_500))
    #expect(time < later)
  }

  @Test("Arithmetic stops at the edge of the range")
  func edges() {
    #expect(WallTime(secondsSinceEpoch: .max).nanosecondsSinceEpoch == .max)
    #expect(WallTime(secondsSinceEpoch: .max) + .seconds(1) == WallTime(secondsSinceEpoch: .max))
    #expect(WallTime(secondsSinceEpoch: .min) + .seconds(-1) == WallTime(secondsSinceEpoch: .min))
  }

  @Test("The system's clock is later than the day this test was written")
  func systemClock() {
    #expect(SystemWallClock().now() > WallTime(secondsSinceEpoch: 1_700_000_000))
  }
}
