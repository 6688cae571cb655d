import FoundationEssentials
import Posts

/// A step with its types erased: JSON in, JSON out, exactly what the log holds.
struct Step<State: Sendable, Change: Sendable>: Sendable {
  typealias JSON = [UInt8]

  /// A prepared step: called without an argument but the context, it acts.
  typealias Effect = @Sendable (StepContext) async throws(StepFailure) -> JSON

  /// How a run does the step.
  struct Action: Sendable {
    let input: @Sendable (State) throws(StepFailure) -> JSON
    let prepare: @Sendable (JSON, StepContext) async throws(StepFailure) -> Effect
    let reconcile: @Sendable (JSON, StepContext) async -> Reconciliation<JSON>
    let changeBefore: @Sendable (JSON) throws(StepFailure) -> Change?
    let changeAfter: @Sendable (JSON, JSON) throws(StepFailure) -> Change?
    let changeAfterRefusal: @Sendable (JSON) throws(StepFailure) -> Change?
  }

  let name: StepName
  let kind: StepKind
  /// Nil for a step that was done before the run began.
  let action: Action?
  let apply: @Sendable (inout State, JSON) throws(StepFailure) -> Void
  let compensate: @Sendable (JSON, JSON?, StepContext) async throws(StepFailure) -> Void
  let cleanUp: @Sendable (JSON, JSON, StepContext) async throws(StepFailure) -> Void
  let changeAfterCompensation: @Sendable (JSON, JSON?) throws(StepFailure) -> Change?

  /// A step that was done before the run began.
  init<S: RecordedStep>(done step: S) where S.Change == Change {
    self.init(recorded: step, action: nil, apply: { _, _ in })
  }

  /// A step that the run does.
  init<C: Command>(
    _ command: C,
    input: @escaping @Sendable (State) throws(StepFailure) -> C.Input,
    apply: @escaping @Sendable (inout State, C.Output) -> Void
  ) where C.Change == Change {
    let action = Action(
      input: { state throws(StepFailure) in try StepRecord.json(input(state), of: C.name) },
      prepare: { json, context throws(StepFailure) in
        let input = try decode(C.Input.self, json, of: C.name)
        let prepared = try await command.prepare(input, in: context)
        return { context throws(StepFailure) in
          try StepRecord.json(
            await command.execute(input, with: prepared, in: context),
            of: C.name
          )
        }
      },
      reconcile: { json, context in
        do throws(StepFailure) {
          let input = try decode(C.Input.self, json, of: C.name)
          switch await command.reconcile(input, in: context) {
          case .happened(let output): return .happened(try StepRecord.json(output, of: C.name))
          case .didNotHappen: return .didNotHappen
          case .undecided(let failure): return .undecided(failure)
          }
        } catch {
          return .undecided(error)
        }
      },
      changeBefore: { input throws(StepFailure) in
        command.changeBefore(try decode(C.Input.self, input, of: C.name))
      },
      changeAfter: { input, output throws(StepFailure) in
        command.changeAfter(
          try decode(C.Input.self, input, of: C.name),
          try decode(C.Output.self, output, of: C.name)
        )
      },
      changeAfterRefusal: { input throws(StepFailure) in
        command.changeAfterRefusal(try decode(C.Input.self, input, of: C.name))
      }
    )
    self.init(
      recorded: command,
      action: action,
      apply: { state, output throws(StepFailure) in
        apply(&state, try decode(C.Output.self, output, of: C.name))
      }
    )
  }

  private init<S: RecordedStep>(
    recorded step: S,
    action: Action?,
    apply: @escaping @Sendable (inout State, JSON) throws(StepFailure) -> Void
  ) where S.Change == Change {
    name = S.name
    kind = S.kind
    self.action = action
    self.apply = apply
    compensate = { input, output, context throws(StepFailure) in
      let (input, output) = try Self.decoded(input, output, of: S.self)
      try await step.compensate(input, output, in: context)
    }
    cleanUp = { input, output, context throws(StepFailure) in
      let input = try decode(S.Input.self, input, of: S.name)
      try await step.cleanUp(input, try decode(S.Output.self, output, of: S.name), in: context)
    }
    changeAfterCompensation = { input, output throws(StepFailure) in
      let (input, output) = try Self.decoded(input, output, of: S.self)
      return step.changeAfterCompensation(input, output)
    }
  }

  private static func decoded<S: RecordedStep>(
    _ input: JSON,
    _ output: JSON?,
    of step: S.Type
  ) throws(StepFailure) -> (S.Input, S.Output?) {
    var produced: S.Output?
    if let output { produced = try decode(S.Output.self, output, of: S.name) }
    return (try decode(S.Input.self, input, of: S.name), produced)
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
