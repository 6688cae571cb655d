public import Leases
public import Pipeline
public import Postgres
import Posts
import Synchronization

/// The step log of one post's attempt: `post_steps`, with the post's own row in the same transaction.
///
/// Every write is fenced by the lease's token. The log of an immediate chain begins before its row
/// exists: it keeps the first records until the change `created` binds it to the row.
public final class PostStepLog: StepLog {
  /// Changes of the post's row.
  public typealias Change = PostChange

  private enum Binding {
    /// The row does not exist yet; these records wait for it.
    case unbound([StepRecord])
    /// The row is leased; `unwritten` is what waited for it and is not committed yet.
    case bound(LeaseTerm, unwritten: [StepRecord])
    case removed
  }

  private let database: Database
  private let binding: Mutex<Binding>

  /// The log of a leased post, or, without a term, of one that is going to be created.
  public init(_ database: Database, term: LeaseTerm?) {
    self.database = database
    self.binding = Mutex(term.map { .bound($0, unwritten: []) } ?? .unbound([]))
  }

  /// Commits steps and changes in one transaction, fenced by the lease.
  public func write(_ write: LogWrite<PostChange>) async throws(StepLogError) {
    let changes = write.changes
    let bound: (LeaseTerm, [StepRecord])? = binding.withLock { binding in
      if changes.contains(.removed) { binding = .removed }
      switch binding {
      case .removed: return nil
      case .bound(let term, let unwritten): return (term, unwritten + write.records)
      case .unbound(let kept):
        for case .created(let post) in changes {
          binding = .bound(post.term, unwritten: kept)
          return (post.term, kept + write.records)
        }
        binding = .unbound(kept + write.records)
        return nil
      }
    }
    guard let (term, records) = bound else { return }
    do {
      let owned = try await database.atomically { transaction throws(PostgresError) in
        try Self.commit(records, changes, term, in: transaction)
      }
      if !owned { throw StepLogError.leaseLost }
      binding.withLock { binding in
        if case .bound(let term, _) = binding { binding = .bound(term, unwritten: []) }
      }
    } catch let error as PostgresError {
      throw error.isWorthRepeating ? .unavailable(error.message) : .refused(error.message)
    } catch {
      throw .leaseLost
    }
  }

  /// False when the lease is lost.
  private static func commit(
    _ records: [StepRecord],
    _ changes: [PostChange],
    _ term: LeaseTerm,
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> Bool {
    let fence: [SQLValue] = [.int(term.post), .int(term.token)]
    if try transaction.run(FencePost(term: term)).isEmpty {
      // The commit that ended the lease may be our own, its answer lost.
      guard case .posted(let media, _)? = changes.last else { return false }
      return try !transaction.run(IsPostedAs(post: term.post, media: media.rawValue)).isEmpty
    }
    for record in records {
      _ = try transaction.execute(SQL.recordStep, bindings(of: record, term))
    }
    for change in changes {
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
      case .created, .removed: break
      }
    }
    return true
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
