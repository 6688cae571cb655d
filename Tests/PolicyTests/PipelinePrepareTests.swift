import Pipeline
import Posts
import Testing

@Suite("What a run has ready before a step acts")
struct PipelinePrepareTests {
  @Test(
    "Up to the pivot a step is prepared before its start is committed, after the pivot behind it"
  )
  func order() async {
    let script = Script(.init(tellsPreparing: true))
    #expect(await script.run().word == "completed")
    #expect(
      script.lines.filter { !$0.hasPrefix("free") } == [
        "ready a", "commit a started | before a", "run a(seed)",
        "ready b", "commit a completed, b started | after a, before b", "run b(seed+a1)",
        "ready p", "commit b completed, p started | after b, before p", "run p(seed+a1+b1)",
        "commit p completed, x started | after p, before x", "ready x", "run x(seed+a1+b1+p1)",
        "commit x completed, y started | after x, before y", "ready y", "run y(seed+a1+b1+p1+x1)",
        "commit y completed | after y",
      ]
    )
  }

  @Test("A first step that cannot be prepared leaves no trace")
  func nothingBegan() async {
    let script = Script(.init(unprepared: [.a: [fault(.account)]]))
    #expect(await script.run().word == "failed account at a")
    #expect(script.lines == [])
  }

  @Test("A pivot that cannot be prepared was never marked, and what stands before it is undone")
  func unpreparedPivot() async {
    let script = Script(.init(unprepared: [.p: [fault(.wait)]]))
    let log = script.log()
    #expect(await script.run(log: log).word == "failed wait at p")
    #expect(
      script.lines.suffix(4) == [
        "commit b completed | after b", "undo b(b1)", "undo a(a1)",
        "commit b compensated, a compensated | undone b, undone a",
      ]
    )
    #expect(log.records.map(\.name) == ["a", "b"])
  }

  @Test(
    "A pivot that was asked about, did not happen and cannot be prepared again is recorded as failed"
  )
  func unpreparedAgain() async {
    let dead = Script()
    let log = dead.log(faults: [4: .lost])
    #expect(await dead.run(log: log).word == "lost")
    #expect(log.records.last?.phase == .started)

    let script = Script(.init(unprepared: [.p: [fault(.wait)]], answer: .didNotHappen))
    let second = script.log(log.records)
    #expect(await script.run(resuming: log.records, log: second).word == "failed wait at p")
    #expect(script.commits.first == "p failed | refused p")
    #expect(second.records.map(\.phase) == [.compensated, .compensated, .failed])
  }

  @Test("A step after the pivot that cannot be prepared is repeated until it is done")
  func unpreparedAfterThePivot() async {
    let script = Script(.init(unprepared: [.x: [fault(.wait), fault(.wait)]]))
    #expect(await script.run().word == "completed")
    #expect(script.commits == wholeRun)
    #expect(script.deeds.filter { $0.hasPrefix("pause") } == ["pause 0.5 s", "pause 1.0 s"])
  }

  @Test("A process that is told to end while a step is prepared is interrupted, not failed")
  func drained() async {
    let script = Script(
      .init(unprepared: [.b: [fault(.wait)]], tellsPreparing: true, drainsAfter: "ready b")
    )
    #expect(await script.run().word == "interrupted")
    #expect(script.deeds == ["ready a", "run a(seed)", "ready b", "undo a(a1)"])
  }

  @Test("Trust that ends while the mark is committed: the pivot does not act, and the log says so")
  func trustEndsAtTheMark() async {
    let script = Script(.init(trustEndsAfter: "commit \(wholeRun[2])"))
    let log = script.log()
    #expect(await script.run(log: log).word == "lost")
    #expect(script.commits == Array(wholeRun.prefix(3)) + ["p failed | refused p"])
    #expect(!script.deeds.contains("run p(seed+a1+b1)"))
    #expect(log.records.last?.phase == .failed)
  }

  // MARK: A step that was done before the run

  private func begun(_ script: Script) throws -> [StepRecord] {
    [try .done(DoneStep.self, .init(text: "asked"), .init(text: "made"))]
  }

  @Test("A run that was begun goes on behind the step that was done, and does not repeat it")
  func goesOn() async throws {
    let script = Script()
    let records = try begun(script)
    let log = script.log(records)
    let result = await script.begunPipeline.run(
      ["seed"],
      resuming: records,
      log: log,
      context: script.context
    )
    #expect(result.word == "completed")
    #expect(script.commits == wholeRun)
    #expect(log.records.map(\.phase) == Array(repeating: .completed, count: 6))
  }

  @Test("When a later step fails, the step that was done before the run is undone last")
  func undoesWhatBeganIt() async throws {
    let script = Script(.init(failures: [.b: [fault(.permanent)]]))
    let records = try begun(script)
    let result = await script.begunPipeline.run(
      ["seed"],
      resuming: records,
      log: script.log(records),
      context: script.context
    )
    #expect(result.word == "failed permanent at b")
    #expect(script.deeds.suffix(3) == ["undo b(-)", "undo a(a1)", "undo done(made)"])
    #expect(
      script.commits.last
        == "b compensated, a compensated, done compensated | undone b, undone a, undone done"
    )
  }

  @Test("A run that the log does not hold the beginning of is a defect, and does nothing")
  func withoutItsBeginning() async {
    let script = Script()
    let result = await script.begunPipeline.run(
      ["seed"],
      log: script.log(),
      context: script.context
    )
    #expect(result.word == "failed configuration at done")
    #expect(script.lines == [])
  }

  @Test("What cannot be undone or recorded as undone is said in the result")
  func leftBehind() async {
    let stuck = Script(.init(failures: [.b: [fault(.wait)]], stuck: [.a]))
    #expect(await stuck.run().word == "failed wait at b, not all undone")
    let refused = Script(.init(failures: [.b: [fault(.wait)]]))
    let log = refused.log(faults: [4: .refused])
    #expect(await refused.run(log: log).word == "failed wait at b, not all undone")
  }
}
