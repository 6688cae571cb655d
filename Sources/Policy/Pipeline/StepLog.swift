import FoundationEssentials
import Posts

/// How far a recorded step has come; the values of `post_steps.phase`.
public enum StepPhase: String, Codable, Sendable, CaseIterable {
  /// Committed before the step acts.
  case started
  /// It acted; the output is recorded.
  case completed
  /// It definitely did not act.
  case failed
  /// The pivot may have acted: so it ends itself, or a step before it that finds a trace of an earlier try.
  case unknown
  /// It was undone.
  case compensated
  /// Its undo failed; the janitor tries again.
  case stuck
}

/// One step as the log holds it.
///
/// Input and output are JSON.
public struct StepRecord: Hashable, Sendable {
  /// Position in the pipeline, from 0.
  public let ordinal: Int
  /// Name of the step that was at this position.
  public let name: StepName
  /// Its kind when it was recorded.
  public let kind: StepKind
  /// How far it has come.
  public var phase: StepPhase
  /// The encoded `Command.Input`.
  public let input: [UInt8]
  /// The encoded `Command.Output`, once completed.
  public var output: [UInt8]?
  /// What went wrong, without secrets.
  public var error: String?

  /// Describes a recorded step.
  public init(
    ordinal: Int,
    name: StepName,
    kind: StepKind,
    phase: StepPhase,
    input: [UInt8],
    output: [UInt8]? = nil,
    error: String? = nil
  ) {
    self.ordinal = ordinal
    self.name = name
    self.kind = kind
    self.phase = phase
    self.input = input
    self.output = output
    self.error = error
  }
}

extension StepRecord {
  /// A step that was done before its run began, at the run's first position.
  ///
  /// - Throws: `StepFailure` when a value cannot be encoded.
  public static func done<S: RecordedStep>(
    _ step: S.Type,
    _ input: S.Input,
    _ output: S.Output
  ) throws(StepFailure) -> StepRecord {
    StepRecord(
      ordinal: 0,
      name: S.name,
      kind: S.kind,
      phase: .completed,
      input: try json(input, of: S.name),
      output: try json(output, of: S.name)
    )
  }

  /// A value in the form in which the log holds it: the same value gives the same bytes.
  static func json(
    _ value: some Encodable,
    of step: StepName
  ) throws(StepFailure) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return try [UInt8](encoder.encode(value))
    } catch {
      throw StepFailure(
        .configuration,
        "cannot write what \(step) has to record: \(error)",
        hint: "This is a defect of belfry; please report it with this message."
      )
    }
  }
}

/// What is committed together: steps, and the changes of domain rows that belong to them.
public struct LogWrite<Change: Sendable>: Sendable {
  /// The steps in their new phases.
  public var records: [StepRecord]
  /// The changes, in order.
  public var changes: [Change]

  /// Describes a write.
  public init(records: [StepRecord] = [], changes: [Change] = []) {
    self.records = records
    self.changes = changes
  }

  /// Whether there is nothing to write.
  public var isEmpty: Bool { records.isEmpty && changes.isEmpty }
}

/// Why the log did not take a write.
public enum StepLogError: Error, Sendable {
  /// The write matched no row: somebody else owns the run now.
  case leaseLost
  /// The database cannot be reached or failed for a passing reason; the same write may be repeated.
  case unavailable(String)
  /// The database refused the write and will refuse it again.
  case refused(String)
}

/// Durable memory of one run.
///
/// `write` is atomic, fenced by the run's lease, and safe to repeat: when its answer is lost, the
/// same write is sent again.
public protocol StepLog<Change>: Sendable {
  /// Changes of domain rows that are committed together with steps.
  associatedtype Change: Sendable
  /// Commits steps and changes in one transaction.
  func write(_ write: LogWrite<Change>) async throws(StepLogError)
}
