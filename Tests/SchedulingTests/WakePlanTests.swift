import Testing
import Timekeeping

@testable import Scheduling

private func time(_ seconds: Int64, milliseconds: Int64 = 0) -> WallTime {
  WallTime(secondsSinceEpoch: seconds) + .milliseconds(milliseconds)
}

/// 2026-11-25 14:00:00 UTC, the start of an hour.
private let hour: Int64 = 1_795_615_200

@Suite("Slots of the wall clock")
struct SlotTests {
  @Test("The hour used in these tests is one")
  func fixture() { #expect(hour % 3600 == 0) }

  @Test(
    "A moment belongs to the slot that began last",
    arguments: [
      (0, 3600, 0), (3599, 3600, 0), (3600, 3600, 1), (-1, 3600, -1), (-3600, 3600, -1),
      (-3601, 3600, -2), (59, 60, 0), (7, 1, 7), (86_399, 86_400, 0), (86_400, 86_400, 1),
    ] as [(Int64, Int64, Int64)]
  )
  func slot(seconds: Int64, period: Int64, slot: Int64) {
    #expect(WakePlan.slot(of: time(seconds), period: period) == slot)
  }

  @Test(
    "Every period has its next slot strictly ahead, aligned, and at most a period away",
    arguments: [1, 2, 5, 60, 300, 900, 1800, 3600, 7200, 86_400] as [Int64]
  )
  func nextSlot(period: Int64) {
    for offset in [0, 1, 59, 60, 899, 900, 1799, 3599, 3600, 86_399] as [Int64] {
      for milliseconds in [0, 1, 999] as [Int64] {
        let now = time(hour + offset, milliseconds: milliseconds)
        let deadline = WakePlan(period: period, now: now).deadline
        #expect(deadline > now)
        #expect(deadline - now <= .seconds(period))
        #expect(deadline.secondsSinceEpoch % period == 0)
        #expect(deadline.nanosecondsSinceEpoch % 1_000_000_000 == 0)
      }
    }
  }

  @Test("Across both changes of daylight saving time every hour has one slot, 3600 seconds apart")
  func daylightSaving() {
    // Berlin, 2026: 25 October 01:00 UTC and 29 March 01:00 UTC.
    for change in [1_792_890_000, 1_774_746_000] as [Int64] {
      var plan = WakePlan(period: 3600, now: time(change - 7200))
      var fired: [Int64] = []
      for second in stride(from: change - 7200, through: change + 7200, by: 1) {
        if let tick = plan.collect(at: time(second)) {
          fired.append(tick.due.secondsSinceEpoch)
          #expect(tick.missed == 0)
        }
      }
      #expect(fired == [change - 3600, change, change + 3600, change + 7200])
    }
  }
}

@Suite("Wake plan")
struct WakePlanTests {
  var plan = WakePlan(period: 3600, now: time(hour - 10))

  @Test("Nothing is due before its time, not even a nanosecond")
  mutating func early() {
    #expect(plan.collect(at: time(hour - 10)) == nil)
    #expect(plan.collect(at: WallTime(nanosecondsSinceEpoch: hour * 1_000_000_000 - 1)) == nil)
    #expect(plan.deadline == time(hour))
  }

  @Test("A slot fires once, with its lateness, and the next is a period later")
  mutating func once() {
    let tick = plan.collect(at: time(hour, milliseconds: 12))
    #expect(
      tick
        == Tick(
          due: time(hour),
          lateness: .milliseconds(12),
          reasons: .hourly,
          slot: time(hour)
        )
    )
    #expect(plan.collect(at: time(hour, milliseconds: 13)) == nil)
    #expect(plan.deadline == time(hour + 3600))
  }

  @Test("A plan that starts exactly at a slot waits for the next")
  func startsOnSlot() {
    var plan = WakePlan(period: 3600, now: time(hour))
    #expect(plan.collect(at: time(hour)) == nil)
    #expect(plan.deadline == time(hour + 3600))
  }

  @Test("After sleeping over slots the newest fires and the others are counted")
  mutating func slept() {
    let tick = plan.collect(at: time(hour + 5 * 3600 + 7))
    #expect(tick?.due == time(hour + 5 * 3600))
    #expect(tick?.lateness == .seconds(7))
    #expect(tick?.missed == 5)
    #expect(plan.deadline == time(hour + 6 * 3600))
  }

  @Test(
    "A clock set back within the slot or just before it fires nothing twice",
    arguments: 1...3600
  )
  func setBackShort(by seconds: Int64) {
    var plan = WakePlan(period: 3600, now: time(hour - 10))
    #expect(plan.collect(at: time(hour))?.slot == time(hour))
    var ticks: [Tick] = []
    for second in [hour - seconds, hour - 1, hour, hour + 1, hour + 3599, hour + 3600] {
      if let tick = plan.collect(at: time(second)) { ticks.append(tick) }
    }
    #expect(ticks.map(\.slot) == [time(hour + 3600)])
    #expect(ticks.map(\.missed) == [0])
  }

  @Test("Hours that are lived again wake, but count no slot twice")
  mutating func relived() {
    #expect(plan.collect(at: time(hour))?.slot == time(hour))
    #expect(plan.collect(at: time(hour - 3 * 3600 + 5)) == nil)
    #expect(plan.deadline == time(hour - 2 * 3600))
    var seen: [(Int64, WakeReasons)] = []
    for step in -2...1 as ClosedRange<Int64> {
      if let tick = plan.collect(at: time(hour + step * 3600)) {
        seen.append((tick.due.secondsSinceEpoch - hour, tick.reasons))
        #expect((tick.slot == nil) == (tick.reasons == .relived))
        #expect(tick.missed == 0)
      }
    }
    #expect(seen.map(\.0) == [-7200, -3600, 3600])
    #expect(seen.map(\.1) == [.relived, .relived, .hourly])
  }

  @Test("A clock set back and forward again still fires each slot once")
  mutating func backAndForth() {
    _ = plan.collect(at: time(hour))
    #expect(plan.collect(at: time(hour - 86_400)) == nil)
    #expect(plan.collect(at: time(hour + 30)) == nil)
    #expect(plan.deadline == time(hour + 3600))
    #expect(plan.collect(at: time(hour + 3600))?.missed == 0)
  }

  @Test("An armed moment before the slot is the deadline, fires once and disarms")
  mutating func armed() {
    plan.arm(at: time(hour - 4, milliseconds: 250))
    #expect(plan.deadline == time(hour - 4, milliseconds: 250))
    #expect(plan.collect(at: time(hour - 4)) == nil)
    let tick = plan.collect(at: time(hour - 4, milliseconds: 251))
    #expect(
      tick
        == Tick(
          due: time(hour - 4, milliseconds: 250),
          lateness: .milliseconds(1),
          reasons: .due
        )
    )
    #expect(plan.armed == nil)
    #expect(plan.collect(at: time(hour - 3)) == nil)
    #expect(plan.deadline == time(hour))
  }

  @Test("Arming again replaces, and nil disarms")
  mutating func rearmed() {
    plan.arm(at: time(hour - 8))
    plan.arm(at: time(hour - 4))
    #expect(plan.deadline == time(hour - 4))
    plan.arm(at: nil)
    #expect(plan.deadline == time(hour))
  }

  @Test("A moment armed in the past is due at once")
  mutating func armedInThePast() {
    plan.arm(at: time(hour - 100))
    let tick = plan.collect(at: time(hour - 10))
    #expect(tick?.reasons == .due)
    #expect(tick?.lateness == .seconds(90))
  }

  @Test("A slot and a due post at the same moment are one tick")
  mutating func together() {
    plan.arm(at: time(hour - 1))
    let tick = plan.collect(at: time(hour + 1))
    #expect(
      tick
        == Tick(
          due: time(hour - 1),
          lateness: .seconds(2),
          reasons: [.hourly, .due],
          slot: time(hour)
        )
    )
  }

  @Test("A clock set back does not fire an armed moment early")
  mutating func armedAndSetBack() {
    plan.arm(at: time(hour + 100))
    _ = plan.collect(at: time(hour))
    #expect(plan.collect(at: time(hour - 50)) == nil)
    #expect(plan.collect(at: time(hour + 100))?.reasons == .due)
  }
}

@Suite("Merging ticks")
struct MergeTests {
  @Test("Two slots become the newer, and the older counts as missed")
  func twoSlots() {
    let first = Tick(due: time(hour), missed: 2, reasons: .hourly, slot: time(hour))
    let second = Tick(
      due: time(hour + 3600),
      lateness: .seconds(3),
      reasons: [.hourly, .due],
      slot: time(hour + 3600)
    )
    #expect(
      first.merged(with: second)
        == Tick(
          due: time(hour),
          lateness: .seconds(3),
          missed: 3,
          reasons: [.hourly, .due],
          slot: time(hour + 3600)
        )
    )
  }

  @Test("A request does not hide a slot that nobody has taken yet")
  func slotAndRequest() {
    let slot = Tick(due: time(hour), reasons: .hourly, slot: time(hour))
    let merged = slot.merged(with: Tick(due: time(hour + 5), reasons: .requested))
    #expect(merged.slot == time(hour))
    #expect(merged.missed == 0)
    #expect(merged.reasons.description == "hourly+requested")
  }
}
