import Pipeline
import Posts
import Testing

@Suite("A run of the pipeline")
struct PipelineRunTests {
  @Test("When nothing goes wrong, each completion is committed together with the next start")
  func happyPath() async throws {
    let script = Script()
    let log = script.log()
    let result = await script.run(log: log)
    guard case .completed(let state) = result else {
      Issue.record("the run ended as \(result.word)")
      return
    }
    #expect(state == ["seed", "a1", "b1", "p1", "x1", "y1"])
    #expect(
      script.lines == [
        "commit a started | before a",
        "run a(seed)",
        "commit a completed, b started | after a, before b",
        "run b(seed+a1)",
        "commit b completed, p started | after b, before p",
        "run p(seed+a1+b1)",
        "commit p completed, x started | after p, before x",
        "run x(seed+a1+b1+p1)",
        "commit x completed, y started | after x, before y",
        "run y(seed+a1+b1+p1+x1)",
        "commit y completed | after y",
        "free y", "free x", "free p", "free b", "free a",
      ]
    )
    #expect(log.records.map(\.phase) == Array(repeating: .completed, count: 5))
    #expect(
      log.records.map { String(decoding: $0.input, as: UTF8.self) }[1] == #"{"text":"seed+a1"}"#
    )
  }

  @Test("Every change of a step is told before it is committed")
  func observation() async {
    let script = Script()
    let context = StepContext(
      attempt: 1,
      mayAct: { true },
      isDraining: { false },
      pause: { _ in },
      observe: { script.write("told \($0.name) \($0.phase)") }
    )
    _ = await script.pipeline.run(["seed"], log: script.log(), context: context)
    let told = script.lines.filter { $0.hasPrefix("told") }
    #expect(told.count == 10)
    #expect(
      Array(script.lines.prefix(5)) == [
        "told a started", "commit a started | before a", "run a(seed)", "told a completed",
        "told b started",
      ]
    )
  }

  @Test("A cleanUp that fails does not take the success back, and the others still run")
  func releaseFails() async {
    let script = Script(.init(unreleased: [.b]))
    #expect(await script.run().word == "completed")
    #expect(script.lines.suffix(5) == ["free y", "free x", "free p", "free b", "free a"])
  }

  @Test("When the first step fails, it alone is undone")
  func firstStepFails() async {
    let script = Script(.init(failures: [.a: [fault(.permanent)]]))
    #expect(await script.run().word == "failed permanent at a")
    #expect(
      script.lines == [
        "commit a started | before a", "run a(seed)", "commit a failed | refused a", "undo a(-)",
        "commit a compensated | undone a",
      ]
    )
  }

  @Test(
    "When the second step fails, both are undone in reverse order, the failing one first",
    arguments: [FailureClass.wait, .newContainer, .permanent, .account, .limit]
  )
  func secondStepFails(failureClass: FailureClass) async {
    let script = Script(.init(failures: [.b: [fault(failureClass)]]))
    let log = script.log()
    #expect(await script.run(log: log).word == "failed \(failureClass) at b")
    #expect(
      script.lines.suffix(5) == [
        "run b(seed+a1)", "commit b failed | refused b", "undo b(-)", "undo a(a1)",
        "commit b compensated, a compensated | undone b, undone a",
      ]
    )
    #expect(log.records.map(\.phase) == [.compensated, .compensated])
    #expect(log.records[1].error == "a fault of class \(failureClass)", "the log keeps the reason")
  }

  @Test("A step before the pivot that finds a trace of an earlier publish undoes nothing")
  func traceOfAnEarlierPublish() async {
    let script = Script(.init(failures: [.b: [fault(.unknown)]]))
    let log = script.log()
    #expect(await script.run(log: log).word == "unknown unknown")
    #expect(script.lines.suffix(3) == ["run b(seed+a1)", "commit b unknown | ", "free a"])
    #expect(log.records.map(\.phase) == [.completed, .unknown])
  }

  @Test("Every undo runs although one fails, and the one that failed is recorded as stuck")
  func stuck() async {
    let script = Script(.init(failures: [.b: [fault(.wait)]], stuck: [.b]))
    let log = script.log()
    #expect(await script.run(log: log).word == "failed wait at b, not all undone")
    #expect(script.lines.suffix(3).first == "undo b(-)")
    #expect(script.commits.last == "b stuck, a compensated | undone a")
    #expect(log.records[1].error == "cannot undo b")
  }

  @Test("A definite refusal of the pivot is committed before anything is undone")
  func refusedPivot() async {
    let script = Script(.init(failures: [.p: [fault(.newContainer)]]))
    #expect(await script.run().word == "failed newContainer at p")
    #expect(
      script.lines.suffix(5) == [
        "run p(seed+a1+b1)", "commit p failed | refused p", "undo b(b1)", "undo a(a1)",
        "commit b compensated, a compensated | undone b, undone a",
      ]
    )
  }

  @Test("When nobody knows whether the pivot happened, nothing is undone and it is recorded so")
  func unknownPivot() async {
    let script = Script(.init(failures: [.p: [fault(.unknown)]]))
    let log = script.log()
    #expect(await script.run(log: log).word == "unknown unknown")
    #expect(
      script.lines.suffix(4) == [
        "run p(seed+a1+b1)", "commit p unknown | ", "free b", "free a",
      ]
    )
    #expect(log.records.map(\.phase) == [.completed, .completed, .unknown])
    #expect(!log.changes.contains("refused p"), "the mark stays")
  }

  @Test("After the pivot a step is repeated with growing pauses until it succeeds")
  func retriable() async {
    let failures = Array(repeating: fault(.permanent), count: 8)
    let script = Script(.init(failures: [.x: failures]))
    #expect(await script.run().word == "completed")
    #expect(
      script.lines.filter { $0.hasPrefix("pause") } == [
        "pause 0.5 s", "pause 1.0 s", "pause 2.0 s", "pause 4.0 s", "pause 8.0 s", "pause 16.0 s",
        "pause 30.0 s", "pause 30.0 s",
      ]
    )
    #expect(script.deeds.filter { $0 == "run x(seed+a1+b1+p1)" }.count == 9)
    #expect(script.deeds.allSatisfy { !$0.hasPrefix("undo") })
    #expect(script.commits == wholeRun)
  }

  @Test("An input that cannot be made fails the step before it is recorded")
  func inputFails() async {
    let script = Script()
    let pipeline = Pipeline<[String], String>("Test", version: 1)
      .step(
        RecordingStep<A>(script: script),
        input: { .init(text: $0.joined()) },
        apply: { $0.append($1.text) }
      )
      .step(
        RecordingStep<B>(script: script),
        input: { _ throws(StepFailure) in throw fault(.configuration) },
        apply: { _, _ in }
      )
    let result = await pipeline.run(["s"], log: script.log(), context: script.context)
    #expect(result.word == "failed configuration at b")
    #expect(script.deeds == ["run a(s)", "undo a(a1)"])
    #expect(
      script.commits == [
        "a started | before a", "a completed | after a", "a compensated | undone a",
      ]
    )
  }

  @Test("A pipeline names its steps in order")
  func names() {
    #expect(Script().pipeline.stepNames.map(\.rawValue) == ["a", "b", "p", "x", "y"])
  }

  @Test("A step that could not be undone any more is refused when the pipeline is built")
  func order() async {
    await #expect(processExitsWith: .failure) {
      let script = Script()
      let wrong = Pipeline<[String], String>("Wrong", version: 1)
      _ = wrong.step(
        RecordingStep<P>(script: script),
        input: { .init(text: $0.joined()) },
        apply: { $0.append($1.text) }
      ).step(
        RecordingStep<A>(script: script),
        input: { .init(text: $0.joined()) },
        apply: { $0.append($1.text) }
      )
    }
    await #expect(processExitsWith: .failure) {
      let script = Script()
      let pivot = Pipeline<[String], String>("Wrong", version: 1).step(
        RecordingStep<P>(script: script),
        input: { .init(text: $0.joined()) },
        apply: { $0.append($1.text) }
      )
      _ = pivot.step(
        RecordingStep<P>(script: script),
        input: { .init(text: $0.joined()) },
        apply: { $0.append($1.text) }
      )
    }
  }
}
