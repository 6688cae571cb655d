import Posts

// A pipeline: a saga with a pivot.
//
//     compensatable … compensatable │ pivot │ retriable … retriable
//        undone in reverse order    │ asked │ repeated until done
//
// Authority. The step log decides what has happened; memory only caches it. Every step is prepared first,
// then recorded as `started`, with its input, before it acts, and as `completed`, with its output, after it
// acted; the completion of one step and the start of the next are one commit. Domain rows change in the same
// commit. Between the commit of `started` and the effect stands the look at the lease's trust, nothing else:
// whatever could fail there (a secret to open, a request to build) is part of preparing.
//
// A run may begin with a step that was done before it, in the transaction that made the run possible
// (`begun(by:)`): the log holds it as completed, the run only knows how to undo it.
//
// Three outcomes. A step is done, failed, or (the pivot only) unknown. Unknown is never retried and
// never undone: it is asked about (`reconcile`), and until there is an answer the run ends as `unknown`.
//
//     what happens                    what the runner does
//     ------------------------------  -----------------------------------------------------------------
//     preparing a step fails          nothing was recorded of it; undo the completed ones, as below
//     a step before the pivot fails   undo it and the completed ones in reverse; every undo runs, even
//                                     if one fails (then that step is `stuck`); result: failed
//     trust ends after the mark       the pivot did not act, and that is recorded, unless somebody else
//                                     owns the run by then
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

  /// Begins with a step that was done, and recorded as completed, before the run begins.
  ///
  /// - Precondition: it is compensatable and the first step.
  public func begun<S: RecordedStep>(by step: S) -> Self where S.Change == Change {
    precondition(
      steps.isEmpty && S.kind == .compensatable,
      "step \(S.name) of kind \(S.kind) cannot be what the pipeline \(name) begins with"
    )
    return Self(name, version: version, steps: [Step(done: step)])
  }

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
