public import Postgres

// Migrations are forward-only. Each runs in a transaction of its own, together with its row in
// `schema_migrations`, under an advisory lock: two hosts that migrate at once take turns, and the second finds
// the work done. A migration whose file no longer has the checksum that was applied is refused, because then
// nobody knows what the schema is.
//
// The queue goes on being used meanwhile. All tables are locked before anything is changed, and a lock that is not
// to be had at once is given up, with all others, and asked for again later: whoever waits for a table's lock makes
// everybody behind it wait, too, and two who wait for each other are a deadlock. An index of
// a table that is written is built by an *online* migration: statement by statement outside of a transaction,
// each of which may be repeated, so that one that was interrupted starts anew.
//
// Nobody waits for the advisory lock in the database: a waiting statement holds a snapshot, and building an
// index concurrently waits for older snapshots, which would be a deadlock. So it is tried, and tried again.

/// A migration and where it stands in a database.
public struct MigrationState: Hashable, Sendable {
  /// Where a migration stands.
  public enum Standing: Hashable, Sendable {
    /// Applied at this time (UTC, ISO 8601).
    case applied(String)
    /// Not applied yet.
    case pending
    /// Applied from a file with another content.
    case changed
    /// Applied by a newer belfry that knows it; this one does not.
    case foreign
  }

  /// Its number.
  public let version: Int
  /// Its name.
  public let name: String
  /// Where it stands.
  public let standing: Standing
}

/// Why the schema cannot be used or changed.
public struct SchemaError: Error, Hashable, Sendable {
  /// What is wrong, lower case, one line.
  public let message: String
  /// What to do.
  public let hint: String
  /// Whether the same may succeed later.
  public var mayPass = false

  /// Describes what is wrong with a schema, and what to do.
  package init(message: String, hint: String, mayPass: Bool = false) {
    self.message = message
    self.hint = hint
    self.mayPass = mayPass
  }
}

/// Brings the schema up to date and tells where it stands.
public struct Migrator: Sendable {
  let database: Database
  let belfryVersion: String
  let migrations: [Migration]

  /// Uses `database`; the rows of `schema_migrations` name `belfryVersion`.
  ///
  /// - Parameters:
  ///   - database: the database to bring up to date.
  ///   - belfryVersion: the version of this program.
  ///   - migrations: the migrations that this program knows, in order.
  public init(
    _ database: Database,
    belfryVersion: String,
    migrations: [Migration] = Migration.all
  ) {
    self.database = database
    self.belfryVersion = belfryVersion
    self.migrations = migrations
  }

  /// Every migration that is known here or applied there, by number.
  public func states() async throws(PostgresError) -> [MigrationState] {
    try await database.atomically { transaction throws(PostgresError) in
      try states(in: transaction)
    }
  }

  /// What `migrate` tells while it works.
  public enum Progress: Sendable {
    /// A migration was applied.
    case applied(Migration)
    /// A migration waits for somebody who uses the tables, or migrates them; said once for each.
    case waiting(Migration)
  }

  /// Applies what is pending, one transaction each, then gives the roles their rights.
  ///
  /// - Parameters:
  ///   - patience: how long to wait for a lock that somebody holds, for each migration.
  ///   - progress: called after each migration that was applied.
  /// - Returns: which roles could not be made, for want of the right to; none as a rule.
  /// - Throws: `SchemaError` when an applied migration was changed, the schema is newer than this program, or a lock
  ///   is not to be had; `PostgresError` when the database refuses. What was applied before stays.
  @discardableResult
  public func migrate(
    patience: Duration = .seconds(300),
    progress: (Progress) -> Void
  ) async throws -> [String] {
    for migration in migrations {
      let began = ContinuousClock.now
      var pause = Duration.milliseconds(50)
      var hasSaidSo = false
      repeating: while true {
        switch try await attempt(migration) {
        case .applied:
          progress(.applied(migration))
          break repeating
        case .present: break repeating
        case .refused(let error): throw error
        case .locked:
          let waited = ContinuousClock.now - began
          guard waited < patience else { throw SchemaError.locked(migration) }
          if !hasSaidSo, waited > .seconds(1) {
            hasSaidSo = true
            progress(.waiting(migration))
          }
          try await Task.sleep(for: pause)
          pause = min(pause * 2, .seconds(2))
        }
      }
    }
    return try await grantRoles()
  }

  private func attempt(_ migration: Migration) async throws(PostgresError) -> Step {
    do {
      return migration.isOnline
        ? try await applyOnline(migration) : try await applyAtOnce(migration)
    } catch {
      guard SQLState.lockNotAvailable ~= error || SQLState.deadlockDetected ~= error else {
        throw error
      }
      return .locked
    }
  }

  private func applyAtOnce(_ migration: Migration) async throws(PostgresError) -> Step {
    try await database.atomically(statementTimeout: .seconds(3600)) {
      transaction throws(PostgresError) in
      guard try transaction.run(TryMigrationLock(scope: .transaction)).first == true else {
        return .locked
      }
      if let end = try whatIsLeft(of: migration, in: transaction) { return end }
      _ = try transaction.execute(SQL.lockTables)
      try transaction.script(migration.script)
      try record(migration, in: transaction)
      return .applied
    }
  }

  private func applyOnline(_ migration: Migration) async throws(PostgresError) -> Step {
    guard try await database.run(TryMigrationLock(scope: .session)).first == true else {
      return .locked
    }
    let step: Result<Step, PostgresError>
    do throws(PostgresError) {
      step = .success(try await applyUnderLock(migration))
    } catch {
      step = .failure(error)
    }
    // With the connection the lock is gone anyway.
    _ = try? await database.run(ReleaseMigrationLock())
    return try step.get()
  }

  private func applyUnderLock(_ migration: Migration) async throws(PostgresError) -> Step {
    let end = try await database.atomically { transaction throws(PostgresError) in
      try whatIsLeft(of: migration, in: transaction)
    }
    if let end { return end }
    for statement in migration.statements {
      try await database.script(statement, timeout: .seconds(24 * 3600))
    }
    try await database.atomically { transaction throws(PostgresError) in
      try record(migration, in: transaction)
    }
    return .applied
  }

  /// Nil when the migration is to be applied now.
  private func whatIsLeft(
    of migration: Migration,
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> Step? {
    let states = try states(in: transaction)
    if let error = Self.refusal(of: states) { return .refused(error) }
    let isPending = states.contains {
      $0.version == migration.version && $0.standing == .pending
    }
    return isPending ? nil : .present
  }

  private func record(
    _ migration: Migration,
    in transaction: borrowing Transaction
  ) throws(PostgresError) {
    try transaction.script(SQL.createTable)
    let checksum = try transaction.run(Checksum(script: migration.script)).first ?? ""
    _ = try transaction.execute(
      SQL.record,
      [
        .int(Int64(migration.version)), .text(migration.name), .text(checksum),
        .text(belfryVersion),
      ]
    )
  }

  /// Makes the roles that are missing, if that is allowed, and gives each exactly its rights.
  private func grantRoles() async throws(PostgresError) -> [String] {
    let missing = try await database.atomically { transaction throws(PostgresError) in
      // Two that grant at once would update the same rows of the catalogue.
      _ = try transaction.run(LockGrants())
      return try transaction.run(GrantRoles())
    }
    return missing.first ?? []
  }

  /// Throws unless the schema is exactly the one that this program works with.
  ///
  /// - Throws: `SchemaError` with the command that repairs it, or `PostgresError`.
  public func requireCurrent() async throws {
    let states = try await states()
    if let error = Self.refusal(of: states) { throw error }
    let pending = states.filter { $0.standing == .pending }.count
    guard pending == 0 else {
      let at = states.count { if case .applied = $0.standing { true } else { false } }
      throw SchemaError(
        message: at == 0
          ? "the database has no belfry schema"
          : "the schema is at version \(at), this belfry needs \(migrations.count)",
        hint: "Run belfry migrate."
      )
    }
  }

  private enum Step: Sendable { case applied, present, locked, refused(SchemaError) }

  private func states(
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> [MigrationState] {
    var applied: [AppliedMigrations.Applied] = []
    if try transaction.run(MigrationsTableExists()).first == true {
      applied = try transaction.run(AppliedMigrations())
    }
    var states: [MigrationState] = []
    for migration in migrations {
      guard let row = applied.first(where: { $0.version == migration.version }) else {
        states.append(.init(version: migration.version, name: migration.name, standing: .pending))
        continue
      }
      let checksum = try transaction.run(Checksum(script: migration.script)).first
      states.append(
        .init(
          version: migration.version,
          name: migration.name,
          standing: checksum == row.checksum ? .applied(row.appliedAt) : .changed
        )
      )
    }
    let newest = migrations.last?.version ?? 0
    for row in applied where row.version > newest {
      states.append(.init(version: row.version, name: row.name, standing: .foreign))
    }
    return states
  }

  private static func refusal(of states: [MigrationState]) -> SchemaError? {
    if let changed = states.first(where: { $0.standing == .changed }) {
      return SchemaError(
        message: "migration \(changed.version) (\(changed.name)) was applied with another content",
        hint: "Use the belfry that applied it, or restore the database from a backup."
      )
    }
    if let foreign = states.last(where: { $0.standing == .foreign }) {
      return SchemaError(
        message: "the schema is at version \(foreign.version), newer than this belfry knows",
        hint: "Upgrade belfry on this host; the schema only moves forward."
      )
    }
    return nil
  }

  private enum SQL {
    static let lockTables = SQLText(embedded: PackageResources.lock_tables_sql)
    static let createTable = SQLText(embedded: PackageResources.create_migrations_table_sql)
    static let record = SQLText(embedded: PackageResources.record_migration_sql)
  }
}

extension SchemaError {
  static func locked(_ migration: Migration) -> SchemaError {
    SchemaError(
      message:
        "migration \(migration.version) (\(migration.name)) waits for a lock that somebody holds",
      hint:
        "Look at xact_start and query in pg_stat_activity, end the transaction that is old, then run "
        + "belfry migrate again.",
      mayPass: true
    )
  }
}

/// Takes the lock under which migrations take turns, or answers false at once.
struct TryMigrationLock: Statement {
  /// When the lock ends by itself.
  enum Scope: Sendable { case transaction, session }
  static let sql = SQLText(embedded: PackageResources.try_migration_lock_sql)
  let scope: Scope
  var bindings: [SQLValue] { [.bool(scope == .session)] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Bool {
    try row.decode("locked", as: Bool.self)
  }
}

struct ReleaseMigrationLock: Statement {
  static let sql = SQLText(embedded: PackageResources.release_migration_lock_sql)
  typealias Row = Void
}

struct LockGrants: Statement {
  static let sql = SQLText(embedded: PackageResources.lock_grants_sql)
  typealias Row = Void
}

struct GrantRoles: Statement {
  static let sql = SQLText(embedded: PackageResources.grant_roles_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> [String] {
    try row.decode("missing", as: [String].self)
  }
}

struct MigrationsTableExists: Statement {
  static let sql = SQLText(embedded: PackageResources.migrations_table_exists_sql)
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Bool {
    try row.decode("present", as: Bool.self)
  }
}

struct Checksum: Statement {
  static let sql = SQLText(embedded: PackageResources.checksum_sql)
  let script: SQLText
  var bindings: [SQLValue] { [.bytes([UInt8](script.text.utf8))] }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> String {
    try row.decode("checksum", as: String.self)
  }
}

struct AppliedMigrations: Statement {
  static let sql = SQLText(embedded: PackageResources.applied_migrations_sql)
  struct Applied: Sendable {
    let version: Int
    let name: String
    let checksum: String
    let appliedAt: String
  }
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Applied {
    Applied(
      version: try row.decode("version", as: Int.self),
      name: try row.decode("name", as: String.self),
      checksum: try row.decode("checksum", as: String.self),
      appliedAt: try row.decode("applied_at", as: String.self)
    )
  }
}
