import Posts

/// How a run ended.
public enum RunResult<State: Sendable>: Sendable {
  /// Every step completed.
  case completed(State)
  /// A step failed, and what was done before it is undone.
  ///
  /// `isUndone` is false when an undo failed or could not be recorded: something is left behind.
  case failed(StepFailure, at: StepName, isUndone: Bool)
  /// The pivot may have happened, now or at an earlier try. Nothing was undone.
  case unknown(StepFailure)
  /// The process wanted to end before the pivot; what was done is undone, with the same exception.
  case interrupted(isUndone: Bool)
  /// Somebody else owns the run. Nothing was touched after this became known.
  case lost
  /// The pivot happened and is recorded, or was on its way to be, when the process had to end.
  case unfinished(StepFailure)
}

extension Pipeline {
  /// Runs the pipeline, or goes on with it where the records end.
  ///
  /// - Parameters:
  ///   - state: what the steps take their inputs from.
  ///   - records: what the log holds of this run, by ordinal; empty for a new one.
  ///   - log: where each step is recorded.
  ///   - context: the run's lease and drain signals.
  public func run(
    _ state: State,
    resuming records: [StepRecord] = [],
    log: some StepLog<Change>,
    context: StepContext
  ) async -> RunResult<State> {
    var run = Run(pipeline: self, state: state, records: records, log: log, context: context)
    return await run.go()
  }

  /// Undoes what the records say was done, for a run that died before its pivot.
  ///
  /// - Returns: `failed` with `reason` when all is undone or recorded as stuck; `lost` without the lease;
  ///   a failure of class `configuration`, with nothing touched, when another version wrote the records.
  public func undo(
    _ records: [StepRecord],
    because reason: StepFailure,
    state: State,
    log: some StepLog<Change>,
    context: StepContext
  ) async -> RunResult<State> {
    var run = Run(pipeline: self, state: state, records: records, log: log, context: context)
    if let refusal = run.foreignRecords() { return refusal }
    return await run.undo(reason, at: records.last?.name ?? StepName(rawValue: name))
  }
}
