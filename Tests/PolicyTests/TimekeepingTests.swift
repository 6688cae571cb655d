import Testing
import Timekeeping

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
