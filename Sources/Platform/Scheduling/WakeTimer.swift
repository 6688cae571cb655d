// The wake timer
// ==============
//
// What it is for.  The daemon works when a slot of the wall clock begins, when a post falls due, when
// the database says that something changed, and when an operator asks. Here all four become one
// stream of ticks, and nothing else happens here: the timer never runs work.
//
// Who owns what.  `WakeTimer` is an actor on a serial queue of its own. It owns one Dispatch timer on
// the wall clock, and the watch that notices when the clock is set. Their handlers run on that same
// queue, so they enter the actor without a hop, and the Dispatch objects, which are not Sendable on
// Linux, never leave it. All arithmetic is in `WakePlan`, which knows neither Dispatch nor actors.
//
// States.
//
//        ticks(every:)            nextTick()             evaluate(), wakeNow()
//   idle ─────────────► running ───────────► waiting ──────────────────────────► running
//                          │                    │            (a tick is handed over)
//                          └──── stop(), or the consumer's task is cancelled ────► stopped
//
//   idle     no timer exists; `arm` and `wakeNow` are remembered until it does
//   running  the timer is set to the plan's deadline; `pending` holds what nobody has taken yet
//   waiting  as running, and the consumer is suspended
//   stopped  the sources are cancelled; the stream has ended; nothing starts it again
//
// Coalescing.  A consumer that is busy finds one tick afterwards, not a queue of them. Nothing in it
// is lost: reasons are united, a slot that was overtaken is counted as missed.
//
// Failures.  A timer that fires early (it may, when the clock is slewed) finds nothing to collect and
// is set again. Without a clock watch (no descriptor left) a step of the clock is noticed at the next
// wake instead of at once.
//
// Not guaranteed.  That a tick comes on the second: the machine may be busy or asleep; `lateness`
// says so. That every slot gets a tick; `missed` counts. That two processes do not wake for the same
// slot: the database's unique row per slot decides that.

public import Timekeeping

/// One wall-clock timer, turned into a stream of ticks.
public actor WakeTimer {
  private enum State {
    case idle
    case running(Machinery)
    case stopped
  }

  /// What exists only while the timer runs.
  private struct Machinery {
    var plan: WakePlan
    let timer: WallTimer
    let clockWatch: ClockChangeWatch?
  }

  private let executor = SerialQueueExecutor(label: "belfry.wake-timer")
  private let clock: any WallClock
  private var state = State.idle
  private var armedBeforeStart: WallTime?
  private var pending: Tick?
  private var consumer: CheckedContinuation<Tick?, Never>?

  /// The actor runs on its own serial queue, never on the shared pool.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// A timer that has not started; `clock` tells the time (a test brings its own).
  public init(clock: any WallClock = SystemWallClock()) { self.clock = clock }

  /// Starts the timer and returns its ticks: one for every slot of `period`, and one whenever
  /// ``arm(at:)`` or ``wakeNow(_:)`` asks for it.
  ///
  /// `period` counts in whole seconds, at least one, aligned to the epoch: 3600 seconds are the top of
  /// every hour. The first slot is the next one; the slot under way does not fire. The stream has one
  /// consumer and ends with ``stop()`` or when the consumer's task is cancelled.
  ///
  /// A timer that was stopped before it started gives a stream that has ended.
  ///
  /// - Precondition: called once in the life of a timer.
  public func ticks(every period: Duration) -> AsyncStream<Tick> {
    if case .stopped = state { return AsyncStream { nil } }
    guard case .idle = state else { preconditionFailure("a wake timer starts once") }
    let seconds = period.components.seconds
    var plan = WakePlan(period: seconds, now: clock.now())
    plan.arm(at: armedBeforeStart)
    let timer = WallTimer(queue: executor.queue) { @Sendable [weak self] in
      self?.assumeIsolated { $0.evaluate() }
    }
    let watch = ClockChangeWatch(queue: executor.queue) { @Sendable [weak self] in
      self?.assumeIsolated { $0.evaluate() }
    }
    state = .running(Machinery(plan: plan, timer: timer, clockWatch: watch))
    evaluate()
    return AsyncStream { await self.nextTick() }
  }

  /// Wakes once at `moment`, besides the slots; a moment that has passed wakes at once.
  ///
  /// Each call replaces the moment of the call before; nil disarms. After it has fired, nothing is
  /// armed.
  public func arm(at moment: WallTime?) {
    switch state {
    case .idle: armedBeforeStart = moment
    case .running(var machinery):
      machinery.plan.arm(at: moment)
      state = .running(machinery)
      evaluate()
    case .stopped: break
    }
  }

  /// Wakes now, for a reason that is not the clock's.
  public func wakeNow(_ reasons: WakeReasons = .requested) {
    if case .stopped = state { return }
    deliver(Tick(due: clock.now(), reasons: reasons))
  }

  /// Answers when the timer's queue does; for a watchdog.
  public func ping() {}

  /// Ends the stream; what is pending is dropped.
  public func stop() {
    state = .stopped  // lets go of the timer and the watch, which cancel themselves
    pending = nil
    consumer.take()?.resume(returning: nil)
  }

  /// Compares the plan with the clock, delivers what is due and sets the timer again.
  ///
  /// Called when the timer fires, when the clock was set, and after every change of the plan: the one
  /// place where time is looked at.
  func evaluate() {
    guard case .running(var machinery) = state else { return }
    let now = clock.now()
    let tick = machinery.plan.collect(at: now)
    state = .running(machinery)
    machinery.timer.set(after: machinery.plan.deadline - now)
    if let tick { deliver(tick) }
  }

  /// The moment the timer is set to; for tests.
  var deadline: WallTime? {
    guard case .running(let machinery) = state else { return nil }
    return machinery.plan.deadline
  }

  private func deliver(_ tick: Tick) {
    if let waiting = consumer.take() {
      waiting.resume(returning: tick)
    } else {
      pending = pending?.merged(with: tick) ?? tick
    }
  }

  private func nextTick() async -> Tick? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if case .stopped = state { return continuation.resume(returning: nil) }
        if Task.isCancelled {
          stop()
          return continuation.resume(returning: nil)
        }
        if let tick = pending.take() { return continuation.resume(returning: tick) }
        precondition(consumer == nil, "a wake timer's ticks have one consumer")
        consumer = continuation
      }
    } onCancel: {
      Task { await self.stop() }
    }
  }
}
