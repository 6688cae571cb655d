import Leases
public import Pipeline
public import Postgres
public import Posts
import Timekeeping

// Claims and takeovers. The rules are in `Leases/TrustWindow.swift`; the SQL is in claim_due_posts.sql,
// lock_claimable_personas.sql and take_over_posts.sql.
//
// A claim is two statements in one transaction. The first locks personas that may publish now, skipping
// those that another instance is claiming for; the second, whose snapshot is younger than those locks,
// takes one post of each. So two instances never pick two posts of one persona, and the unique index
// `scheduling_posts_one_in_flight_per_persona` would refuse it if they did.

/// A leased post with what the log says about its attempt: of one taken over, or of a new attempt that
/// goes on with the last one's container.
public struct ClaimedPost: Sendable {
  /// The post under its new lease.
  public let post: LeasedPost
  /// The recorded steps of its attempt, by ordinal.
  public let records: [StepRecord]
}

/// Leases on posts: claim, take over, give back with an outcome.
public struct LeaseStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Leases due posts for the instance, at most one per persona, and opens their attempts.
  ///
  /// - Parameters:
  ///   - limit: how many posts at the most, from 1.
  ///   - instance: the owner-to-be.
  ///   - pipeline: name and version that the attempts record.
  ///   - reusable: names of the steps that a new attempt takes over from the last one when its container
  ///     was kept.
  /// - Returns: the posts in due order, with the steps taken over; empty when nothing is due.
  public func claim(
    upTo limit: Int,
    for instance: Int64,
    pipeline: (name: String, version: Int),
    reusable: [StepName]
  ) async throws(PostgresError) -> [ClaimedPost] {
    let (name, version) = pipeline
    return try await database.atomically { transaction throws(PostgresError) in
      let personas = try transaction.run(LockClaimablePersonas(limit: limit))
      guard !personas.isEmpty else { return [] }
      let ids = try transaction.run(ClaimDuePosts(personas: personas, instance: instance))
      guard !ids.isEmpty else { return [] }
      _ = try transaction.execute(
        SQL.openAttempts,
        [.int8Array(ids), .text(name), .int(Int64(version))]
      )
      _ = try transaction.execute(
        SQL.carryOverSteps,
        [.int8Array(ids), .textArray(reusable.map(\.rawValue))]
      )
      return try Self.load(ids, in: transaction)
    }
  }

  /// Takes over posts whose owner is gone, or which this instance holds without working on them.
  ///
  /// - Parameters:
  ///   - limit: how many at the most.
  ///   - instance: the new owner.
  ///   - tokens: the fencing tokens of the posts that this instance is working on.
  public func takeOver(
    upTo limit: Int,
    for instance: Int64,
    working tokens: [Int64]
  ) async throws(PostgresError) -> [ClaimedPost] {
    try await database.atomically { transaction throws(PostgresError) in
      let ids = try transaction.run(TakeOverPosts(instance: instance, limit: limit, tokens: tokens))
      guard !ids.isEmpty else { return [] }
      _ = try transaction.execute(SQL.countTakeovers, [.int8Array(ids)])
      return try Self.load(ids, in: transaction)
    }
  }

  private static func load(
    _ ids: [Int64],
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> [ClaimedPost] {
    var found: [ClaimedPost] = []
    for post in try transaction.run(LoadLeasedPosts(ids: ids)) {
      let steps = LoadSteps(post: post.id.rawValue, attempt: post.term.attempt)
      found.append(ClaimedPost(post: post, records: try transaction.run(steps)))
    }
    return found
  }

  /// Moves, holds or drops posts that are later than their persona allows, and tells which.
  public func applyLatePolicies() async throws(PostgresError) -> [LatePost] {
    try await database.run(ApplyLatePolicies())
  }

  /// Ends a lease with an outcome.
  ///
  /// False when the lease was lost: nothing was changed.
  public func finish(_ post: LeasedPost, _ outcome: Outcome) async throws(PostgresError) -> Bool {
    try await database.atomically { transaction throws(PostgresError) in
      let fence: [SQLValue] = [.int(post.id.rawValue), .int(post.term.token)]
      let changed: Int
      switch outcome.kind {
      case .deferred(let delay), .interrupted(let delay):
        changed = try transaction.execute(
          SQL.deferPost,
          fence + [.double(delay.inSeconds)] + outcome.explanation + [.bool(outcome.keepsContainer)]
        )
      case .failed: changed = try transaction.execute(SQL.failPost, fence + outcome.explanation)
      case .unconfirmed:
        changed = try transaction.execute(
          SQL.leaveUnconfirmed,
          fence + outcome.explanation + [.bool(outcome.failure?.needsHuman ?? false)]
        )
      }
      guard changed == 1 else { return false }
      if outcome.kind == .unconfirmed {
        // It may be live: the minimum gap counts from now.
        _ = try transaction.execute(SQL.notePublication, [.int(post.id.rawValue)])
      }
      _ = try transaction.execute(
        SQL.closeAttempt,
        [
          .int(post.id.rawValue), .int(Int64(post.term.attempt)), .text(outcome.kind.name),
          .optional(outcome.failure?.failureClass.rawValue),
          .optional(outcome.failure?.message.storable),
        ]
      )
      if let hold = outcome.personaHold {
        _ = try transaction.execute(
          SQL.holdPersona,
          [
            .int(post.persona.rawValue), .text(hold.message.storable), .text(hold.hint.storable),
            .text(hold.needsHuman ? "unknown" : "account"),
          ]
        )
      }
      return true
    }
  }

  /// Seconds until the next post can be claimed, by the database's clock; nil when none waits.
  public func secondsUntilNextDue() async throws(PostgresError) -> Double? {
    try await database.run(NextDue()).first ?? nil
  }

  enum SQL {
    static let openAttempts = SQLText(embedded: PackageResources.open_attempts_sql)
    static let carryOverSteps = SQLText(embedded: PackageResources.carry_over_steps_sql)
    static let countTakeovers = SQLText(embedded: PackageResources.count_takeovers_sql)
    static let deferPost = SQLText(embedded: PackageResources.defer_post_sql)
    static let failPost = SQLText(embedded: PackageResources.fail_post_sql)
    static let leaveUnconfirmed = SQLText(embedded: PackageResources.leave_unconfirmed_sql)
    static let notePublication = SQLText(embedded: PackageResources.note_publication_sql)
    static let closeAttempt = SQLText(embedded: PackageResources.close_attempt_sql)
    static let holdPersona = SQLText(embedded: PackageResources.hold_persona_sql)
  }
}

/// How a lease ends other than with a published post.
public struct Outcome: Sendable {
  /// Where the post goes.
  public enum Kind: Hashable, Sendable {
    /// Back to `scheduled`, tried again after the delay.
    case deferred(Duration)
    /// Back to `scheduled`: the service was stopped before anything was decided.
    case interrupted(Duration)
    /// To `failed`.
    case failed
    /// To `unconfirmed`.
    case unconfirmed

    var name: String {
      switch self {
      case .deferred: "deferred"
      case .interrupted: "interrupted"
      case .failed: "failed"
      case .unconfirmed: "unconfirmed"
      }
    }
  }

  /// Where the post goes.
  public let kind: Kind
  /// Why; kept in the row.
  ///
  /// Only an interruption has none.
  public let failure: StepFailure?
  /// Why the persona is held as well, if it is, and what ends that.
  public let personaHold: StepFailure?
  /// Whether the next try publishes the container that this one made.
  public let keepsContainer: Bool

  /// Describes an outcome.
  public init(
    _ kind: Kind,
    _ failure: StepFailure?,
    personaHold: StepFailure? = nil,
    keepsContainer: Bool = false
  ) {
    self.kind = kind
    self.failure = failure
    self.personaHold = personaHold
    self.keepsContainer = keepsContainer
  }

  var explanation: [SQLValue] {
    [
      .optional(failure?.failureClass.rawValue), .optional(failure?.message.storable),
      .optional(failure?.hint.storable),
    ]
  }
}

/// A post that a late policy has moved, held or dropped.
public struct LatePost: Hashable, Sendable {
  /// The row's id.
  public let id: PostID
  /// The persona's name.
  public let persona: String
  /// What was done and why.
  public let cause: String
}

struct ApplyLatePolicies: Statement {
  static let sql = SQLText(embedded: PackageResources.apply_late_policies_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> LatePost {
    LatePost(
      id: PostID(rawValue: try row.decode("id", as: Int64.self)),
      persona: try row.decode("persona", as: String.self),
      cause: try row.decode("cause", as: String.self)
    )
  }
}

struct LockClaimablePersonas: IDStatement {
  static let sql = SQLText(embedded: PackageResources.lock_claimable_personas_sql)
  let limit: Int
  var bindings: [SQLValue] { [.int(Int64(limit))] }
}

struct ClaimDuePosts: IDStatement {
  static let sql = SQLText(embedded: PackageResources.claim_due_posts_sql)
  let personas: [Int64]
  let instance: Int64
  var bindings: [SQLValue] {
    [.int8Array(personas), .int(instance), .double(ContainerLife.usable.inSeconds)]
  }
}

struct TakeOverPosts: IDStatement {
  static let sql = SQLText(embedded: PackageResources.take_over_posts_sql)
  let instance: Int64
  let limit: Int
  let tokens: [Int64]
  var bindings: [SQLValue] { [.int(instance), .int(Int64(limit)), .int8Array(tokens)] }
}

struct LoadSteps: Statement {
  static let sql = SQLText(embedded: PackageResources.load_steps_sql)
  let post: Int64
  let attempt: Int
  var bindings: [SQLValue] { [.int(post), .int(Int64(attempt))] }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> StepRecord {
    StepRecord(
      ordinal: try row.decode("ordinal", as: Int.self),
      name: StepName(rawValue: try row.decode("name", as: String.self)),
      kind: try row.decode("kind", as: StepKind.self),
      phase: try row.decode("phase", as: StepPhase.self),
      input: [UInt8](try row.decode("input", as: String.self).utf8),
      output: try row.decode("output", as: String?.self).map { [UInt8]($0.utf8) },
      error: try row.decode("error", as: String?.self)
    )
  }
}

struct NextDue: Statement {
  static let sql = SQLText(embedded: PackageResources.next_due_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Double? {
    let now = try row.decode("now", as: Double.self)
    return try row.decode("due", as: Double?.self).map { max(0, $0 - now) }
  }
}

extension StepKind: SQLDecodable {}
extension StepPhase: SQLDecodable {}
