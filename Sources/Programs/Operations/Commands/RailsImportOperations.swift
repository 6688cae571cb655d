import Media
import Postgres
public import RailsImport
import Schema
import Settings
import Store

/// Brings over what the Rails app left, for `belfry import-rails`.
public struct RailsImportOperations: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// Reads the Rails database, looks for the photos' files, and imports or rehearses.
  ///
  /// - Parameters:
  ///   - conninfo: of the Rails database; without a password, which a process list would show.
  ///   - storage: the directory of ActiveStorage's files, absolute.
  ///   - isApplied: false to change nothing.
  ///   - progress: hears a line now and then.
  /// - Throws: `CommandError`.
  public func importRails(
    from conninfo: String,
    storage: String?,
    isApplied: Bool,
    progress: @escaping @Sendable (String) -> Void
  ) async throws(CommandError) -> RailsReport {
    guard !containsPassword(conninfo) else {
      throw CommandError(
        .configuration,
        "--from contains a password, which every user of this machine can read in the process list",
        hint: "Put it into ~/.pgpass or a connection service file, and leave it out of --from."
      )
    }
    let files = StoredFiles()
    if let storage, await !files.isDirectory(storage) {
      throw CommandError(
        .configuration,
        "--storage \(storage) is not a directory that can be read",
        hint: "Name the root of the disk service in config/storage.yml, as this host sees it."
      )
    }
    return try await context.withDatabase("import-rails") { database in
      // First, so that a long reading is not in vain.
      try await Migrator(database, belfryVersion: ServiceContext.version).requireCurrent()
      let data = try await read(conninfo, progress)
      let problems = await files.problems(
        with: data.photoFiles(storage: storage).map { file in
          StoredFiles.Wanted(
            id: file.photo,
            path: file.path.hasPrefix("/")
              ? file.path : "\(context.settings.media.photos)/\(file.path)",
            bytes: file.bytes
          )
        }
      )
      return try await RailsImport(database).run(
        data,
        storage: storage,
        fileProblems: problems,
        isApplied: isApplied
      ) { table, rows, isDone in
        Self.tell(progress, isApplied ? "writing" : "rehearsing", table, rows, isDone)
      }
    }
  }

  private func read(
    _ conninfo: String,
    _ progress: @escaping @Sendable (String) -> Void
  ) async throws(CommandError) -> RailsData {
    let origin = Database(
      ConnectionConfiguration(conninfo, applicationName: "belfry import-rails")
    )
    let result: Result<RailsData, CommandError>
    do {
      result = .success(
        try await RailsOrigin(origin).read { table, rows, isDone in
          Self.tell(progress, "reading", table, rows, isDone)
        }
      )
    } catch {
      result = .failure(CommandError(origin: error))
    }
    await origin.close()
    return try result.get()
  }

  /// A line for each table, and one now and then for a long one.
  private static func tell(
    _ progress: @Sendable (String) -> Void,
    _ verb: String,
    _ table: String,
    _ rows: Int,
    _ isDone: Bool
  ) {
    if isDone {
      progress("\(verb) \(table): \(rows)")
    } else if rows.isMultiple(of: 20_000) {
      progress("\(verb) \(table): \(rows) so far")
    }
  }
}

extension CommandError {
  /// An error of the Rails database, which is not the one that `database` names.
  init(origin error: any Error) {
    let plain = CommandError(database: error)
    guard let error = error as? PostgresError else {
      self = plain
      return
    }
    // A value or a column that is not what it should be will be the same the next time.
    let isForeign =
      switch error.code {
      case .decoding: true
      case .server(let state):
        ["22", "42"].contains(state.category) && state != .insufficientPrivilege
      default: false
      }
    self.init(
      isForeign || plain.exit == .needsHuman ? .configuration : plain.exit,
      "the Rails database cannot be read: \(error.message)",
      hint: isForeign
        ? "Its tables are not those of the Rails app, whose ids are numbers; docs/import-rails.md names them."
        : error.hint ?? "Check --from: psql with the same connection string must work."
    )
  }
}
