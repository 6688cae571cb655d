import FoundationEssentials
import Pipeline
import Testing

/// What a step log is made for, with the means to look into it and to disturb it.
protocol StepLogFixture {
  associatedtype Log: StepLog
  /// The log of one run, empty at first.
  var log: Log { get }
  /// A change that the log can commit beside steps, and that is safe to repeat.
  var change: Log.Change { get }
  /// What is durably recorded, by ordinal.
  func records() async throws -> [StepRecord]
  /// Whether `change` is in force.
  func isChanged() async throws -> Bool
  /// Lets somebody else take the run over.
  func takeAway() async throws
  /// Makes the log unreachable.
  func disconnect() async throws
  /// Makes it reachable again.
  func reconnect() async throws
}

/// What every step log promises; run against the test double and against PostgreSQL alike.
///
/// This file is compiled into both test targets.
struct StepLogConformance<Fixture: StepLogFixture> {
  let make: () async throws -> Fixture

  private func record(
    _ ordinal: Int,
    _ phase: StepPhase,
    input: String = #"{"caption":"Sea, \"sun\" & ünïcode 🌊","n":1.5}"#,
    output: String? = nil,
    error: String? = nil
  ) -> StepRecord {
    StepRecord(
      ordinal: ordinal,
      name: StepName(rawValue: "Step\(ordinal)"),
      kind: ordinal == 1 ? .pivot : .compensatable,
      phase: phase,
      input: Array(input.utf8),
      output: output.map { Array($0.utf8) },
      error: error
    )
  }

  /// Runs every check.
  func verify() async throws {
    try await recordsWhatIsWritten()
    try await commitsStepsAndChangesTogether()
    try await replacesAPhaseByTheNext()
    try await canRepeatAWrite()
    try await refusesAllOrNothing()
    try await tellsThatItIsUnreachable()
    try await tellsThatTheLeaseIsLost()
  }

  private func recordsWhatIsWritten() async throws {
    let fixture = try await make()
    let written = record(0, .started)
    try await fixture.log.write(LogWrite(records: [written]))
    let found = try await fixture.records()
    try #require(found.count == 1)
    #expect(found[0].name == written.name)
    #expect(found[0].kind == written.kind)
    #expect(found[0].phase == .started)
    #expect(found[0].output == nil)
    #expect(found[0].error == nil)
    #expect(try Sample(found[0].input) == Sample(written.input))
    #expect(try await !fixture.isChanged())
  }

  private func commitsStepsAndChangesTogether() async throws {
    let fixture = try await make()
    try await fixture.log.write(LogWrite(records: [record(0, .started)]))
    let completion = record(0, .completed, output: #"{"caption":"out","n":2}"#)
    let write = LogWrite(records: [completion, record(1, .started)], changes: [fixture.change])
    try await fixture.log.write(write)
    let found = try await fixture.records()
    #expect(found.map(\.ordinal) == [0, 1])
    #expect(found.map(\.phase) == [.completed, .started])
    #expect(try found[0].output.map(Sample.init) == Sample(caption: "out", n: 2))
    #expect(try await fixture.isChanged())
  }

  private func replacesAPhaseByTheNext() async throws {
    let fixture = try await make()
    try await fixture.log.write(LogWrite(records: [record(0, .started)]))
    try await fixture.log.write(LogWrite(records: [record(0, .failed, error: "it's refused")]))
    #expect(try await fixture.records().map(\.phase) == [.failed])
    #expect(try await fixture.records().map(\.error) == ["it's refused"])
    try await fixture.log.write(LogWrite(records: [record(0, .compensated)]))
    #expect(try await fixture.records().map(\.phase) == [.compensated])
    #expect(try await fixture.records().map(\.error) == [nil], "no error of an earlier phase stays")
  }

  private func canRepeatAWrite() async throws {
    let fixture = try await make()
    let completion = record(0, .completed, output: #"{"caption":"","n":0}"#)
    let write = LogWrite(records: [completion, record(1, .started)], changes: [fixture.change])
    try await fixture.log.write(write)
    let once = try await fixture.records()
    try await fixture.log.write(write)
    #expect(try await fixture.records() == once)
    #expect(try await fixture.isChanged())
  }

  private func refusesAllOrNothing() async throws {
    let fixture = try await make()
    // A completed step without an output cannot be resumed from, so no log may hold one.
    let write = LogWrite(
      records: [record(0, .started), record(1, .completed)],
      changes: [fixture.change]
    )
    #expect(try await refusal(of: write, fixture) == .refused)
    #expect(try await fixture.records() == [])
    #expect(try await !fixture.isChanged())
  }

  private func tellsThatItIsUnreachable() async throws {
    let fixture = try await make()
    try await fixture.log.write(LogWrite(records: [record(0, .started)]))
    let next = LogWrite(records: [record(1, .started)], changes: [fixture.change])
    try await fixture.disconnect()
    #expect(try await refusal(of: next, fixture) == .unavailable)
    try await fixture.reconnect()
    #expect(try await fixture.records().map(\.ordinal) == [0])
    try await fixture.log.write(next)
    #expect(try await fixture.records().map(\.ordinal) == [0, 1])
    #expect(try await fixture.isChanged())
  }

  private func tellsThatTheLeaseIsLost() async throws {
    let fixture = try await make()
    try await fixture.log.write(LogWrite(records: [record(0, .started)]))
    try await fixture.takeAway()
    let late = LogWrite(records: [record(0, .failed)], changes: [fixture.change])
    #expect(try await refusal(of: late, fixture) == .leaseLost)
    #expect(try await refusal(of: late, fixture) == .leaseLost, "and stays lost")
    #expect(try await fixture.records().map(\.phase) == [.started])
    #expect(try await !fixture.isChanged())
  }

  private enum Refusal { case leaseLost, unavailable, refused }

  private func refusal(
    of write: LogWrite<Fixture.Log.Change>,
    _ fixture: Fixture
  ) async throws -> Refusal? {
    do throws(StepLogError) {
      try await fixture.log.write(write)
      return nil
    } catch {
      return switch error {
      case .leaseLost: .leaseLost
      case .unavailable: .unavailable
      case .refused: .refused
      }
    }
  }
}

/// JSON compared by its meaning: a log may store it in another notation.
private struct Sample: Codable, Equatable {
  var caption: String
  var n: Double
}

extension Sample {
  init(_ json: [UInt8]) throws {
    self = try JSONDecoder().decode(Sample.self, from: Data(json))
  }
}
