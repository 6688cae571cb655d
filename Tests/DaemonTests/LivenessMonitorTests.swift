import Logging
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// A part of the program that can be made to hang.
private final class Part: Sendable {
  private struct State {
    var isStuck = false
    var completed: UInt64 = 0
    var asked = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var asked: Int { state.withLock(\.asked) }

  func hang() { state.withLock { $0.isStuck = true } }

  func complete() { state.withLock { $0.completed += 1 } }

  func goOn() {
    let waiting = state.withLock { state in
      state.isStuck = false
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.resume() }
  }

  func probe(_ name: String) -> LivenessProbe {
    LivenessProbe(
      name: name,
      completed: { self.state.withLock(\.completed) },
      answer: {
        await withCheckedContinuation { continuation in
          let isStuck = self.state.withLock { state in
            state.asked += 1
            if state.isStuck { state.waiting.append(continuation) }
            return state.isStuck
          }
          if !isStuck { continuation.resume() }
        }
        return true
      }
    )
  }
}

@Suite("The probes of the watchdog")
struct LivenessMonitorTests {
  private let parts = ["one": Part(), "two": Part(), "three": Part()]

  private func watch(since start: ContinuousClock.Instant = .now) -> LivenessMonitor {
    let probes = parts.sorted { $0.key < $1.key }.map { $0.value.probe($0.key) }
    return LivenessMonitor(probes, patience: .seconds(30), now: start)
  }

  @Test("Parts that answer are alive for as long as they are asked")
  func alive() async throws {
    let watch = watch()
    _ = watch.look()
    try await eventually("each was asked ten times") {
      // As if ten seconds of the thirty were left: an answer is never older than that.
      #expect(watch.look(at: .now + .seconds(20)) == [])
      return parts.values.allSatisfy { $0.asked >= 10 }
    }
  }

  @Test("Each part that hangs is named, and it alone; when it goes on, it is alive again")
  func stuck() async throws {
    for (name, part) in parts {
      part.hang()
      let start = ContinuousClock.now
      let watch = watch(since: start)
      try await eventually("the others have answered after the start") {
        // The last moment at which nobody is missed, and the first one at which somebody is.
        watch.look(at: start + .seconds(30)) == []
          && watch.look(at: start + .seconds(30) + .nanoseconds(1)) == [name]
      }
      part.goOn()
      try await eventually("it is alive again") { watch.look(at: .now + .seconds(29)) == [] }
    }
  }

  @Test("A part whose answer has to queue is alive while it completes something")
  func busy() throws {
    let start = ContinuousClock.now
    let part = Part()
    part.hang()
    let watch = LivenessMonitor([part.probe("busy")], patience: .seconds(30), now: start)
    for minute in 1...10 {
      part.complete()
      #expect(watch.look(at: start + .seconds(60 * minute)) == [])
    }
    #expect(watch.look(at: start + .seconds(60 * 10 + 30)) == [])
    #expect(watch.look(at: start + .seconds(60 * 10 + 31)) == ["busy"])
    part.goOn()
  }

  @Test("A part that hangs is asked once, not again and again")
  func askedOnce() async throws {
    let part = Part()
    part.hang()
    let watch = LivenessMonitor([part.probe("busy")], patience: .seconds(30))
    for _ in 1...100 { _ = watch.look() }
    try await eventually("it is asked") { part.asked > 0 }
    for _ in 1...100 { _ = watch.look() }
    #expect(part.asked == 1)
    part.goOn()
    try await eventually("it is asked anew") {
      _ = watch.look()
      return part.asked > 1
    }
  }

  @Test("A part that says itself that it does not work counts as stuck")
  func refusing() async throws {
    let watch = LivenessMonitor([LivenessProbe(name: "lame", answer: { false })], patience: .zero)
    try await eventually("it is named") { watch.look() == ["lame"] }
  }
}
