import Posts

/// The state of one run: the records so far and what still has to be committed with the next start.
///
/// Each part of the run answers how the run ended with it, or nil when the run goes on.
struct Run<State: Sendable, Change: Sendable, Log: StepLog> where Log.Change == Change {
  typealias End = RunResult<State>
  typealias JSON = [UInt8]

  let pipeline: Pipeline<State, Change>
  var state: State
  var records: [StepRecord]
  let log: Log
  let context: StepContext
  /// Completion of the last step, committed together with the start of the next.
  var pending = LogWrite<Change>()
  /// Set once undoing has begun, after which no refusal of the log stops it.
  var isUndoing = false
  /// Whether the log refused to take what was undone.
  var isUndoingUnrecorded = false

  mutating func go() async -> End {
    if let refusal = foreignRecords() { return refusal }
    for ordinal in pipeline.steps.indices {
      if let end = await perform(ordinal) { return end }
    }
    if let end = await commitPending(insisting: true) { return end }
    await cleanUpAll()
    return .completed(state)
  }

  /// The refusal of a run with a recorded name that differs from the code's at that position: another
  /// version wrote it.
  func foreignRecords() -> End? {
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
        return pivotMayHaveActed
          ? .unknown(failure) : .failed(failure, at: record.name, isUndone: false)
      }
    }
    return nil
  }

  private var pivotMayHaveActed: Bool {
    records.contains { $0.kind == .pivot && $0.phase != .failed }
  }

  // MARK: Going forward

  private mutating func perform(_ ordinal: Int) async -> End? {
    let step = pipeline.steps[ordinal]
    guard ordinal < records.count else { return await begin(ordinal) }
    let record = records[ordinal]
    if record.phase == .completed, let output = record.output { return await apply(step, output) }
    guard let action = step.action else { return await undo(missing(step), at: step.name) }
    if step.kind == .pivot, record.phase == .started || record.phase == .unknown {
      switch await action.reconcile(record.input, context) {
      case .happened(let output): return await complete(ordinal, output)
      case .undecided(let failure):
        await cleanUpAll()
        return .unknown(failure)
      case .didNotHappen: break
      }
    }
    return await execute(ordinal, action, input: record.input)
  }

  /// Does a step of which the log holds nothing yet.
  private mutating func begin(_ ordinal: Int) async -> End? {
    let step = pipeline.steps[ordinal]
    if step.kind != .retriable && context.isDraining() { return await interrupted() }
    guard let action = step.action else { return await undo(missing(step), at: step.name) }
    let input: JSON
    do {
      input = try action.input(state)
    } catch {
      return await notBegun(ordinal, error)
    }
    return await execute(ordinal, action, input: input)
  }

  private func missing(_ step: Step<State, Change>) -> StepFailure {
    StepFailure(
      .configuration,
      "\(pipeline.name) begins with \(step.name), and the step log does not hold it as completed",
      hint: "This is a defect of belfry; please report it with this message."
    )
  }

  private mutating func execute(
    _ ordinal: Int,
    _ action: Step<State, Change>.Action,
    input: JSON
  ) async -> End? {
    let step = pipeline.steps[ordinal]
    if step.kind == .retriable { return await repeatUntilDone(ordinal, action, input: input) }
    let effect: Step<State, Change>.Effect
    let change: Change?
    do throws(StepFailure) {
      effect = try await action.prepare(input, context)
      change = try action.changeBefore(input)
    } catch {
      return await notBegun(ordinal, error)
    }
    if let end = await start(ordinal, input, change, insisting: false) { return end }
    // The commit may have taken long. Outside the trust window nothing is sent, and that this step did not
    // act is worth recording: the fence decides whether it still may be.
    guard context.mayAct() else {
      return step.kind == .pivot ? await giveUp(ordinal, untrusted) : .lost
    }
    do {
      return await complete(ordinal, try await effect(context))
    } catch {
      return await giveUp(ordinal, error)
    }
  }

  private var untrusted: StepFailure {
    StepFailure(
      .wait,
      "the lease was not renewed in time",
      hint: "Look at PostgreSQL's log; belfry goes on by itself when it answers."
    )
  }

  /// Does a step after the pivot.
  ///
  /// It is prepared after its start is committed: that commit records what the pivot answered.
  private mutating func repeatUntilDone(
    _ ordinal: Int,
    _ action: Step<State, Change>.Action,
    input: JSON
  ) async -> End? {
    let change: Change?
    do { change = try action.changeBefore(input) } catch { return .unknown(error) }
    if let end = await start(ordinal, input, change, insisting: true) { return end }
    var pause = Duration.milliseconds(500)
    while true {
      do throws(StepFailure) {
        let effect = try await action.prepare(input, context)
        return await complete(ordinal, try await effect(context))
      } catch {
        guard !Task.isCancelled else { return .unfinished(error) }
        await context.pause(pause)
        if context.isDraining() { return .unfinished(error) }
        pause = min(pause * 2, .seconds(30))
      }
    }
  }

  /// Commits that the step is about to act.
  private mutating func start(
    _ ordinal: Int,
    _ input: JSON,
    _ change: Change?,
    insisting: Bool
  ) async -> End? {
    let step = pipeline.steps[ordinal]
    note(
      StepRecord(ordinal: ordinal, name: step.name, kind: step.kind, phase: .started, input: input)
    )
    if let change { pending.changes.append(change) }
    return await commitPending(insisting: insisting)
  }

  private mutating func complete(_ ordinal: Int, _ output: JSON) async -> End? {
    let step = pipeline.steps[ordinal]
    var record = records[ordinal]
    record.phase = .completed
    record.output = output
    record.error = nil
    note(record)
    do {
      if let change = try step.action?.changeAfter(record.input, output) {
        pending.changes.append(change)
      }
    } catch {
      return step.kind == .compensatable ? await undo(error, at: step.name) : .unknown(error)
    }
    return await apply(step, output)
  }

  private mutating func apply(_ step: Step<State, Change>, _ output: JSON) async -> End? {
    do {
      try step.apply(&state, output)
      return nil
    } catch {
      return step.kind == .compensatable ? await undo(error, at: step.name) : .unknown(error)
    }
  }

  // MARK: Ending before the pivot

  /// A step failed before its start was recorded: it provably did not act.
  private mutating func notBegun(_ ordinal: Int, _ failure: StepFailure) async -> End {
    let step = pipeline.steps[ordinal]
    // An earlier process may have recorded the start.
    if ordinal < records.count { return await giveUp(ordinal, failure) }
    if step.kind == .retriable { return .unknown(failure) }
    if context.isDraining() && failure.failureClass == .wait { return await interrupted() }
    return await undo(failure, at: step.name)
  }

  /// A step before or at the pivot failed.
  private mutating func giveUp(_ ordinal: Int, _ failure: StepFailure) async -> End {
    let step = pipeline.steps[ordinal]
    var record = records[ordinal]
    record.error = failure.message
    // What may be live is not undone, at whichever step that came to light: a successor that found it
    // undone would begin anew, and publish a second time.
    record.phase = failure.failureClass == .unknown ? .unknown : .failed
    note(record)
    if record.phase == .unknown {
      if let end = await commitPending(insisting: true) { return end }
      await cleanUpAll()
      return .unknown(failure)
    }
    do {
      if let change = try step.action?.changeAfterRefusal(record.input) {
        pending.changes.append(change)
      }
    } catch {
      return .unknown(error)
    }
    if context.isDraining() && failure.failureClass == .wait && step.kind == .compensatable {
      return await interrupted()
    }
    return await undo(failure, at: step.name)
  }

  private mutating func interrupted() async -> End {
    let reason = StepFailure(
      .wait,
      "the service was stopped before the post was published",
      hint: "Nothing: it is published after the next start."
    )
    let result = await undo(reason, at: StepName(rawValue: pipeline.name))
    guard case .failed(_, _, let isUndone) = result else { return result }
    return .interrupted(isUndone: isUndone)
  }

  /// Undoes in reverse order; every undo runs, even if one fails.
  ///
  /// Without the lease's trust it stops: what it has undone is not recorded, the successor does it again.
  mutating func undo(_ failure: StepFailure, at name: StepName) async -> End {
    isUndoing = true
    if let end = await commitPending(insisting: false) { return end }
    isUndoingUnrecorded = false
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
    if let end = await commitPending(insisting: false) { return end }
    let isStuck = records.contains { $0.phase == .stuck }
    return .failed(failure, at: name, isUndone: !isStuck && !isUndoingUnrecorded)
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

  // MARK: The log

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
  private mutating func refused(_ write: LogWrite<Change>, _ message: String) async -> End {
    let refusedStart = write.records.contains { $0.kind == .pivot && $0.phase == .started }
    let pivotBegan = pivotMayHaveActed && !refusedStart
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
  private mutating func commitPending(insisting: Bool) async -> End? {
    guard !pending.isEmpty else { return nil }
    var pause = Duration.milliseconds(100)
    while true {
      do throws(StepLogError) {
        try await log.write(pending)
        pending = LogWrite()
        return nil
      } catch {
        switch error {
        case .leaseLost: return .lost
        case .refused(let message):
          // Repeating changes nothing, and a run that cannot be recorded must not go on, except to undo.
          let write = pending
          pending = LogWrite()
          guard isUndoing else { return await refused(write, message) }
          isUndoingUnrecorded = true
          return nil
        case .unavailable(let message):
          let failure = StepFailure(
            .wait,
            "the database did not take the step log: \(message)",
            hint: "Look at PostgreSQL's log; belfry goes on by itself when it answers."
          )
          if !insisting && !context.mayAct() { return .lost }
          if Task.isCancelled || context.isDraining() { return .unfinished(failure) }
        }
      }
      await context.pause(pause)
      pause = min(pause * 2, .seconds(30))
    }
  }
}
