import Testing
import Timekeeping

@Suite("Days as people write them")
struct DaysTests {
  @Test(
    "days, weeks and years are read",
    arguments: [("1d", 1), ("90d", 90), ("12w", 84), ("2y", 730), ("1000y", 365_000)]
  )
  func read(text: String, days: Int) {
    #expect(Days(text) == Days(days))
  }

  @Test(
    "everything else is refused",
    arguments: [
      "", "d", "0d", "-1d", "+1d", "1", "1.5d", "3m", "1h", " 1d", "1d ", "1D", "1001y",
      "99999999999999999999d", "١d",
    ]
  )
  func refuse(text: String) {
    #expect(Days(text) == nil)
  }

  @Test("it is shown in days")
  func shown() {
    #expect("\(Days(84))" == "84d")
  }
}
