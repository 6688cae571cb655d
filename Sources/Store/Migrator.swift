public import Postgres

// Migrations are forward-only. Each runs in a transaction of its own, together with its row in
// `schema_migrations`, under a transaction-level advisory lock: two hosts that migrate at once take
// turns, and the second finds the work done. A migration whose file no longer has the checksum that was
// applied is refused, because then nobody knows what the schema is.

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
}

/// Brings the schema up to date and tells where it stands.
public struct Migrator: Sendable {
  let database: Database
  let belfryVersion: String

  /// Uses `database`; the rows of `schema_migrations` name `belfryVersion`.
  public init(_ database: Database, belfryVersion: String) {
    self.database = database
    self.belfryVersion = belfryVersion
  }

  /// Every migration that is known here or applied there, by number.
  public func states() async throws(PostgresError) -> [MigrationState] {
    try await database.atomically { transaction throws(PostgresError) in
      try Self.states(in: transaction)
    }
  }

  /// Applies what is pending, one transaction each.
  ///
  /// - Parameter progress: called after each migration that was applied.
  /// - Throws: `SchemaError` when an applied migration was changed or the schema is newer than this
  ///   program, `PostgresError` when the database refuses; what was applied before stays.
  public func migrate(progress: (Migration) -> Void) async throws {
    for migration in Migration.all {
      let applied = try await database.atomically(statementTimeout: .seconds(3600)) {
        [belfryVersion] transaction throws(PostgresError) in
        _ = try transaction.run(LockMigrations())
        let states = try Self.states(in: transaction)
        if let error = Self.refusal(of: states) { return Step.refused(error) }
        guard states.contains(where: { $0.version == migration.version && $0.standing == .pending })
        else { return .present }
        _ = try transaction.execute(SQL.createTable)
        try transaction.script(migration.script)
        let checksum = try transaction.run(Checksum(script: migration.script)).first ?? ""
        _ = try transaction.execute(
          SQL.record,
          [
            .int(Int64(migration.version)), .text(migration.name), .text(checksum),
            .text(belfryVersion),
          ]
        )
        return .applied
      }
      switch applied {
      case .applied: progress(migration)
      case .present: continue
      case .refused(let error): throw error
      }
    }
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
          : "the schema is at version \(at), this belfry needs \(Migration.all.count)",
        hint: "Run belfry migrate."
      )
    }
  }

  private enum Step { case applied, present, refused(SchemaError) }

  private static func states(
    in transaction: borrowing Transaction
  ) throws(PostgresError) -> [MigrationState] {
    var applied: [AppliedMigrations.Applied] = []
    if try transaction.run(MigrationsTableExists()).first == true {
      applied = try transaction.run(AppliedMigrations())
    }
    var states: [MigrationState] = []
    for migration in Migration.all {
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
    let newest = Migration.all.last?.version ?? 0
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
    static let createTable = SQLText(embedded: PackageResources.create_migrations_table_sql)
    static let record = SQLText(embedded: PackageResources.record_migration_sql)
  }
}

struct LockMigrations: Statement {
  static let sql = SQLText(embedded: PackageResources.lock_migrations_sql)
  typealias Row = Void
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
