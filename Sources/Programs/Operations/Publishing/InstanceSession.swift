package import Leases
import Logging
import Postgres
import Publishing
import Settings
import Store
import Synchronization
import Systemd

// The life of this process as a row of `instances`.
//
//     register ─► heartbeat ─► heartbeat ─► … ─► stop
//
// The heartbeat has a database connection of its own, so that no slow statement delays it. Each one that
// the database accepts prolongs the trust window from the moment it departed; while the database is away
// the window runs out by itself and nothing is sent any more. A row that says `stopped` means that a
// neighbour proved this process dead: that is a contradiction nobody can work under, so the process ends
// and starts anew.

/// Registers the process and keeps its leases alive.
package final class InstanceSession: Sendable {
  /// The row of `instances`.
  package let id: Int64
  package let trust: TrustWindow
  package let inFlight = InFlightLeases()
  private let instances: InstanceStore
  private let database: Database
  private let interval: Duration
  /// When the last heartbeat was attempted, whatever came of it.
  private let lastBeat = Mutex(ContinuousClock.now)

  /// Whether heartbeats are still attempted: the database may be away, but the loop must turn.
  package var isAlive: Bool {
    // A beat may wait for its statement's time-out, and the next one comes an interval later.
    ContinuousClock.now - lastBeat.withLock(\.self) < interval * 3 + .seconds(30)
  }

  /// Grows with each heartbeat that ended, however it ended.
  package var completed: UInt64 { database.completed }

  /// Returns when the heartbeat's connection has answered; the server is not asked.
  package func answer() async { await database.answer() }

  /// Registers, after marking instances of this machine as stopped whose process is provably gone.
  package static func begin(
    _ context: ServiceContext,
    program: String,
    environment: [String: String]
  ) async throws(CommandError) -> InstanceSession {
    let database = context.database("heartbeat")
    let instances = InstanceStore(database)
    guard let machine = MachineIdentity.current(environment: environment) else {
      throw CommandError(
        .configuration,
        "cannot tell which process this is: /proc or the kernel's boot id is not readable",
        hint: "Mount /proc; a unit needs ProcSubset=all."
      )
    }
    let settings = context.settings
    let identity = InstanceIdentity(
      host: machine.hostname,
      machineID: machine.machineID,
      bootID: machine.process.bootID,
      unit: machine.unit ?? "belfry \(program)",
      invocationID: machine.invocationID,
      pid: machine.process.pid,
      pidNamespace: machine.pidNamespace,
      startTicks: Int64(clamping: machine.process.startTicks),
      program: program,
      version: ServiceContext.version
    )
    let trust = TrustWindow(lease: settings.publishing.lease, margin: settings.trustMargin)
    let id: Int64
    do {
      let departure = ContinuousClock.now
      id = try await instances.register(identity, lease: settings.publishing.lease)
      trust.confirm(departure: departure)
      try await stopNeighbours(of: machine, except: id, instances)
    } catch {
      throw CommandError(error)
    }
    return InstanceSession(
      id: id,
      trust: trust,
      instances: instances,
      database: database,
      interval: settings.publishing.heartbeat
    )
  }

  /// A predecessor on this machine that was killed cannot say so; its posts need not wait for its lease.
  private static func stopNeighbours(
    of machine: MachineIdentity,
    except id: Int64,
    _ instances: InstanceStore
  ) async throws(PostgresError) {
    guard let machineID = machine.machineID else { return }
    try await instances.stopGone(machineID: machineID, except: id) { other in
      let process = ProcessIdentity(
        pid: other.pid,
        startTicks: UInt64(clamping: other.startTicks),
        bootID: other.bootID
      )
      return machine.proves(
        gone: MachineIdentity(
          machineID: machineID,
          hostname: other.host,
          pidNamespace: other.pidNamespace,
          unit: nil,
          invocationID: nil,
          process: process
        )
      )
    }
  }

  private init(
    id: Int64,
    trust: TrustWindow,
    instances: InstanceStore,
    database: Database,
    interval: Duration
  ) {
    self.id = id
    self.trust = trust
    self.instances = instances
    self.database = database
    self.interval = interval
  }

  /// Beats until the task is cancelled.
  ///
  /// - Parameter beaten: called after each heartbeat that the database accepted.
  /// - Throws: `CommandError` when the database says that this instance has been stopped.
  package func beat(_ beaten: @Sendable () async -> Void) async throws(CommandError) {
    var isAway = false
    while !Task.isCancelled {
      try? await Task.sleep(for: isAway ? min(interval, .seconds(1)) : interval)
      if Task.isCancelled { return }
      let departure = ContinuousClock.now
      do {
        guard try await instances.heartbeat(id) else {
          trust.close()
          throw CommandError(
            .unavailable,
            "another instance of this machine declared this one dead",
            hint:
              "Nothing: systemd starts belfry again. If it recurs, look at SELECT * FROM instances."
          )
        }
        trust.confirm(departure: departure)
        isAway = false
        lastBeat.withLock { $0 = .now }
        await beaten()
      } catch let error as CommandError {
        throw error
      } catch {
        isAway = true
        lastBeat.withLock { $0 = .now }
      }
    }
  }

  /// Says that the process has ended, so that what it left is taken over at once.
  package func end() async {
    try? await instances.stop(id)
    await database.close()
  }
}
