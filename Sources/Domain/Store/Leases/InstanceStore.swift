public import Postgres
import Timekeeping

/// What identifies a process that leases posts.
public struct InstanceIdentity: Hashable, Sendable {
  /// The host's name, for people.
  public var host: String
  /// Derived from `/etc/machine-id`; nil where there is none.
  public var machineID: String?
  /// The kernel's id of this boot.
  public var bootID: String
  /// The systemd unit, or the program's name.
  public var unit: String
  /// systemd's id of this start of the unit.
  public var invocationID: String?
  /// Process id.
  public var pid: Int32
  /// The process space in which `pid` counts.
  public var pidNamespace: String?
  /// Start time of the process in clock ticks since boot.
  public var startTicks: Int64
  /// The command: `run`, `post-scheduled` or `schedule-post`.
  public var program: String
  /// Belfry's version.
  public var version: String

  /// Describes a process.
  public init(
    host: String,
    machineID: String?,
    bootID: String,
    unit: String,
    invocationID: String?,
    pid: Int32,
    pidNamespace: String?,
    startTicks: Int64,
    program: String,
    version: String
  ) {
    self.host = host
    self.machineID = machineID
    self.bootID = bootID
    self.unit = unit
    self.invocationID = invocationID
    self.pid = pid
    self.pidNamespace = pidNamespace
    self.startTicks = startTicks
    self.program = program
    self.version = version
  }
}

/// A process of this machine that did not say that it ended.
public struct LocalInstance: Hashable, Sendable {
  /// `instances.id`.
  public let id: Int64
  /// The host's name when it registered.
  public let host: String
  /// Its process id.
  public let pid: Int32
  /// The process space in which `pid` counts.
  public let pidNamespace: String?
  /// Its start time in clock ticks since boot.
  public let startTicks: Int64
  /// Its boot.
  public let bootID: String
}

/// Rows of `instances`: registration, heartbeats, orderly ends.
public struct InstanceStore: Sendable {
  let database: Database

  /// Uses `database` for every statement.
  public init(_ database: Database) { self.database = database }

  /// Registers a process; its leases live for `lease` after each heartbeat.
  public func register(
    _ identity: InstanceIdentity,
    lease: Duration
  ) async throws(PostgresError) -> Int64 {
    let rows = try await database.run(RegisterInstance(identity: identity, lease: lease))
    guard let id = rows.first else { throw .missingRow("instances") }
    return id
  }

  /// Proves that the instance lives.
  ///
  /// False when the row says that it has stopped.
  public func heartbeat(_ id: Int64) async throws(PostgresError) -> Bool {
    try await database.execute(SQL.heartbeat, [.int(id)]) == 1
  }

  /// Says that the instance has ended; what it still holds may be taken over at once.
  public func stop(_ id: Int64) async throws(PostgresError) {
    _ = try await database.execute(SQL.stop, [.int(id)])
  }

  /// Marks as stopped those instances of this machine whose process `isGone` says is provably gone.
  public func stopGone(
    machineID: String,
    except id: Int64,
    isGone: (LocalInstance) -> Bool
  ) async throws(PostgresError) {
    let gone = try await database.run(LocalInstances(machineID: machineID, except: id)).filter(
      isGone
    )
    guard !gone.isEmpty else { return }
    _ = try await database.execute(SQL.stopGone, [.int8Array(gone.map(\.id))])
  }

  private enum SQL {
    static let heartbeat = SQLText(embedded: PackageResources.heartbeat_instance_sql)
    static let stop = SQLText(embedded: PackageResources.stop_instance_sql)
    static let stopGone = SQLText(embedded: PackageResources.stop_gone_instances_sql)
  }
}

struct RegisterInstance: IDStatement {
  static let sql = SQLText(embedded: PackageResources.register_instance_sql)
  let identity: InstanceIdentity
  let lease: Duration
  var bindings: [SQLValue] {
    [
      .text(identity.host), .optional(identity.machineID), .text(identity.bootID),
      .text(identity.unit), .optional(identity.invocationID), .int(Int64(identity.pid)),
      .optional(identity.pidNamespace), .int(identity.startTicks), .text(identity.program),
      .text(identity.version), .double(lease.inSeconds),
    ]
  }
}

struct LocalInstances: Statement {
  static let sql = SQLText(embedded: PackageResources.local_instances_sql)
  let machineID: String
  let except: Int64
  var bindings: [SQLValue] { [.text(machineID), .int(except)] }

  static func decode(_ row: borrowing RowView) throws(PostgresError) -> LocalInstance {
    LocalInstance(
      id: try row.decode("id", as: Int64.self),
      host: try row.decode("host", as: String.self),
      pid: try row.decode("pid", as: Int32.self),
      pidNamespace: try row.decode("pid_namespace", as: String?.self),
      startTicks: try row.decode("process_start_ticks", as: Int64.self),
      bootID: try row.decode("boot_id", as: String.self)
    )
  }
}
