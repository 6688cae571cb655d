import Pipeline
import Posts
import Testing

@Suite("A run whose log, lease or process goes away")
struct PipelineLossTests {
  // MARK: The log cannot be written

  @Test("Before the pivot nothing is done until the log has taken the start", arguments: [1, 2, 3])
  func logAway(write: Int) async {
    let script = Script()
    let log = script.log(faults: [write: .unreachable, write + 1: .unreachable])
    #expect(await script.run(log: log).word == "completed")
    #expect(script.commits == wholeRun)
    let pauses = script.lines.indices.filter { script.lines[$0].hasPrefix("pause") }
    #expect(pauses.map { script.lines[$0] } == ["pause 0.1 s", "pause 0.2 s"])
    #expect(script.lines[(pauses.last ?? 0) + 1] == "commit \(wholeRun[write - 1])")
  }

  @Test("The pauses between writes grow up to half a minute")
  func logAwayForLong() async {
    let script = Script()
    let faults = Dictionary(uniqueKeysWithValues: (1...11).map { ($0, FaultOfLog.unreachable) })
    #expect(await script.run(log: script.log(faults: faults)).word == "completed")
    #expect(script.lines.prefix(11).suffix(3) == ["pause 25.6 s", "pause 30.0 s", "pause 30.0 s"])
  }

  @Test(
    "When trust ends while the log is away before the pivot, the run stops and touches nothing",
    arguments: [1, 2, 3]
  )
  func logAwayAndTrustEnds(write: Int) async {
    let script = Script(.init(trustEndsAfter: "pause 0.4 s"))
    let faults = Dictionary(uniqueKeysWithValues: (write...9).map { ($0, FaultOfLog.unreachable) })
    let log = script.log(faults: faults)
    #expect(await script.run(log: log).word == "lost")
    #expect(script.lines.last == "pause 0.4 s")
    #expect(script.commits == Array(wholeRun.prefix(write - 1)))
    #expect(script.deeds.filter { $0.hasPrefix("run") }.count == write - 1)
  }

  @Test(
    "After the pivot the log is written to until it takes it, trusted or not",
    arguments: [4, 5, 6]
  )
  func logAwayAfterPivot(write: Int) async {
    let script = Script(.init(trustEndsAfter: "pause 0.1 s"))
    let faults = Dictionary(
      uniqueKeysWithValues: (write..<(write + 5)).map { ($0, FaultOfLog.unreachable) }
    )
    #expect(await script.run(log: script.log(faults: faults)).word == "completed")
    #expect(script.commits == wholeRun)
    #expect(script.deeds.filter { $0.hasPrefix("pause") }.count == 5)
  }

  @Test("A write whose answer is lost is repeated, and nothing is done twice", arguments: 1...6)
  func answerLost(write: Int) async {
    let script = Script()
    let log = script.log(faults: [write: .answerLost])
    #expect(await script.run(log: log).word == "completed")
    #expect(script.deeds.filter { $0.hasPrefix("run") }.count == 5)
    #expect(log.records.map(\.phase) == Array(repeating: .completed, count: 5))
    #expect(script.commits.count == 7)
    #expect(script.commits[write - 1] == script.commits[write])
  }

  @Test(
    "The process ends while the log is away: what happened is left to recovery",
    arguments: 2...6
  )
  func logAwayWhileDraining(write: Int) async {
    let script = Script(.init(drainsAfter: "pause 0.2 s"))
    let faults = Dictionary(uniqueKeysWithValues: (write...20).map { ($0, FaultOfLog.unreachable) })
    #expect(await script.run(log: script.log(faults: faults)).word == "unfinished wait")
    #expect(script.lines.last == "pause 0.2 s", "nothing is undone, and no further step begins")
  }

  @Test("A run that could not undo anything does not claim to be merely interrupted")
  func drainingWithoutLog() async {
    let script = Script(.init(drainsAfter: "run a(seed)"))
    let faults = Dictionary(uniqueKeysWithValues: (2...20).map { ($0, FaultOfLog.unreachable) })
    #expect(await script.run(log: script.log(faults: faults)).word == "unfinished wait")
    #expect(script.lines.last == "run a(seed)")
  }

  @Test("A log that refuses a write before the pivot: what was done is undone, for good")
  func refusedBeforePivot() async {
    let undone = [
      ["undo a(-)"],
      ["run a(seed)", "undo b(-)", "undo a(a1)"],
      ["run a(seed)", "run b(seed+a1)", "undo b(b1)", "undo a(a1)"],
    ]
    for (write, name) in [(1, "a"), (2, "b"), (3, "p")] {
      let script = Script()
      let result = await script.run(log: script.log(faults: [write: .refused]))
      #expect(result.word == "failed permanent at \(name)")
      #expect(result.failure?.message == "the database refused to record a step: no such column")
      #expect(script.deeds == undone[write - 1], "the pivot was never sent")
    }
  }

  @Test("A log that refuses a write after the pivot: the outcome is open", arguments: [4, 5, 6])
  func refusedAfterPivot(write: Int) async {
    let script = Script()
    #expect(await script.run(log: script.log(faults: [write: .refused])).word == "unknown unknown")
    #expect(!script.deeds.contains { $0.hasPrefix("undo") })
    #expect(script.deeds.suffix(3) == ["free p", "free b", "free a"])
  }

  @Test("A log that refuses to record a failure or an undoing does not stop the undoing")
  func refusedWhileUndoing() async {
    for write in [3, 4] {
      let script = Script(.init(failures: [.b: [fault(.wait)]], stuck: [.b]))
      let result = await script.run(log: script.log(faults: [write: .refused]))
      #expect(
        result.word == "failed wait at b, not all undone",
        "the first failure is the one to tell"
      )
      #expect(script.deeds.suffix(2) == ["undo b(-)", "undo a(a1)"])
    }
  }

  // MARK: The lease is lost

  @Test("The lease is lost at a write: nothing is done or undone afterwards", arguments: 1...6)
  func leaseLost(write: Int) async {
    let script = Script()
    let log = script.log(faults: [write: .lost])
    #expect(await script.run(log: log).word == "lost")
    #expect(script.commits == Array(wholeRun.prefix(write - 1)))
    let deeds = script.deeds
    #expect(deeds.count == write - 1)
    #expect(deeds.allSatisfy { $0.hasPrefix("run") })
  }

  @Test("The lease is lost when a failure is recorded: nothing is undone")
  func leaseLostAtFailure() async {
    let script = Script(.init(failures: [.b: [fault(.wait)]]))
    #expect(await script.run(log: script.log(faults: [3: .lost])).word == "lost")
    #expect(script.lines.last == "run b(seed+a1)")
  }

  @Test("The lease is lost when the pivot's unknown outcome is recorded: the successor asks")
  func leaseLostAtDoubt() async {
    let script = Script(.init(failures: [.p: [fault(.unknown)]]))
    #expect(await script.run(log: script.log(faults: [4: .lost])).word == "lost")
    #expect(script.lines.last == "run p(seed+a1+b1)")
  }

  @Test("The lease is lost when the undoing is recorded: the successor does it again")
  func leaseLostAfterUndo() async {
    let script = Script(.init(failures: [.b: [fault(.wait)]]))
    #expect(await script.run(log: script.log(faults: [4: .lost])).word == "lost")
    #expect(script.lines.suffix(2) == ["undo b(-)", "undo a(a1)"])
  }

  @Test(
    "Trust ends while the start is committed: the step is not carried out",
    arguments: [0, 1]
  )
  func trustEndsAtCommit(step: Int) async {
    let script = Script(.init(trustEndsAfter: "commit \(wholeRun[step])"))
    #expect(await script.run().word == "lost")
    #expect(script.lines.last == "commit \(wholeRun[step])")
  }

  @Test("Trust ends after the pivot: recording goes on, the fence decides")
  func trustEndsAfterPivot() async {
    let script = Script(.init(trustEndsAfter: "run p(seed+a1+b1)"))
    #expect(await script.run().word == "completed")
    #expect(script.commits == wholeRun)
  }

  @Test("Trust ends while steps are undone: the rest is the successor's, and the run says so")
  func trustEndsWhileUndoing() async {
    let script = Script(.init(failures: [.b: [fault(.wait)]], trustEndsAfter: "undo b(-)"))
    #expect(await script.run().word == "lost")
    #expect(script.lines.last == "undo b(-)")
  }

  @Test("Trust ended before a failing step returned: nothing is undone")
  func trustEndsWhileFailing() async {
    let script = Script(.init(failures: [.b: [fault(.wait)]], trustEndsAfter: "run b(seed+a1)"))
    #expect(await script.run().word == "lost")
    #expect(script.deeds == ["run a(seed)", "run b(seed+a1)"])
  }

  // MARK: The process wants to end

  @Test("Draining before the first step: nothing is done and nothing is recorded")
  func drainAtFirst() async {
    let script = Script()
    script.drain()
    #expect(await script.run().word == "interrupted")
    #expect(script.lines == [])
  }

  @Test("Draining before the pivot: what was done is undone, and it is an interruption")
  func drainBeforePivot() async {
    let script = Script(.init(drainsAfter: "run b(seed+a1)"))
    #expect(await script.run().word == "interrupted")
    #expect(
      script.lines.suffix(4) == [
        "commit b completed | after b", "undo b(b1)", "undo a(a1)",
        "commit b compensated, a compensated | undone b, undone a",
      ]
    )
  }

  @Test("A step that stops waiting because of the drain is no failure of the post")
  func drainInsideStep() async {
    let script = Script(
      .init(failures: [.b: [fault(.wait)]], drainsAfter: "run b(seed+a1)")
    )
    #expect(await script.run().word == "interrupted")
    #expect(script.deeds.suffix(2) == ["undo b(-)", "undo a(a1)"])
  }

  @Test("A real refusal stays one although the process ends")
  func refusalWhileDraining() async {
    let script = Script(
      .init(failures: [.b: [fault(.permanent)]], drainsAfter: "run b(seed+a1)")
    )
    #expect(await script.run().word == "failed permanent at b")
  }

  @Test(
    "Draining during the pivot or after it: the run finishes",
    arguments: ["run p(seed+a1+b1)", "run x(seed+a1+b1+p1)"]
  )
  func drainAfterPivot(line: String) async {
    let script = Script(.init(drainsAfter: line))
    #expect(await script.run().word == "completed")
    #expect(script.commits == wholeRun)
  }

  @Test("After the pivot a failing step is not repeated for ever once the process wants to end")
  func drainWhileRepeating() async {
    let script = Script(
      .init(failures: [.x: Array(repeating: fault(.wait), count: 9)], drainsAfter: "pause 1.0 s")
    )
    #expect(await script.run().word == "unfinished wait")
    #expect(script.lines.last == "pause 1.0 s")
    #expect(script.commits.last == wholeRun[3])
  }

  private typealias FaultOfLog = MemoryStepLog<String>.Fault
}
