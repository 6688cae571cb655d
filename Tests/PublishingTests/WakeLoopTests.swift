import Publishing
import Store
import Synchronization
import TestSupport
import Testing

@Suite("The loop of wakes", .timeLimit(.minutes(10)))
struct WakeLoopTests {
  @Test("answers the watchdog while it waits for a signal, and not in the middle of a wake")
  func answers() async throws {
    try await TestInstallation.stand { installation in
      try await installation.harness { harness in
        let (signals, input) = AsyncStream.makeStream(of: WakeSignal.self)
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        let isInside = Mutex(false)
        let loop = Task {
          await harness.runner.run(
            first: WakeSignal(.start),
            signals,
            again: {},
            handled: { _ in
              isInside.withLock { $0 = true }
              // Stands for whatever might never come back.
              for await _ in gate { break }
            }
          )
        }
        try await eventually("the wake is under way") { isInside.withLock { $0 } }
        let hasAnswered = Mutex(false)
        let question = Task {
          await harness.runner.answer()
          hasAnswered.withLock { $0 = true }
        }
        // The question is at the runner, which answers others.
        _ = try await harness.pass()
        let tooEarly = hasAnswered.withLock { $0 }
        #expect(!tooEarly)
        opening.finish()
        await question.value
        await harness.runner.answer()
        input.finish()
        await loop.value
        await harness.runner.answer()
      }
    }
  }
}
