import Synchronization
public import Testing

/// The databases that a test makes are dropped when it ends.
///
/// Tests run side by side, and an empty database takes 8 MB: without an end of their own, the databases of
/// all tests would lie beside each other until the server stops. That is also why only few tests have
/// databases at a time; the others wait when they ask for their first one.
///
/// `TemporaryPostgres.createDatabase` refuses to work outside of a test with this trait, so that nobody
/// forgets it. `TestInstallation.stand` needs none: an installation drops what was made while it stood.
public struct TemporaryDatabasesTrait: SuiteTrait, TestTrait, TestScoping {
  /// Each test of a suite has databases of its own.
  public var isRecursive: Bool { true }

  /// Runs a test, and drops its databases.
  public func provideScope(
    for test: Test,
    testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    try await TemporaryDatabases.scope(function)
  }
}

extension Trait where Self == TemporaryDatabasesTrait {
  /// Drops the databases of a test when it ends.
  public static var temporaryDatabases: Self { Self() }
}

/// The databases of one test, and their end.
final class TemporaryDatabases: Sendable {
  private struct Made {
    var cluster: TemporaryPostgres
    var conninfo: String
  }

  private struct State {
    var databases: [Made] = []
    var hasPlace = false
  }

  /// How many tests may have databases at the same time.
  private static let gate = Gate(places: 6)
  @TaskLocal private static var current: TemporaryDatabases?
  private let isGated: Bool
  private let state = Mutex(State())

  private init(isGated: Bool) {
    self.isGated = isGated
  }

  /// Runs `body`, and drops the databases that it made.
  ///
  /// - Parameter isGated: whether it waits for others that have databases.
  static func scope(isGated: Bool = true, _ body: () async throws -> Void) async throws {
    let databases = TemporaryDatabases(isGated: isGated)
    do {
      try await $current.withValue(databases) { try await body() }
    } catch {
      await databases.drop()
      throw error
    }
    await databases.drop()
  }

  /// The databases of the running test, when it may make one.
  static func place() async throws -> TemporaryDatabases {
    guard let current else {
      throw ChildProcessError(
        """
        a database was made that nobody drops
        HINT: Give the suite the trait .temporaryDatabases.
        """
      )
    }
    await current.takePlace()
    return current
  }

  /// Notes a database to drop.
  func note(_ conninfo: String, on cluster: TemporaryPostgres) {
    state.withLock { $0.databases.append(Made(cluster: cluster, conninfo: conninfo)) }
  }

  private func takePlace() async {
    guard isGated else { return }
    let isFirst = state.withLock { state in
      defer { state.hasPlace = true }
      return !state.hasPlace
    }
    if isFirst { await Self.gate.enter() }
  }

  private func drop() async {
    let last = state.withLock { state in
      defer { state = State() }
      return state
    }
    for database in last.databases { await database.cluster.dropDatabase(database.conninfo) }
    if last.hasPlace { await Self.gate.leave() }
  }
}
