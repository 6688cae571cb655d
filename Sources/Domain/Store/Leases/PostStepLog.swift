public import Leases
public import Pipeline
public import Postgres
import Posts

/// The step log of one post's attempt: `post_steps`, with the post's own row in the same transaction.
///
/// Every write is fenced by the lease's token.
public struct PostStepLog: StepLog {
  /// Changes of the post's row.
  public typealias Change = PostChange

  private let database: Database
  private let term: LeaseTerm

  /// The log of a leased post.
  public init(_ database: Database, term: LeaseTerm) {
    self.database = database
    self.term = term
  }

  /// Commits steps and changes in one transaction, fenced by the lease.
  public func write(_ write: LogWrite<PostChange>) async throws(StepLogError) {
    let taken: Taken
    do {
      taken = try await database.atomically { transaction throws(PostgresError) in
        try commit(write, in: transaction)
      }
    } catch {
      throw error.isWorthRepeating ? .unavailable(error.message) : .refused(error.message)
    }
    switch taken {
    case .yes: return
    case .leaseLost: throw .leaseLost
    case .notRemoved: throw .refused("post \(term.post) was or may have been published")
    }
  }

  /// What became of a write.
  private enum Taken {
    case yes
    case leaseLost
    /// The row is not removed, because the post may be live.
    case notRemoved
  }

  private func commit(
    _ write: LogWrite<PostChange>,
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> Taken {
    let fence: [SQLValue] = [.int(term.post), .int(term.token)]
    if try transaction.run(FencePost(term: term)).isEmpty {
      return try isRepetition(write, in: transaction) ? .yes : .leaseLost
    }
    // What is recorded of a post goes with its row.
    let isRemoval = write.changes.last == .removed
    for record in write.records where !isRemoval {
      try Self.insert(record, term, in: transaction)
    }
    for change in write.changes {
      switch change {
      case .containerCreated(let container):
        _ = try transaction.execute(SQL.setContainer, fence + [.text(container.rawValue)])
      case .publishRequested:
        _ = try transaction.execute(SQL.insistOnDisk)
        _ = try transaction.execute(SQL.requestPublish, fence)
      case .publishRefused: _ = try transaction.execute(SQL.withdrawRequest, fence)
      case .published(let media):
        _ = try transaction.execute(SQL.recordMedia, fence + [.text(media.rawValue)])
        _ = try transaction.execute(LeaseStore.SQL.notePublication, [.int(term.post)])
      case .posted(let media, let permalink):
        _ = try transaction.execute(
          SQL.finishPosted,
          fence + [.text(media.rawValue), .optional(permalink)]
        )
        _ = try transaction.execute(
          LeaseStore.SQL.closeAttempt,
          [.int(term.post), .int(Int64(term.attempt)), "posted", .null, .null]
        )
      case .removed:
        guard try transaction.execute(SQL.deleteCreatedPost, fence) == 1 else { return .notRemoved }
      }
    }
    return .yes
  }

  /// Whether the commit that ended the lease was this very write, its answer lost.
  private func isRepetition(
    _ write: LogWrite<PostChange>,
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> Bool {
    switch write.changes.last {
    case .posted(let media, _):
      try !transaction.run(IsPostedAs(post: term.post, media: media.rawValue)).isEmpty
    case .removed: try transaction.run(PostExists(id: term.post)).isEmpty
    default: false
    }
  }

  /// Records a step in its present phase.
  static func insert(
    _ record: StepRecord,
    _ term: LeaseTerm,
    in transaction: borrowing Transaction
  ) throws(PostgresError) {
    _ = try transaction.execute(SQL.recordStep, bindings(of: record, term))
  }

  private static func bindings(of record: StepRecord, _ term: LeaseTerm) -> [SQLValue] {
    [
      .int(term.post), .int(Int64(term.attempt)), .int(Int64(record.ordinal)),
      .text(record.name.rawValue), .text(record.kind.rawValue), .text(record.phase.rawValue),
      .text(String(storableJSON: record.input)),
      .optional(record.output.map(String.init(storableJSON:))), .optional(record.error?.storable),
    ]
  }

  private enum SQL {
    static let recordStep = SQLText(embedded: PackageResources.record_step_sql)
    static let setContainer = SQLText(embedded: PackageResources.set_container_sql)
    static let insistOnDisk = SQLText(embedded: PackageResources.insist_on_disk_sql)
    static let requestPublish = SQLText(embedded: PackageResources.request_publish_sql)
    static let withdrawRequest = SQLText(embedded: PackageResources.withdraw_publish_request_sql)
    static let recordMedia = SQLText(embedded: PackageResources.record_media_sql)
    static let deleteCreatedPost = SQLText(embedded: PackageResources.delete_created_post_sql)
    static let finishPosted = SQLText(embedded: PackageResources.finish_posted_sql)
  }
}

struct FencePost: IDStatement {
  static let sql = SQLText(embedded: PackageResources.fence_post_sql)
  let term: LeaseTerm
  var bindings: [SQLValue] { [.int(term.post), .int(term.token)] }
}

struct IsPostedAs: IDStatement {
  static let sql = SQLText(embedded: PackageResources.is_posted_as_sql)
  let post: Int64
  let media: String
  var bindings: [SQLValue] { [.int(post), .text(media)] }
}

struct PostExists: IDStatement {
  static let sql = SQLText(embedded: PackageResources.post_exists_sql)
  let id: Int64
  var bindings: [SQLValue] { [.int(id)] }
}
