import Posts

/// How a run ended.
public enum RunResult<State: Sendable>: Sendable {
  /// Every step completed.
  case completed(State)
  /// A step failed and nothing is left on the other side; what was done before it is undone.
  case failed(StepFailure, at: StepName)
  /// The pivot may have happened, now or at an earlier try. Nothing was undone.
  case unknown(StepFailure)
  /// The process wanted to end before the pivot; what was done is undone.
  case interrupted
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

/// The state of one run: the records so far and what still has to be committed with the next start.
struct Run<State: Sendable, Change: Sendable, Log: StepLog> where Log.Change == Change {
  let pipeline: Pipeline<State, Change>
  var state: State
  var records: [StepRecord]
  let log: Log
  let context: StepContext
  /// Completion of the last step, committed together with the start of the next.
  var pending = LogWrite<Change>()
  /// Set once undoing has begun, after which no refusal of the log stops it.
  var isUndoing = false

  private enum Stop: Error { case with(RunResult<State>) }

  mutating func go() async -> RunResult<State> {
    if let refusal = foreignRecords() { return refusal }
    do {
      for ordinal in pipeline.steps.indices { try await perform(ordinal) }
      try await commitPending(insisting: true)
    } catch {
      switch error {
      case .with(let result): return result
      }
    }
    await cleanUpAll()
    return .completed(state)
  }

  /// The refusal of a run with a recorded name that differs from the code's at that position: another
  /// version wrote it.
  func foreignRecords() -> RunResult<State>? {
    for (position, record) in records.enumerated() {
      guard position == record.ordinal, position < pipeline.steps.count,
        pipeline.steps[position].name == record.name
      else {
        let failure = StepFailure(
          .configuration,
          "the step log has \(record.name) at position \(record.ordinal), "
            + "\(pipeline.name) version \(pipeline.version) does not",
          hint: "Let the version of belfry that wrote it finish the post."
        )
        let pivotBegan = records.contains { $0.kind == .pivot && $0.phase != .failed }
        return pivotBegan ? .unknown(failure) : .failed(failure, at: record.name)
      }
    }
    return nil
  }

  private mutating func perform(_ ordinal: Int) async throws(Stop) {
    let step = pipeline.steps[ordinal]
    if ordinal < records.count {
      let record = records[ordinal]
      if record.phase == .completed, let output = record.output {
        return try await apply(step, output)
      }
      if step.kind == .pivot, record.phase == .started || record.phase == .unknown {
        switch await step.reconcile(record.input, context) {
        case .happened(let output): return try await complete(ordinal, output)
        case .undecided(let failure):
          await cleanUpAll()
          throw .with(.unknown(failure))
        case .didNotHappen: break
        }
      }
      return try await execute(ordinal, input: record.input)
    }
    if step.kind != .retriable && context.isDraining() {
      throw .with(await interrupted())
    }
    do {
      try await execute(ordinal, input: try step.input(state))
    } catch let failure as StepFailure {
      throw .with(await undo(failure, at: step.name))
    } catch let stop as Stop {
      throw stop
    } catch {
      preconditionFailure("only StepFailure and Stop are thrown here: \(error)")
    }
  }

  private mutating func execute(_ ordinal: Int, input: [UInt8]) async throws(Stop) {
    let step = pipeline.steps[ordinal]
    note(
      StepRecord(ordinal: ordinal, name: step.name, kind: step.kind, phase: .started, input: input)
    )
    do {
      if let change = try step.changeBefore(input) { pending.changes.append(change) }
    } catch {
      throw .with(await undo(error, at: step.name))
    }
    try await commitPending(insisting: step.kind == .retriable)
    // The commit may have taken long. Nothing is sent outside the trust window; before the pivot's
    // request this is the last look, and the mark that was just committed tells the successor.
    guard context.mayAct() || step.kind == .retriable else { throw .with(.lost) }

    var pause = Duration.milliseconds(500)
    while true {
      do {
        return try await complete(ordinal, try await step.execute(input, context))
      } catch let failure as StepFailure {
        guard step.kind == .retriable else { throw .with(await give(up: ordinal, failure)) }
        guard !Task.isCancelled else { throw .with(.unfinished(failure)) }
        await context.pause(pause)
        if context.isDraining() { throw .with(.unfinished(failure)) }
        pause = min(pause * 2, .seconds(30))
      } catch let stop as Stop {
        throw stop
      } catch {
        preconditionFailure("only StepFailure and Stop are thrown here: \(error)")
      }
    }
  }

  private mutating func complete(_ ordinal: Int, _ output: [UInt8]) async throws(Stop) {
    let step = pipeline.steps[ordinal]
    var record = records[ordinal]
    record.phase = .completed
    record.output = output
    record.error = nil
    note(record)
    do {
      if let change = try step.changeAfter(record.input, output) { pending.changes.append(change) }
    } catch {
      throw .with(step.kind == .compensatable ? await undo(error, at: step.name) : .unknown(error))
    }
    try await apply(step, output)
  }

  private mutating func apply(_ step: Step<State, Change>, _ output: [UInt8]) async throws(Stop) {
    do {
      try step.apply(&state, output)
    } catch {
      throw .with(step.kind == .compensatable ? await undo(error, at: step.name) : .unknown(error))
    }
  }

  /// A step before or at the pivot failed.
  private mutating func give(up ordinal: Int, _ failure: StepFailure) async -> RunResult<State> {
    let step = pipeline.steps[ordinal]
    var record = records[ordinal]
    record.error = failure.message
    // What may be live is not undone, at whichever step that came to light: a successor that found it
    // undone would begin anew, and publish a second time.
    record.phase = failure.failureClass == .unknown ? .unknown : .failed
    note(record)
    if record.phase == .unknown {
      do { try await commitPending(insisting: true) } catch {
        if case .with(let result) = error { return result }
      }
      await cleanUpAll()
      return .unknown(failure)
    }
    do throws(StepFailure) {
      if let change = try step.changeAfterRefusal(record.input) { pending.changes.append(change) }
    } catch {
      return .unknown(error)
    }
    if context.isDraining() && failure.failureClass == .wait && step.kind == .compensatable {
      return await interrupted()
    }
    return await undo(failure, at: step.name)
  }

  private mutating func interrupted() async -> RunResult<State> {
    let reason = StepFailure(
      .wait,
      "the service was stopped before the post was published",
      hint: "Nothing: it is published after the next start."
    )
    let result = await undo(reason, at: StepName(rawValue: pipeline.name))
    guard case .failed = result else { return result }
    return .interrupted
  }

  /// Undoes in reverse order; every undo runs, even if one fails.
  ///
  /// Without the lease's trust it stops: what it has undone is not recorded, the successor does it again.
  mutating func undo(_ failure: StepFailure, at name: StepName) async -> RunResult<State> {
    isUndoing = true
    do { try await commitPending(insisting: false) } catch {
      if case .with(let result) = error { return result }
    }
    for ordinal in records.indices.reversed()
    where pipeline.steps.indices.contains(ordinal) && pipeline.steps[ordinal].kind == .compensatable
    {
      var record = records[ordinal]
      guard record.phase != .compensated else { continue }
      guard context.mayAct() else { return .lost }
      do throws(StepFailure) {
        let step = pipeline.steps[ordinal]
        try await step.compensate(record.input, record.output, context)
        record.phase = .compensated
        if let change = try step.changeAfterCompensation(record.input, record.output) {
          pending.changes.append(change)
        }
      } catch {
        record.phase = .stuck
        record.error = error.message
      }
      note(record)
    }
    do { try await commitPending(insisting: false) } catch {
      if case .with(let result) = error { return result }
    }
    return .failed(failure, at: name)
  }

  /// Gives back what was needed only up to the pivot.
  ///
  /// The run is recorded; a failure here is left to the janitor.
  private func cleanUpAll() async {
    for record in records.reversed() {
      guard let output = record.output, pipeline.steps.indices.contains(record.ordinal) else {
        continue
      }
      try? await pipeline.steps[record.ordinal].cleanUp(record.input, output, context)
    }
  }

  private mutating func note(_ record: StepRecord) {
    context.observe(record)
    if record.ordinal < records.count {
      records[record.ordinal] = record
    } else {
      records.append(record)
    }
    pending.records.removeAll { $0.ordinal == record.ordinal }
    pending.records.append(record)
  }

  /// The database will never take `write`: what that means depends on whether the pivot was carried out.
  ///
  /// Nothing is sent before its start is recorded, so a refused start of the pivot proves that it was not.
  private mutating func refused(
    _ write: LogWrite<Change>,
    _ message: String
  ) async -> RunResult<State> {
    let pivotBegan =
      records.contains { $0.kind == .pivot && $0.phase != .failed }
      && !write.records.contains { $0.kind == .pivot && $0.phase == .started }
    let failure = StepFailure(
      pivotBegan ? .unknown : .permanent,
      "the database refused to record a step: \(message)",
      hint: "Look at PostgreSQL's log and at the row."
    )
    guard pivotBegan else {
      return await undo(failure, at: records.last?.name ?? StepName(rawValue: pipeline.name))
    }
    await cleanUpAll()
    return .unknown(failure)
  }

  /// Commits what is pending, repeating while the database is away.
  ///
  /// What the database refuses while steps are undone is dropped: the undoing matters more than its record.
  ///
  /// - Parameter insisting: after the pivot the lease's trust no longer matters, the fence decides;
  ///   before it a run that is no longer trusted stops.
  private mutating func commitPending(insisting: Bool) async throws(Stop) {
    guard !pending.isEmpty else { return }
    var pause = Duration.milliseconds(100)
    while true {
      do throws(StepLogError) {
        try await log.write(pending)
        pending = LogWrite()
        return
      } catch {
        switch error {
        case .leaseLost: throw .with(.lost)
        case .refused(let message):
          // Repeating changes nothing, and a run that cannot be recorded must not go on, except to undo.
          let write = pending
          pending = LogWrite()
          if isUndoing { return }
          throw .with(await refused(write, message))
        case .unavailable(let message):
          let failure = StepFailure(
            .wait,
            "the database did not take the step log: \(message)",
            hint: "Look at PostgreSQL's log; belfry goes on by itself when it answers."
          )
          if !insisting && !context.mayAct() { throw .with(.lost) }
          if Task.isCancelled || context.isDraining() { throw .with(.unfinished(failure)) }
        }
      }
      await context.pause(pause)
      pause = min(pause * 2, .seconds(30))
    }
  }
}
