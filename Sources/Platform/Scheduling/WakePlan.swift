import Timekeeping

/// When to wake next, and what a wake means: the arithmetic of the timer, without a timer.
///
/// Slots are aligned to the epoch: slot `k` of a period `p` begins at `k · p` seconds. They are
/// instants of UTC, so daylight saving time neither moves, doubles nor skips one. In a zone whose
/// offset is not a multiple of the period (India and 3600 seconds) they fall at half past.
///
/// The wall clock may jump. The rules, in the order in which ``collect(at:)`` applies them:
///
/// - *Forward over slots*: the newest of them fires at once, the others are counted as missed.
/// - *Back by at most a period*: the slot that has fired does not fire again.
/// - *Back by more*: the hours lived again wake with ``WakeReasons/relived``, so that work is not left
///   lying for as long as the clock was wrong; no slot is counted twice.
struct WakePlan: Sendable {
  /// The length of a slot in seconds; at least 1.
  let period: Int64
  /// The newest slot that has fired as ``WakeReasons/hourly``, or the one under way at the start.
  private(set) var lastSlot: Int64
  /// The next slot to wake for, relived or not.
  private(set) var nextSlot: Int64
  /// The moment to wake for besides the slots.
  private(set) var armed: WallTime?

  /// A plan whose first slot is the next one after `now`.
  ///
  /// - Precondition: `period >= 1`, in seconds.
  init(period: Int64, now: WallTime) {
    precondition(period >= 1, "a wake period is at least one second")
    self.period = period
    lastSlot = Self.slot(of: now, period: period)
    nextSlot = lastSlot + 1
  }

  /// The number of the slot that `time` lies in; negative before 1970.
  static func slot(of time: WallTime, period: Int64) -> Int64 {
    let (quotient, remainder) = time.secondsSinceEpoch.quotientAndRemainder(dividingBy: period)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// Replaces the armed moment; nil disarms.
  mutating func arm(at moment: WallTime?) { armed = moment }

  /// The moment of the next wake.
  var deadline: WallTime {
    let slot = start(of: nextSlot)
    return armed.map { min($0, slot) } ?? slot
  }

  /// What is to be woken for at `now`, and the plan moves on; nil when it is too early.
  mutating func collect(at now: WallTime) -> Tick? {
    let slotTick = collectSlot(at: now)
    guard let moment = armed, moment <= now else { return slotTick }
    armed = nil
    let dueTick = Tick(due: moment, lateness: now - moment, reasons: .due)
    return slotTick?.merged(with: dueTick) ?? dueTick
  }

  private mutating func collectSlot(at now: WallTime) -> Tick? {
    let current = Self.slot(of: now, period: period)
    guard current >= nextSlot else {
      // Set back below the slot before the next one: follow the clock, remember what has fired.
      nextSlot = min(nextSlot, current + 1)
      return nil
    }
    nextSlot = current + 1
    let begin = start(of: current)
    if current > lastSlot {
      let missed = Int(current - lastSlot - 1)
      lastSlot = current
      return Tick(
        due: begin,
        lateness: now - begin,
        missed: missed,
        reasons: .hourly,
        slot: begin
      )
    }
    guard current < lastSlot else { return nil }
    return Tick(due: begin, lateness: now - begin, reasons: .relived)
  }

  private func start(of slot: Int64) -> WallTime {
    WallTime(secondsSinceEpoch: slot.multipliedReportingOverflow(by: period).partialValue)
  }
}
