public import Pipeline
public import Postgres
public import Posts

/// An undo that failed.
public struct StuckStep: Hashable, Sendable {
  /// The post it belongs to.
  public let post: PostID
  /// The attempt it belongs to.
  public let attempt: Int
  /// The step, as recorded.
  public let record: StepRecord
}

/// What the janitor and the quota need to know.
public struct UpkeepStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Undos that failed, of posts that nobody is working on; at most 100.
  public func stuckSteps() async throws(PostgresError) -> [StuckStep] {
    try await database.run(StuckSteps())
  }

  /// Records that a stuck step is undone now.
  public func compensated(_ step: StuckStep) async throws(PostgresError) {
    _ = try await database.execute(
      SQLText(embedded: PackageResources.step_compensated_sql),
      [.int(step.post.rawValue), .int(Int64(step.attempt)), .int(Int64(step.record.ordinal))]
    )
  }

  /// Names under which photos of posts in flight are public; `step` is the step that records them.
  public func publicNamesInUse(by step: StepName) async throws(PostgresError) -> [String] {
    try await database.run(PublicNamesInUse(step: step))
  }

  /// Seconds until the persona's oldest post of the last 24 hours leaves the quota's moving window; nil
  /// when there is none.
  public func quotaFreesIn(_ persona: PersonaID) async throws(PostgresError) -> Double? {
    try await database.run(QuotaFreesIn(persona: persona)).first ?? nil
  }

  /// Notes what the platform said of the persona's publishing quota, for the view quota_forecast.
  public func noteQuota(
    used: Int,
    total: Int?,
    of persona: PersonaID
  ) async throws(PostgresError) {
    _ = try await database.execute(
      SQLText(embedded: PackageResources.note_quota_sql),
      [.int(persona.rawValue), .int(Int64(used)), .optional(total.map(Int64.init))]
    )
  }
}

struct StuckSteps: Statement {
  static let sql = SQLText(embedded: PackageResources.stuck_steps_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> StuckStep {
    StuckStep(
      post: PostID(rawValue: try row.decode("post_id", as: Int64.self)),
      attempt: try row.decode("attempt", as: Int.self),
      record: StepRecord(
        ordinal: try row.decode("ordinal", as: Int.self),
        name: StepName(rawValue: try row.decode("name", as: String.self)),
        kind: .compensatable,
        phase: .stuck,
        input: [UInt8](try row.decode("input", as: String.self).utf8),
        output: try row.decode("output", as: String?.self).map { [UInt8]($0.utf8) }
      )
    )
  }
}

struct PublicNamesInUse: Statement {
  static let sql = SQLText(embedded: PackageResources.public_names_in_use_sql)
  let step: StepName
  var bindings: [SQLValue] { [.text(step.rawValue)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("name", as: String.self)
  }
}

struct QuotaFreesIn: Statement {
  static let sql = SQLText(embedded: PackageResources.quota_frees_in_sql)
  let persona: PersonaID
  var bindings: [SQLValue] { [.int(persona.rawValue)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Double? {
    try row.decode("seconds", as: Double?.self)
  }
}
