import Synchronization
import Testing
import Timekeeping

@testable import Scheduling

/// A clock that stands where a test puts it.
private final class ManualClock: WallClock {
  private let time: Mutex<WallTime>

  init(_ time: WallTime) { self.time = Mutex(time) }

  func now() -> WallTime { time.withLock { $0 } }

  func set(_ newTime: WallTime) { time.withLock { $0 = newTime } }
}

private let hour = WallTime(secondsSinceEpoch: 1_795_615_200)

@Suite("Wake timer", .timeLimit(.minutes(1)))
struct WakeTimerTests {
  private let clock = ManualClock(hour + .seconds(-10))

  @Test("With the system's clock a slot fires on its second, again and again")
  func realTimer() async throws {
    let timer = WakeTimer()
    let ticks = await timer.ticks(every: .seconds(1))
    var slots: [Int64] = []
    for await tick in ticks {
      let slot = try #require(tick.slot)
      // A busy machine overtakes a slot now and then; the tick for both is due at the first of them.
      #expect(tick.due == slot || (tick.missed > 0 && tick.due < slot))
      #expect(tick.reasons == .hourly)
      #expect(slot.nanosecondsSinceEpoch % 1_000_000_000 == 0)
      slots.append(slot.secondsSinceEpoch - Int64(tick.missed))
      if slots.count == 3 { break }
    }
    #expect(slots[1] > slots[0])
    #expect(slots[2] > slots[1])
    await timer.stop()
  }

  @Test("With the system's clock an armed moment fires, never early")
  func realArmed() async throws {
    let timer = WakeTimer()
    let moment = SystemWallClock().now() + .milliseconds(30)
    await timer.arm(at: moment)
    var iterator = await timer.ticks(every: .seconds(86_400)).makeAsyncIterator()
    let tick = try #require(await iterator.next())
    #expect(SystemWallClock().now() >= moment)
    #expect(tick.due == moment)
    #expect(tick.reasons == .due)
    #expect(tick.lateness >= .zero)
  }

  @Test("The timer is set to the next slot, and to an armed moment before it")
  func deadlines() async {
    let timer = WakeTimer(clock: clock)
    #expect(await timer.deadline == nil)
    _ = await timer.ticks(every: .seconds(3600))
    #expect(await timer.deadline == hour)
    await timer.arm(at: hour + .seconds(-3))
    #expect(await timer.deadline == hour + .seconds(-3))
    await timer.arm(at: nil)
    #expect(await timer.deadline == hour)
  }

  @Test("A clock that is set forward fires at once and counts what it skipped")
  func setForward() async throws {
    let timer = WakeTimer(clock: clock)
    var iterator = await timer.ticks(every: .seconds(3600)).makeAsyncIterator()
    clock.set(hour + .seconds(2 * 3600 + 1))
    await timer.evaluate()
    let tick = try #require(await iterator.next())
    #expect(tick.slot == hour + .seconds(7200))
    #expect(tick.missed == 2)
  }

  @Test("A clock that is set back does not fire the slot again")
  func setBack() async throws {
    let timer = WakeTimer(clock: clock)
    var iterator = await timer.ticks(every: .seconds(3600)).makeAsyncIterator()
    for moment in [hour, hour + .seconds(-20), hour, hour + .seconds(3600)] {
      clock.set(moment)
      await timer.evaluate()
    }
    let tick = try #require(await iterator.next())
    #expect(tick.slot == hour + .seconds(3600))
    #expect(tick.missed == 1, "the first slot was merged into the second, and nothing else was")
  }

  @Test("Asking wakes, before and after the start")
  func wakeNow() async throws {
    let timer = WakeTimer(clock: clock)
    await timer.wakeNow()
    var iterator = await timer.ticks(every: .seconds(3600)).makeAsyncIterator()
    #expect(await iterator.next() == Tick(due: clock.now(), reasons: .requested))
    await timer.wakeNow(.notified)
    #expect(await iterator.next() == Tick(due: clock.now(), reasons: .notified))
  }

  @Test("What comes while the consumer is busy is one tick, with every reason")
  func coalesces() async throws {
    let timer = WakeTimer(clock: clock)
    var iterator = await timer.ticks(every: .seconds(3600)).makeAsyncIterator()
    clock.set(hour)
    await timer.evaluate()
    await timer.wakeNow()
    await timer.wakeNow(.notified)
    await timer.arm(at: hour)
    let tick = try #require(await iterator.next())
    #expect(tick.reasons == [.hourly, .requested, .notified, .due])
    #expect(tick.slot == hour)
    await timer.wakeNow()
    #expect(await iterator.next()?.reasons == .requested)
  }

  @Test("Stopping ends the stream for a waiting consumer, and for good")
  func stops() async {
    let timer = WakeTimer(clock: clock)
    let ticks = await timer.ticks(every: .seconds(3600))
    let consumer = Task {
      var count = 0
      for await _ in ticks { count += 1 }
      return count
    }
    await timer.stop()
    #expect(await consumer.value == 0)
    await timer.wakeNow()
    await timer.arm(at: clock.now())
    #expect(await timer.deadline == nil)
  }

  @Test("Cancelling the consumer's task ends the stream")
  func cancellation() async {
    let timer = WakeTimer(clock: clock)
    let ticks = await timer.ticks(every: .seconds(3600))
    let consumer = Task {
      for await _ in ticks {}
      return true
    }
    consumer.cancel()
    #expect(await consumer.value)
  }

  @Test("A timer that nobody holds goes away although its sources were running")
  func lifetime() async {
    weak var observed: WakeTimer?
    do {
      let timer = WakeTimer(clock: clock)
      _ = await timer.ticks(every: .seconds(3600))
      observed = timer
    }
    #expect(observed == nil)
  }
}
