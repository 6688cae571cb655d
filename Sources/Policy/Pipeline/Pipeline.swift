import FoundationEssentials
import Posts

// A pipeline: a saga with a pivot.
//
//     compensatable … compensatable │ pivot │ retriable … retriable
//        undone in reverse order    │ asked │ repeated until done
//
// Authority. The step log decides what has happened; memory only caches it. Every step is recorded as
// `started`, with its input, before it acts, and as `completed`, with its output, after it acted; the
// completion of one step and the start of the next are one commit. Domain rows change in the same commit.
//
// Three outcomes. A step is done, failed, or (the pivot only) unknown. Unknown is never retried and
// never undone: it is asked about (`reconcile`), and until there is an answer the run ends as `unknown`.
//
//     what happens                    what the runner does
//     ------------------------------  -----------------------------------------------------------------
//     a step before the pivot fails   undo it and the completed ones in reverse; every undo runs, even
//                                     if one fails (then that step is `stuck`); result: failed
//     the pivot is refused for sure   record it, clear the mark, then as above
//     the pivot's outcome is unknown  record it; undo nothing; result: unknown
//     a step after the pivot fails    repeat it with growing pauses; nothing is undone
//     the log cannot be written       before the pivot: repeat while the lease is trusted, then stop;
//                                     after it: repeat until the database takes it
//     the lease is lost               stop at once, undo nothing, touch nothing: the successor does it
//     the process wants to end        before the pivot: stop, undo; after it: finish
//
// Not guaranteed: that an undo succeeds (it is recorded and left to the janitor), and that a process
// lives long enough to record anything. Recovery from the log is the caller's: `resuming:` replays
// completed steps from their recorded outputs and never executes them again.

/// An ordered chain of steps over a state that their outputs build up.
public struct Pipeline<State: Sendable, Change: Sendable>: Sendable {
  /// The name that attempts record.
  public let name: String
  /// Raised when steps are added, removed or reordered; attempts record it.
  public let version: Int
  let steps: [Step<State, Change>]

  /// An empty pipeline.
  public init(_ name: String, version: Int) {
    self.init(name, version: version, steps: [])
  }

  private init(_ name: String, version: Int, steps: [Step<State, Change>]) {
    self.name = name
    self.version = version
    self.steps = steps
  }

  /// The names of the steps, in order.
  public var stepNames: [StepName] { steps.map(\.name) }

  /// Appends a step.
  ///
  /// - Precondition: compensatable steps, then at most one pivot, then retriable steps.
  /// - Parameters:
  ///   - command: the step.
  ///   - input: takes what the step needs from the state.
  ///   - apply: puts what the step produced into the state.
  public func step<C: Command>(
    _ command: C,
    input: @escaping @Sendable (State) throws(StepFailure) -> C.Input,
    apply: @escaping @Sendable (inout State, C.Output) -> Void
  ) -> Self where C.Change == Change {
    let order: [StepKind] = [.compensatable, .pivot, .retriable]
    let last = steps.last?.kind ?? .compensatable
    precondition(
      order.firstIndex(of: C.kind) ?? 0 >= order.firstIndex(of: last) ?? 0
        && !(last == .pivot && C.kind == .pivot),
      "step \(C.name) of kind \(C.kind) cannot follow a step of kind \(last)"
    )
    return Self(name, version: version, steps: steps + [Step(command, input: input, apply: apply)])
  }
}

/// A command with its types erased: JSON in, JSON out, exactly what the log holds.
struct Step<State: Sendable, Change: Sendable>: Sendable {
  typealias JSON = [UInt8]
  let name: StepName
  let kind: StepKind
  let input: @Sendable (State) throws(StepFailure) -> JSON
  let apply: @Sendable (inout State, JSON) throws(StepFailure) -> Void
  let execute: @Sendable (JSON, StepContext) async throws(StepFailure) -> JSON
  let compensate: @Sendable (JSON, JSON?, StepContext) async throws(StepFailure) -> Void
  let cleanUp: @Sendable (JSON, JSON, StepContext) async throws(StepFailure) -> Void
  let reconcile: @Sendable (JSON, StepContext) async -> Reconciliation<JSON>
  let changeBefore: @Sendable (JSON) throws(StepFailure) -> Change?
  let changeAfter: @Sendable (JSON, JSON) throws(StepFailure) -> Change?
  let changeAfterRefusal: @Sendable (JSON) throws(StepFailure) -> Change?
  let changeAfterCompensation: @Sendable (JSON, JSON?) throws(StepFailure) -> Change?

  init<C: Command>(
    _ command: C,
    input: @escaping @Sendable (State) throws(StepFailure) -> C.Input,
    apply: @escaping @Sendable (inout State, C.Output) -> Void
  ) where C.Change == Change {
    name = C.name
    kind = C.kind
    self.input = { state throws(StepFailure) in try encode(input(state), of: C.name) }
    self.apply = { state, output throws(StepFailure) in
      apply(&state, try decode(C.Output.self, output, of: C.name))
    }
    execute = { input, context throws(StepFailure) in
      let value = try decode(C.Input.self, input, of: C.name)
      return try encode(await command.execute(value, in: context), of: C.name)
    }
    compensate = { input, output, context throws(StepFailure) in
      let value = try decode(C.Input.self, input, of: C.name)
      var produced: C.Output?
      if let output { produced = try decode(C.Output.self, output, of: C.name) }
      try await command.compensate(value, produced, in: context)
    }
    cleanUp = { input, output, context throws(StepFailure) in
      let value = try decode(C.Input.self, input, of: C.name)
      try await command.cleanUp(value, try decode(C.Output.self, output, of: C.name), in: context)
    }
    reconcile = { input, context in
      do throws(StepFailure) {
        let value = try decode(C.Input.self, input, of: C.name)
        switch await command.reconcile(value, in: context) {
        case .happened(let output): return .happened(try encode(output, of: C.name))
        case .didNotHappen: return .didNotHappen
        case .undecided(let failure): return .undecided(failure)
        }
      } catch {
        return .undecided(error)
      }
    }
    changeBefore = { input throws(StepFailure) in
      command.changeBefore(try decode(C.Input.self, input, of: C.name))
    }
    changeAfter = { input, output throws(StepFailure) in
      command.changeAfter(
        try decode(C.Input.self, input, of: C.name),
        try decode(C.Output.self, output, of: C.name)
      )
    }
    changeAfterRefusal = { input throws(StepFailure) in
      command.changeAfterRefusal(try decode(C.Input.self, input, of: C.name))
    }
    changeAfterCompensation = { input, output throws(StepFailure) in
      let value = try decode(C.Input.self, input, of: C.name)
      var produced: C.Output?
      if let output { produced = try decode(C.Output.self, output, of: C.name) }
      return command.changeAfterCompensation(value, produced)
    }
  }
}

private func encode(_ value: some Encodable, of step: StepName) throws(StepFailure) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return try [UInt8](encoder.encode(value))
  } catch {
    throw StepFailure(
      .configuration,
      "cannot write what \(step) has to record: \(error)",
      hint: "This is a defect of belfry; please report it with this message."
    )
  }
}

private func decode<Value: Decodable>(
  _ type: Value.Type,
  _ json: [UInt8],
  of step: StepName
) throws(StepFailure) -> Value {
  do {
    return try JSONDecoder().decode(type, from: Data(json))
  } catch {
    throw StepFailure(
      .configuration,
      "the step log of \(step) was written by another version of the pipeline",
      hint: "Let the version of belfry that wrote it finish the post, or cancel and queue it again."
    )
  }
}
