public import Timekeeping

/// Why the timer woke; several reasons may fall together.
public struct WakeReasons: OptionSet, Sendable, Hashable, CustomStringConvertible {
  /// One bit for each reason.
  public let rawValue: UInt8

  /// Reasons from their bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A slot of the wall clock began (the top of the hour, with a period of 3600 seconds).
  public static let hourly = WakeReasons(rawValue: 1 << 0)
  /// The armed moment came: a post is due.
  public static let due = WakeReasons(rawValue: 1 << 1)
  /// Somebody asked, for example by SIGUSR1.
  public static let requested = WakeReasons(rawValue: 1 << 2)
  /// The database notified of a change.
  public static let notified = WakeReasons(rawValue: 1 << 3)
  /// A slot began that had already fired, before the clock was set back by more than a period.
  ///
  /// Work is looked for as ever, but the slot is not counted again.
  public static let relived = WakeReasons(rawValue: 1 << 4)

  private static let names: [(WakeReasons, String)] = [
    (.hourly, "hourly"), (.due, "due"), (.requested, "requested"), (.notified, "notified"),
    (.relived, "relived"),
  ]

  /// The names of the reasons, joined by `+`; for example `hourly+due`.
  public var description: String {
    Self.names.filter { contains($0.0) }.map(\.1).joined(separator: "+")
  }
}

/// One wake: when it should have come, how late it is, and why.
public struct Tick: Sendable, Hashable {
  /// The moment this wake was for; with several reasons, the earliest of them.
  public var due: WallTime
  /// How long after ``due`` the timer noticed; never negative.
  public var lateness: Duration
  /// How many slots passed without a tick of their own since the one before: the process was
  /// stopped, the machine slept, or the clock was set forward.
  public var missed: Int
  /// Why it woke; never empty.
  public var reasons: WakeReasons
  /// The start of the wall-clock slot; nil unless `reasons` has ``WakeReasons/hourly``.
  ///
  /// Each slot appears in one tick of a timer's life, even when the clock is set back.
  public var slot: WallTime?

  /// A tick from its parts.
  public init(
    due: WallTime,
    lateness: Duration = .zero,
    missed: Int = 0,
    reasons: WakeReasons,
    slot: WallTime? = nil
  ) {
    self.due = due
    self.lateness = lateness
    self.missed = missed
    self.reasons = reasons
    self.slot = slot
  }

  /// This tick and a later one that nobody has taken yet, as one.
  ///
  /// Two slots become the newer slot, and the older one counts as missed.
  func merged(with later: Tick) -> Tick {
    var merged = Tick(
      due: min(due, later.due),
      lateness: max(lateness, later.lateness),
      missed: missed + later.missed,
      reasons: reasons.union(later.reasons),
      slot: later.slot ?? slot
    )
    if slot != nil, later.slot != nil { merged.missed += 1 }
    return merged
  }
}
