import Pipeline
import Synchronization
import Testing

/// A step log in memory that fails on demand.
final class MemoryStepLog<Change: Sendable & Equatable>: StepLog {
  /// What happens to one write.
  enum Fault: Sendable {
    /// It does not reach the log.
    case unreachable
    /// It is committed, and the answer gets lost.
    case answerLost
    /// The log refuses it, now and later.
    case refused
    /// Somebody else has taken the run over.
    case lost
  }

  private struct State {
    var records: [Int: StepRecord] = [:]
    var changes: [Change] = []
    var faults: [Int: Fault] = [:]
    var attempts = 0
    var isLost = false
    var isAway = false
  }

  private let state: Mutex<State>
  private let committed: @Sendable (LogWrite<Change>) -> Void

  /// A log that may hold records already; `faults` are by the number of the write, from 1.
  init(
    _ records: [StepRecord] = [],
    faults: [Int: Fault] = [:],
    committed: @escaping @Sendable (LogWrite<Change>) -> Void = { _ in }
  ) {
    var state = State(faults: faults)
    for record in records { state.records[record.ordinal] = record }
    self.state = Mutex(state)
    self.committed = committed
  }

  /// What is recorded, by ordinal.
  var records: [StepRecord] {
    state.withLock { $0.records.values.sorted { $0.ordinal < $1.ordinal } }
  }

  /// What was changed, in order.
  var changes: [Change] { state.withLock { $0.changes } }

  func write(_ write: LogWrite<Change>) async throws(StepLogError) {
    let result = state.withLock { state -> Result<Fault?, StepLogError> in
      state.attempts += 1
      let fault = state.faults[state.attempts]
      if case .lost? = fault { state.isLost = true }
      if state.isLost { return .failure(.leaseLost) }
      if case .unreachable? = fault { return .failure(.unavailable("no answer")) }
      if state.isAway { return .failure(.unavailable("no answer")) }
      if case .refused? = fault { return .failure(.refused("no such column")) }
      guard write.records.allSatisfy({ $0.phase != .completed || $0.output != nil }) else {
        return .failure(.refused("a completed step needs its output"))
      }
      for record in write.records { state.records[record.ordinal] = record }
      state.changes += write.changes
      return .success(fault)
    }
    let fault = try result.get()
    committed(write)
    if case .answerLost? = fault { throw .unavailable("the answer was lost") }
  }

  func takeAway() { state.withLock { $0.isLost = true } }
  func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
}

/// The test double as the conformance suite wants it.
private struct MemoryFixture: StepLogFixture {
  let log = MemoryStepLog<String>()
  let change = "changed"
  func records() -> [StepRecord] { log.records }
  func isChanged() -> Bool { log.changes.contains(change) }
  func takeAway() { log.takeAway() }
  func disconnect() { log.setAway(true) }
  func reconnect() { log.setAway(false) }
}

@Suite("The step log in memory")
struct MemoryStepLogTests {
  @Test("It keeps the promises of every step log")
  func conformance() async throws {
    try await StepLogConformance { MemoryFixture() }.verify()
  }
}
