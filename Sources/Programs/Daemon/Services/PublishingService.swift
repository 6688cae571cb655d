import Logging
import Operations
import Postgres
import Publishing
import Scheduling
import ServiceLifecycle
import Settings
import Store
import Synchronization
import Timekeeping

/// The timer and what it wakes.
///
/// Reloading replaces both; posts in flight finish with what they began with.
final class PublishingService: Service {
  /// One timer with its runner, from start or reload until the next reload or the end.
  private struct Generation {
    let stack: PublishingStack
    let settings: Settings
    let runner: WakeRunner
    let timer = WakeTimer()
    let ended: AsyncStream<Never>
    let end: AsyncStream<Never>.Continuation

    init(_ stack: PublishingStack, _ settings: Settings) {
      self.stack = stack
      self.settings = settings
      runner = WakeRunner(
        stack.environment,
        reconciler: stack.reconciler,
        wakes: stack.wakes,
        maxInFlight: settings.publishing.maxInFlight
      )
      (ended, end) = AsyncStream.makeStream()
    }

    func finish() {
      end.finish()
      let timer = timer
      Task { await timer.stop() }
    }
  }

  private let current: Mutex<Generation>
  private let reporter: StatusReporter
  private let drain: DrainSignal

  init(_ stack: PublishingStack, settings: Settings, reporter: StatusReporter) {
    self.reporter = reporter
    drain = stack.environment.drain
    current = Mutex(Generation(stack, settings))
  }

  /// Wakes until the process is to end, then waits for what is in flight.
  func run() async throws {
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        var first = WakeReason.start
        while !drain.hasBegun {
          let generation = current.withLock(\.self)
          let ticks = await generation.timer.ticks(every: generation.settings.schedule.wake)
          let reason = first
          group.addTask {
            await generation.runner.run(
              first: WakeSignal(reason),
              ticks.map { WakeSignal($0) },
              again: { self.wake(.due) },
              handled: { signal in await self.handled(signal) }
            )
          }
          for await _ in generation.ended {}
          first = .requested
        }
      }
    } onGracefulShutdown: {
      self.stop()
    }
  }

  private func stop() {
    drain.begin()
    current.withLock(\.self).finish()
  }

  /// Wakes now, for a reason that is not the clock's.
  func wake(_ reasons: WakeReasons) {
    let timer = current.withLock(\.timer)
    Task { await timer.wakeNow(reasons) }
  }

  /// Goes on with new settings: a new timer and a new runner; the old runner finishes its posts.
  func replace(_ stack: PublishingStack, settings: Settings) {
    let old = current.withLock { current in
      let old = current
      current = Generation(stack, settings)
      return old
    }
    old.finish()
  }

  /// What is in force.
  var outlook: (stack: PublishingStack, settings: Settings) {
    current.withLock { ($0.stack, $0.settings) }
  }

  /// Answers when the loop of wakes has handled what it is at.
  func answer() async { await current.withLock(\.runner).answer() }

  /// Answers when the timer's queue does.
  func timerAnswers() async { await current.withLock(\.timer).ping() }

  // MARK: After a wake

  private func handled(_ signal: WakeSignal) async {
    let generation = current.withLock(\.self)
    if signal.reason == .schedule || signal.reason == .start {
      // Beside the posts, not before them; two sweeps at once are harmless.
      Task { await generation.stack.janitor.sweep() }
    }
    reporter.woke(signal)
    if generation.settings.schedule.punctual { await arm(generation) }
  }

  /// Sets the timer to the next due second, by the database's clock.
  private func arm(_ generation: Generation) async {
    do {
      let leases = generation.stack.environment.leases
      guard let seconds = try await leases.secondsUntilNextDue() else {
        return await generation.timer.arm(at: nil)
      }
      // Due and yet not taken: no room, or somebody has locked the row. Look again, without haste.
      let pause = seconds > 0 ? seconds : 1
      await generation.timer.arm(at: SystemWallClock().now() + .seconds(pause))
    } catch {
      // Without the database there is nothing to wake for; its return wakes.
    }
  }
}

extension WakeSignal {
  /// The strongest reason of a tick: a slot is recorded even when a post is due at the same moment.
  init(_ tick: Tick) {
    if let slot = tick.slot, tick.reasons.contains(.hourly) {
      self.init(.schedule, slot: Double(slot.secondsSinceEpoch))
    } else if tick.reasons.contains(.requested) {
      self.init(.requested)
    } else if tick.reasons.contains(.notified) {
      self.init(.notified)
    } else {
      self.init(.due)
    }
  }
}
