public import Posts

/// The name of a step as the step log, the journal and `belfry show` print it.
public struct StepName: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// The name itself.
  public let rawValue: String
  /// Wraps a recorded name.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// Names a step in code.
  public init(stringLiteral value: StaticString) { self.rawValue = value.description }
  /// The name itself.
  public var description: String { rawValue }
}

/// What may follow once a step has acted.
public enum StepKind: String, Codable, Sendable, CaseIterable {
  /// Before the pivot: can be undone, or leaves nothing that needs undoing.
  case compensatable
  /// The step that nothing takes back. A pipeline has at most one.
  case pivot
  /// After the pivot: only ever repeated until it succeeds.
  case retriable
}

/// Why a step did not complete, and what it means.
///
/// A class of `unknown` on the pivot says that the effect may have happened.
public struct StepFailure: Error, Hashable, Sendable {
  /// What the failure means for the post, the account and the operator.
  public let failureClass: FailureClass
  /// What happened, lower case, one line, without secrets.
  public let message: String
  /// What to do, as a sentence or a command.
  public let hint: String
  /// How long the other side asked us to wait, if it did.
  public let retryAfter: Duration?
  /// Whether only a human can tell what happened, and nothing of the account should go out before.
  public let needsHuman: Bool

  /// Describes a failure.
  public init(
    _ failureClass: FailureClass,
    _ message: String,
    hint: String,
    retryAfter: Duration? = nil,
    needsHuman: Bool = false
  ) {
    self.failureClass = failureClass
    self.message = message
    self.hint = hint
    self.retryAfter = retryAfter
    self.needsHuman = needsHuman
  }
}

/// What a run lets its steps know and do.
public struct StepContext: Sendable {
  /// 1 for the first attempt at this post.
  public let attempt: Int
  /// Whether the lease is still believed in; see `Leases.TrustWindow`.
  ///
  /// Outside it nothing may be sent.
  public let mayAct: @Sendable () -> Bool
  /// Whether the process wants to end: a step before the pivot should stop waiting and fail with `wait`.
  public let isDraining: @Sendable () -> Bool
  /// Suspends for the duration, or until draining begins, whichever comes first.
  public let pause: @Sendable (Duration) async -> Void
  /// Hears of every change of a step, for the journal; called before it is committed.
  public let observe: @Sendable (StepRecord) -> Void

  /// Builds a context.
  public init(
    attempt: Int,
    mayAct: @escaping @Sendable () -> Bool,
    isDraining: @escaping @Sendable () -> Bool,
    pause: @escaping @Sendable (Duration) async -> Void,
    observe: @escaping @Sendable (StepRecord) -> Void = { _ in }
  ) {
    self.attempt = attempt
    self.mayAct = mayAct
    self.isDraining = isDraining
    self.pause = pause
    self.observe = observe
  }
}

/// The answer to "did it happen?" about a step that was started and never recorded as completed.
public enum Reconciliation<Output: Sendable>: Sendable {
  /// It did; this is what it produced.
  case happened(Output)
  /// It provably did not, and may be executed (again).
  case didNotHappen
  /// Nobody can tell now.
  case undecided(StepFailure)
}

/// A step as the log holds it: what it was done with, and how it is taken back.
///
/// This is all that a run needs of a step that was done before the run began; a step that the run itself
/// does is a ``Command``. Everything that `compensate` may use is in the recorded input and output: it is
/// called in another process than the one that acted, perhaps days later.
public protocol RecordedStep<Input, Output, Change>: Sendable {
  /// What the step needs; recorded before it acts.
  associatedtype Input: Codable & Sendable
  /// What the step produced; recorded after it acted.
  associatedtype Output: Codable & Sendable
  /// What the step changes in the domain's own rows, in the transaction that records the step.
  associatedtype Change: Sendable

  /// The step's name in the log; never reused for something else.
  static var name: StepName { get }
  /// What may follow once the step has acted.
  static var kind: StepKind { get }

  /// Undoes. `output` is nil for a step that failed or died half-way. Idempotent.
  func compensate(_ input: Input, _ output: Output?, in context: StepContext)
    async throws(StepFailure)
  /// Gives back what was needed only up to the pivot, once the pipeline completed or the pivot's outcome is
  /// unknown. Idempotent.
  func cleanUp(_ input: Input, _ output: Output, in context: StepContext) async throws(StepFailure)
  /// Recorded with `compensated`.
  func changeAfterCompensation(_ input: Input, _ output: Output?) -> Change?
}

extension RecordedStep {
  /// Nothing to undo.
  public func compensate(
    _ input: Input,
    _ output: Output?,
    in context: StepContext
  ) async throws(StepFailure) {}
  /// Nothing to give back.
  public func cleanUp(
    _ input: Input,
    _ output: Output,
    in context: StepContext
  ) async throws(StepFailure) {}
  /// Changes nothing.
  public func changeAfterCompensation(_ input: Input, _ output: Output?) -> Change? { nil }
}

/// One step of a pipeline: one effect, with its undo.
public protocol Command<Input, Output, Change>: RecordedStep {
  /// What the step needs and the log must not or need not hold, such as opened secrets; never recorded.
  associatedtype Prepared: Sendable = Void

  /// Gets everything ready that `execute` needs, so that nothing but the effect itself is left to do.
  ///
  /// Called before `started` is committed; a failure proves that the step did not act. A retriable step is
  /// prepared after that commit: nothing may delay the record of what the pivot answered.
  func prepare(_ input: Input, in context: StepContext) async throws(StepFailure) -> Prepared
  /// Acts. A compensatable or retriable step must be safe to repeat with the same input.
  func execute(_ input: Input, with prepared: Prepared, in context: StepContext)
    async throws(StepFailure) -> Output
  /// Finds out whether an execution that was started took effect.
  func reconcile(_ input: Input, in context: StepContext) async -> Reconciliation<Output>

  /// Recorded with `started`.
  func changeBefore(_ input: Input) -> Change?
  /// Recorded with `completed`.
  func changeAfter(_ input: Input, _ output: Output) -> Change?
  /// Recorded with `failed`: the effect definitely did not happen.
  func changeAfterRefusal(_ input: Input) -> Change?
}

extension Command {
  /// A step that is safe to repeat needs no proof.
  public func reconcile(_ input: Input, in context: StepContext) async -> Reconciliation<Output> {
    .didNotHappen
  }
  /// Changes nothing.
  public func changeBefore(_ input: Input) -> Change? { nil }
  /// Changes nothing.
  public func changeAfter(_ input: Input, _ output: Output) -> Change? { nil }
  /// Changes nothing.
  public func changeAfterRefusal(_ input: Input) -> Change? { nil }
}

extension Command where Prepared == Void {
  /// Needs nothing but its input.
  public func prepare(_ input: Input, in context: StepContext) async throws(StepFailure) {}
}
