import Pipeline
import Posts
import Synchronization
import Testing

// A pipeline of five recording steps: a and b can be undone, p is the pivot, x and y only go forward.
//
// Everything that happens is written down as a line of text, so that a test reads like a story:
//
//     ready a                    the step is prepared (written down when the plan says so)
//     run a(seed)                the step acts, with this input
//     undo b(b1)                 it is undone; the recorded output, or - for none
//     ask p                      it is reconciled
//     free a                     it gives back what was needed while the run lasted
//     commit a completed, b started | after a, before b
//     pause 0.1 s

/// The five steps.
enum Station: String, CaseIterable {
  case a, b, p, x, y
}

protocol StationType: Sendable {
  static var station: Station { get }
}
enum A: StationType { static let station = Station.a }
enum B: StationType { static let station = Station.b }
enum P: StationType { static let station = Station.p }
enum X: StationType { static let station = Station.x }
enum Y: StationType { static let station = Station.y }

/// What `RecordingStep` prepares; no log holds it.
struct PreparedStep: Sendable { let input: String }

/// The step that a run may begin with: it was done before.
struct DoneStep: RecordedStep {
  struct Input: Codable, Sendable { var text: String }
  struct Output: Codable, Sendable { var text: String }

  static let name: StepName = "done"
  static let kind = StepKind.compensatable

  let script: Script

  func compensate(
    _ input: Input,
    _ output: Output?,
    in context: StepContext
  ) async throws(StepFailure) {
    script.write("undo done(\(output?.text ?? "-"))")
  }

  func changeAfterCompensation(_ input: Input, _ output: Output?) -> String? { "undone done" }
}

/// A step that writes down what is done to it and behaves as the script says.
struct RecordingStep<S: StationType>: Command {
  struct Input: Codable, Sendable { var text: String }
  struct Output: Codable, Sendable { var text: String }

  static var name: StepName { StepName(rawValue: S.station.rawValue) }
  static var kind: StepKind {
    switch S.station {
    case .a, .b: .compensatable
    case .p: .pivot
    case .x, .y: .retriable
    }
  }

  let script: Script

  func prepare(_ input: Input, in context: StepContext) async throws(StepFailure) -> PreparedStep {
    try script.prepare(S.station)
    return PreparedStep(input: input.text)
  }

  func execute(
    _ input: Input,
    with prepared: PreparedStep,
    in context: StepContext
  ) async throws(StepFailure) -> Output {
    #expect(prepared.input == input.text, "a step acts with what was prepared for its input")
    try script.execute(S.station, input.text)
    return Output(text: "\(S.station)1")
  }

  func compensate(
    _ input: Input,
    _ output: Output?,
    in context: StepContext
  ) async throws(StepFailure) {
    try script.undo(S.station, output?.text)
  }

  func cleanUp(_ input: Input, _ output: Output, in context: StepContext) async throws(StepFailure)
  {
    try script.cleanUp(S.station)
  }

  func reconcile(_ input: Input, in context: StepContext) async -> Reconciliation<Output> {
    switch script.reconcile(S.station) {
    case .happened: .happened(Output(text: "\(S.station)1"))
    case .didNotHappen: .didNotHappen
    case .undecided: .undecided(StepFailure(.unknown, "cannot tell", hint: "Wait."))
    }
  }

  func changeBefore(_ input: Input) -> String? { "before \(S.station)" }
  func changeAfter(_ input: Input, _ output: Output) -> String? { "after \(S.station)" }
  func changeAfterRefusal(_ input: Input) -> String? { "refused \(S.station)" }
  func changeAfterCompensation(_ input: Input, _ output: Output?) -> String? {
    "undone \(S.station)"
  }
}

/// How the steps behave, what the run may do, and what has happened so far.
final class Script: Sendable {
  enum Answer: Sendable { case happened, didNotHappen, undecided }

  struct Plan: Sendable {
    /// The failures of a step's first executions, one after the other.
    var failures: [Station: [StepFailure]] = [:]
    /// The failures of a step's first preparations.
    var unprepared: [Station: [StepFailure]] = [:]
    /// Whether preparing is written down.
    var tellsPreparing = false
    /// Steps whose undo fails.
    var stuck: Set<Station> = []
    /// Steps whose cleanUp fails.
    var unreleased: Set<Station> = []
    /// What the pivot's reconciliation says.
    var answer = Answer.happened
    /// Draining begins when this line has been written.
    var drainsAfter: String?
    /// The lease's trust ends when this line has been written.
    var trustEndsAfter: String?
  }

  private struct State {
    var plan: Plan
    var lines: [String] = []
    var isDraining = false
    var mayAct = true
  }

  private let state: Mutex<State>

  init(_ plan: Plan = Plan()) { state = Mutex(State(plan: plan)) }

  /// What has happened, in order.
  var lines: [String] { state.withLock(\.lines) }

  /// What has happened, without the commits.
  var deeds: [String] { lines.filter { !$0.hasPrefix("commit") } }

  /// What was committed, in order.
  var commits: [String] {
    lines.filter { $0.hasPrefix("commit") }.map { String($0.dropFirst("commit ".count)) }
  }

  func write(_ line: String) {
    state.withLock { state in
      state.lines.append(line)
      if line == state.plan.drainsAfter { state.isDraining = true }
      if line == state.plan.trustEndsAfter { state.mayAct = false }
    }
  }

  /// Draining has begun before the run does.
  func drain() { state.withLock { $0.isDraining = true } }

  var context: StepContext {
    StepContext(
      attempt: 1,
      mayAct: { self.state.withLock(\.mayAct) },
      isDraining: { self.state.withLock(\.isDraining) },
      pause: { self.write("pause \($0.formattedSeconds) s") },
      observe: { _ in }
    )
  }

  fileprivate func prepare(_ station: Station) throws(StepFailure) {
    if state.withLock(\.plan.tellsPreparing) { write("ready \(station)") }
    let failure = state.withLock { state -> StepFailure? in
      guard let next = state.plan.unprepared[station]?.first else { return nil }
      state.plan.unprepared[station]?.removeFirst()
      return next
    }
    if let failure { throw failure }
  }

  fileprivate func execute(_ station: Station, _ input: String) throws(StepFailure) {
    write("run \(station)(\(input))")
    let failure = state.withLock { state -> StepFailure? in
      guard let next = state.plan.failures[station]?.first else { return nil }
      state.plan.failures[station]?.removeFirst()
      return next
    }
    if let failure { throw failure }
  }

  fileprivate func undo(_ station: Station, _ output: String?) throws(StepFailure) {
    write("undo \(station)(\(output ?? "-"))")
    if state.withLock({ $0.plan.stuck.contains(station) }) {
      throw StepFailure(.wait, "cannot undo \(station)", hint: "Wait.")
    }
  }

  fileprivate func cleanUp(_ station: Station) throws(StepFailure) {
    write("free \(station)")
    if state.withLock({ $0.plan.unreleased.contains(station) }) {
      throw StepFailure(.wait, "cannot cleanUp \(station)", hint: "Wait.")
    }
  }

  fileprivate func reconcile(_ station: Station) -> Answer {
    write("ask \(station)")
    return state.withLock(\.plan.answer)
  }
}

extension Script {
  /// The pipeline over texts: each step's input is the state so far, its output is appended.
  var pipeline: Pipeline<[String], String> {
    steps(after: Pipeline("Test", version: 3))
  }

  /// The same, begun by a step that was done before.
  var begunPipeline: Pipeline<[String], String> {
    steps(after: Pipeline("Test", version: 3).begun(by: DoneStep(script: self)))
  }

  private func steps(after start: Pipeline<[String], String>) -> Pipeline<[String], String> {
    append(
      Y.self,
      to: append(X.self, to: append(P.self, to: append(B.self, to: append(A.self, to: start))))
    )
  }

  private func append<S: StationType>(
    _ station: S.Type,
    to pipeline: Pipeline<[String], String>
  ) -> Pipeline<[String], String> {
    pipeline.step(
      RecordingStep<S>(script: self),
      input: { RecordingStep<S>.Input(text: $0.joined(separator: "+")) },
      apply: { $0.append($1.text) }
    )
  }

  /// A log that writes its commits down here.
  func log(
    _ records: [StepRecord] = [],
    faults: [Int: MemoryStepLog<String>.Fault] = [:]
  ) -> MemoryStepLog<String> {
    MemoryStepLog(records, faults: faults) { write in
      let steps = write.records.map { "\($0.name) \($0.phase)" }.joined(separator: ", ")
      self.write("commit \(steps) | \(write.changes.joined(separator: ", "))")
    }
  }

  /// Runs the pipeline from a state, on a log or on a new one.
  func run(
    _ seed: String = "seed",
    resuming records: [StepRecord] = [],
    log: MemoryStepLog<String>? = nil
  ) async -> RunResult<[String]> {
    await pipeline.run([seed], resuming: records, log: log ?? self.log(records), context: context)
  }
}

extension RunResult {
  /// The result in a word, with the class of its failure.
  var word: String {
    switch self {
    case .completed: "completed"
    case .failed(let failure, let step, let isUndone):
      "failed \(failure.failureClass) at \(step)" + (isUndone ? "" : ", not all undone")
    case .unknown(let failure): "unknown \(failure.failureClass)"
    case .interrupted(let isUndone): "interrupted" + (isUndone ? "" : ", not all undone")
    case .lost: "lost"
    case .unfinished(let failure): "unfinished \(failure.failureClass)"
    }
  }

  /// Its failure, if it has one.
  var failure: StepFailure? {
    switch self {
    case .failed(let failure, _, _), .unknown(let failure), .unfinished(let failure): failure
    case .completed, .interrupted, .lost: nil
    }
  }
}

extension Duration {
  fileprivate var formattedSeconds: String {
    let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// A failure of the class.
func fault(_ failureClass: FailureClass) -> StepFailure {
  StepFailure(failureClass, "a fault of class \(failureClass)", hint: "Wait.")
}

/// The commits of a run in which nothing goes wrong.
let wholeRun = [
  "a started | before a",
  "a completed, b started | after a, before b",
  "b completed, p started | after b, before p",
  "p completed, x started | after p, before x",
  "x completed, y started | after x, before y",
  "y completed | after y",
]
