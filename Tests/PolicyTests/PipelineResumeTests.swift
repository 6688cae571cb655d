import Pipeline
import Posts
import Testing

@Suite("A run that another process began")
struct PipelineResumeTests {
  /// What the log of a whole run held after its first `commits` commits.
  private func records(after commits: Int) async -> [StepRecord] {
    let script = Script()
    let log = script.log(faults: [commits + 1: .lost])
    _ = await script.run(log: log)
    return log.records
  }

  @Test("Completed steps are not executed again, and a started one gets its recorded input")
  func beforePivot() async {
    let first = Script()
    #expect(await first.run("other", resuming: await records(after: 1)).word == "completed")
    #expect(first.deeds.prefix(2) == ["run a(seed)", "run b(other+a1)"])

    let second = Script()
    #expect(await second.run("other", resuming: await records(after: 2)).word == "completed")
    #expect(second.deeds.prefix(2) == ["run b(seed+a1)", "run p(other+a1+b1)"])
    #expect(second.commits == ["b started | before b"] + wholeRun.dropFirst(2))
  }

  @Test("A pivot that was started and did happen is recorded, not repeated")
  func pivotHappened() async {
    let script = Script(.init(answer: .happened))
    #expect(await script.run("other", resuming: await records(after: 3)).word == "completed")
    #expect(
      script.deeds.prefix(3) == ["ask p", "run x(other+a1+b1+p1)", "run y(other+a1+b1+p1+x1)"]
    )
    #expect(script.commits == Array(wholeRun.dropFirst(3)))
  }

  @Test("A pivot that provably did not happen is carried out, with its recorded input")
  func pivotDidNotHappen() async {
    let script = Script(.init(answer: .didNotHappen))
    #expect(await script.run("other", resuming: await records(after: 3)).word == "completed")
    #expect(
      script.lines.prefix(3) == ["ask p", "commit p started | before p", "run p(seed+a1+b1)"]
    )
  }

  @Test("A pivot about which nothing is known is left alone: no write, no undo, no second try")
  func pivotUndecided() async {
    let script = Script(.init(answer: .undecided))
    let result = await script.run("other", resuming: await records(after: 3))
    #expect(result.word == "unknown unknown")
    #expect(result.failure?.message == "cannot tell")
    #expect(script.lines == ["ask p", "free b", "free a"])
  }

  @Test("A pivot recorded as unknown is asked about again", arguments: [true, false])
  func pivotUnknown(happened: Bool) async {
    var records = await records(after: 3)
    records[2].phase = .unknown
    let script = Script(.init(answer: happened ? .happened : .undecided))
    let result = await script.run("other", resuming: records)
    #expect(result.word == (happened ? "completed" : "unknown unknown"))
    #expect(script.lines.first == "ask p")
    #expect(!script.deeds.contains { $0.hasPrefix("run p") || $0.hasPrefix("undo") })
  }

  @Test("After the pivot the run goes forward from the recorded input", arguments: [4, 5])
  func afterPivot(commits: Int) async {
    let script = Script()
    #expect(await script.run("other", resuming: await records(after: commits)).word == "completed")
    let expected = [
      4: ["run x(seed+a1+b1+p1)", "run y(other+a1+b1+p1+x1)"],
      5: ["run y(seed+a1+b1+p1+x1)"],
    ]
    #expect(script.deeds.filter { $0.hasPrefix("run") } == expected[commits])
  }

  @Test("A run whose every step is recorded only gives back what it used")
  func allDone() async {
    let script = Script()
    let result = await script.run("other", resuming: await records(after: 6))
    guard case .completed(let state) = result else {
      Issue.record("the run ended as \(result.word)")
      return
    }
    #expect(state == ["other", "a1", "b1", "p1", "x1", "y1"])
    #expect(script.lines == ["free y", "free x", "free p", "free b", "free a"])
  }

  @Test("A run that goes on and then fails undoes what the other process did, from the records")
  func failsAfterResuming() async {
    let script = Script(.init(failures: [.b: [fault(.permanent)]]))
    let result = await script.run("other", resuming: await records(after: 2))
    #expect(result.word == "failed permanent at b")
    #expect(script.deeds == ["run b(seed+a1)", "undo b(-)", "undo a(a1)"])
  }

  @Test("Draining begins before the pivot of a run that goes on: what was done is undone")
  func drainsAfterResuming() async {
    let script = Script(.init(drainsAfter: "run b(seed+a1)"))
    #expect(await script.run("other", resuming: await records(after: 2)).word == "interrupted")
    #expect(script.deeds == ["run b(seed+a1)", "undo b(b1)", "undo a(a1)"])
  }

  // MARK: Records of another version

  @Test("A step of another name at a recorded position is refused, and nothing is touched")
  func foreignName() async throws {
    var records = await records(after: 2)
    records[0] = renamed(records[0], "Elsewhere")
    let script = Script()
    let result = await script.run(resuming: records)
    #expect(result.word == "failed configuration at Elsewhere, not all undone")
    #expect(
      result.failure?.message
        == "the step log has Elsewhere at position 0, Test version 3 does not"
    )
    #expect(script.lines == [])
  }

  @Test("Foreign records of a run whose pivot began are never taken for a failure")
  func foreignAfterPivot() async {
    var records = await records(after: 3)
    records[0] = renamed(records[0], "Elsewhere")
    let script = Script()
    #expect(await script.run(resuming: records).word == "unknown configuration")
    #expect(script.lines == [])
  }

  @Test("More steps than the pipeline has, and gaps between them, are refused too")
  func oddOrdinals() async {
    var tooMany = await records(after: 6)
    let extra = StepRecord(ordinal: 5, name: "z", kind: .retriable, phase: .started, input: [])
    tooMany.append(extra)
    #expect(await Script().run(resuming: tooMany).word == "unknown configuration")
    let gap = Array(await records(after: 2).dropFirst())
    #expect(await Script().run(resuming: gap).word == "failed configuration at b, not all undone")
  }

  @Test("A recorded output that cannot be read: a failure before the pivot, unknown after it")
  func unreadable() async {
    var before = await records(after: 2)
    before[0].output = Array("[]".utf8)
    let early = await Script().run(resuming: before)
    #expect(early.word == "failed configuration at a, not all undone")
    #expect(
      early.failure?.message == "the step log of a was written by another version of the pipeline"
    )
    var after = await records(after: 4)
    after[2].output = Array("[]".utf8)
    let script = Script()
    #expect(await script.run(resuming: after).word == "unknown configuration")
    #expect(script.lines == [])
  }

  // MARK: Undoing what a dead process left

  private func undo(_ records: [StepRecord], _ script: Script) async -> RunResult<[String]> {
    await script.pipeline.undo(
      records,
      because: fault(.wait),
      state: ["other"],
      log: script.log(records),
      context: script.context
    )
  }

  @Test("A dead run is undone from its records in reverse order")
  func undoes() async {
    let script = Script()
    #expect(await undo(await records(after: 2), script).word == "failed wait at b")
    #expect(
      script.lines == [
        "undo b(-)", "undo a(a1)", "commit b compensated, a compensated | undone b, undone a",
      ]
    )
  }

  @Test("Undoing goes on where a dead process stopped: stuck is tried again, undone is not")
  func undoesTheRest() async {
    var records = await records(after: 3)
    records[2].phase = .failed
    records[1].phase = .compensated
    records[0].phase = .stuck
    let script = Script()
    #expect(await undo(records, script).word == "failed wait at p")
    #expect(script.lines == ["undo a(a1)", "commit a compensated | undone a"])
  }

  @Test("Nothing recorded means nothing to undo and nothing to write")
  func undoesNothing() async {
    let script = Script()
    #expect(await undo([], script).word == "failed wait at Test")
    #expect(script.lines == [])
  }

  @Test("Records of another version are not undone by steps that did not make them")
  func undoesNothingForeign() async {
    var records = await records(after: 2)
    records[0] = renamed(records[0], "Elsewhere")
    let script = Script()
    #expect(await undo(records, script).word == "failed configuration at Elsewhere, not all undone")
    #expect(script.lines == [])
  }

  private func renamed(_ record: StepRecord, _ name: StepName) -> StepRecord {
    StepRecord(
      ordinal: record.ordinal,
      name: name,
      kind: record.kind,
      phase: record.phase,
      input: record.input,
      output: record.output
    )
  }
}
