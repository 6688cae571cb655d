public import Postgres

// One transaction, whether rehearsed or applied: a rehearsal is the real thing, rolled back, so that it
// knows what the database's constraints and triggers say. (Sequences move on; nothing else is left.) Rows go
// in batches; when the database refuses a batch, halves of it are tried, down to the row that it refuses,
// which goes into the report while the rest goes in.
//
// The daemon may run meanwhile: an import locks no row that a claim wants, and what it queues notifies the daemons
// when it commits.

/// Brings what was read from a Rails database into ours.
public struct RailsImport: Sendable {
  let database: Database

  /// Writes through `database`.
  public init(_ database: Database) { self.database = database }

  /// Imports, or rehearses it.
  ///
  /// - Parameters:
  ///   - data: what was read.
  ///   - storage: the directory of ActiveStorage's files, for photos without a path.
  ///   - fileProblems: what is wrong with the files of some photos, by the photo's id there.
  ///   - isApplied: false to roll everything back.
  ///   - progress: hears how many rows of a table were worked off.
  public func run(
    _ data: RailsData,
    storage: String?,
    fileProblems: [Int64: String],
    isApplied: Bool,
    progress: @Sendable (_ table: String, _ rows: Int, _ isDone: Bool) -> Void
  ) async throws(PostgresError) -> RailsReport {
    do {
      return try await database.transaction(TransactionOptions(statementTimeout: .seconds(300))) {
        transaction in
        _ = try transaction.run(LockRailsImports())
        let known = try transaction.run(RailsKnown(source: data.source))
        guard let now = try transaction.run(RailsNow()).first else {
          throw PostgresError.missingRow("now()")
        }
        var writer = RailsWriter(data, known: known, now: now, isApplied: isApplied)
        try writer.writeAll(storage, fileProblems, progress, transaction)
        guard isApplied else { throw Rehearsal(report: writer.report) }
        return writer.report
      }
    } catch {
      if let rehearsal = error.body as? Rehearsal { return rehearsal.report }
      throw error.postgres ?? PostgresError(.closed, "the import failed: \(error)")
    }
  }

  private struct Rehearsal: Error {
    let report: RailsReport
  }
}
