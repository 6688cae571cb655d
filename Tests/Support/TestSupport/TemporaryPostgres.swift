import Glibc
import Postgres
import Schema
import Store
import Synchronization

/// A private PostgreSQL cluster in a temporary directory of its own.
///
/// It listens on a Unix socket only, trusts every local user, and neither syncs nor keeps anything. A
/// shell between us and the server holds the reading end of a pipe: however this process ends, SIGKILL
/// included, the pipe closes, and the shell stops the server and removes the directory.
public final class TemporaryPostgres: Sendable {
  private struct Running {
    var supervisor: ChildProcess
    var lifeline: Int32
    var serverPID: Int32
  }

  /// The directory that holds the socket; the data lie in `data` below it.
  public let directory: String
  private let binaries: String
  private let running = Mutex<Running?>(nil)
  private let template = Mutex<Task<String, any Error>?>(nil)
  private static let databaseCount = Atomic<Int>(0)

  private static let sharedCluster = Task { try await TemporaryPostgres() }

  /// The one cluster of this process; each test takes a database of its own.
  public static var shared: TemporaryPostgres {
    get async throws { try await sharedCluster.value }
  }

  /// Makes and starts a cluster; `settings` go to its `postgresql.conf`.
  ///
  /// Tests that stop or kill the server need one of their own.
  public init(settings: [String: String] = [:]) async throws {
    binaries = try await Self.findBinaries()
    directory = try Self.makeDirectory()
    try await initialize(settings)
    try await start()
  }

  deinit {
    guard let last = running.withLock({ $0 }) else {
      // The server is stopped, so nobody but us is left to tidy up.
      if let removal = try? ChildProcess.spawn("rm", ["-rf", directory]) {
        Abandoned.keep(removal)
      }
      return
    }
    // The supervisor sees the end of the pipe, stops the server and removes the directory. It has to
    // survive our reference to it.
    Abandoned.keep(last.supervisor)
    close(last.lifeline)
  }

  /// A connection string for a database of this cluster.
  public func conninfo(database: String, user: String = "postgres") -> String {
    "host=\(directory) port=5432 dbname=\(database) user=\(user)"
  }

  /// Makes an empty database and returns its connection string; it is dropped when the test ends.
  public func createDatabase(user: String = "postgres") async throws -> String {
    try await createDatabase(copying: "template0", user: user)
  }

  /// Makes a database with belfry's schema in it; it is dropped when the test ends.
  public func createMigratedDatabase() async throws -> String {
    let making = template.withLock { template in
      if let template { return template }
      let task = Task { try await self.makeTemplate() }
      template = task
      return task
    }
    return try await createDatabase(copying: try await making.value)
  }

  /// Makes a database with the contents of `template`, to which nobody may be connected; it is dropped when
  /// the test ends.
  public func createDatabase(
    copying template: String,
    user: String = "postgres"
  ) async throws -> String {
    let databases = try await TemporaryDatabases.place()
    let number = Self.databaseCount.add(1, ordering: .relaxed).newValue
    let name = "test_\(number)"
    databases.note(conninfo(database: name), on: self)
    // Copying files takes half the time of copying through the log, and leaves the log short.
    try await administer("CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY file_copy")
    return conninfo(database: name, user: user)
  }

  /// Migrates a database that others are copied from.
  private func makeTemplate() async throws -> String {
    let name = "migrated"
    try await administer("CREATE DATABASE \(name) TEMPLATE template0")
    let database = Database(ConnectionConfiguration(conninfo(database: name)))
    try await Migrator(database, belfryVersion: "test").migrate { _ in }
    await database.close()
    return name
  }

  private func administer(_ sql: String) async throws {
    let output = try await psql(sql, database: "postgres")
    guard output.status.isSuccess else { throw ChildProcessError("\(sql): \(output.stderr)") }
  }

  /// Removes the database of a connection string, if the server runs; whoever is connected is thrown out.
  func dropDatabase(_ conninfo: String) async {
    let name = conninfo.split(separator: " ").first { $0.hasPrefix("dbname=") }?.dropFirst(7)
    guard let name, running.withLock({ $0 != nil }) else { return }
    _ = try? await psql("DROP DATABASE IF EXISTS \(name) WITH (FORCE)", database: "postgres")
  }

  /// Runs SQL through the real `psql`, stopping at the first error.
  public func psql(
    _ sql: String,
    database: String,
    user: String = "postgres"
  ) async throws -> ChildProcess.Output {
    try await psql(sql, conninfo: conninfo(database: database, user: user))
  }

  /// Runs SQL through the real `psql`; rows come unaligned and without headers.
  public func psql(_ sql: String, conninfo: String) async throws -> ChildProcess.Output {
    try await ChildProcess.run(
      binaries + "/psql",
      [
        "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
        "--dbname=\(conninfo)", "--file=-",
      ],
      input: sql
    )
  }

  /// Everything in a database as the real `pg_dump` writes it.
  public func pgDump(_ conninfo: String) async throws -> String {
    let output = try await ChildProcess.run(binaries + "/pg_dump", ["--dbname=\(conninfo)"])
    guard output.status.isSuccess else { throw ChildProcessError("pg_dump: \(output.stderr)") }
    return output.stdout
  }

  /// Starts the server unless it runs, and returns when it accepts connections.
  public func start() async throws {
    guard running.withLock({ $0 == nil }) else { return }
    let pipe = try Pipe()
    let supervisor: ChildProcess
    do {
      defer { close(pipe.readEnd) }
      // The shell's `read` must wait.
      _ = fcntl(pipe.readEnd, F_SETFL, 0)
      let server = [binaries + "/postgres", "-D", directory + "/data"]
      let (path, arguments) = Self.asServerUser(
        "/bin/sh",
        ["-c", Self.supervision, "supervisor", directory] + server
      )
      supervisor = try ChildProcess.spawn(path, arguments, descriptors: [3: pipe.readEnd])
    } catch {
      close(pipe.writeEnd)
      throw error
    }
    do {
      try await supervisor.waitForOutput("server process is", in: .stdout)
      try await supervisor.waitForOutput("ready to accept connections", in: .stderr)
    } catch {
      close(pipe.writeEnd)
      throw error
    }
    let pid = supervisor.stdout.split(whereSeparator: \.isWhitespace).last.flatMap { Int32($0) }
    guard let pid else {
      close(pipe.writeEnd)
      throw ChildProcessError("the supervisor said: \(supervisor.stdout)")
    }
    running.withLock {
      $0 = Running(supervisor: supervisor, lifeline: pipe.writeEnd, serverPID: pid)
    }
  }

  /// Stops the server, disconnecting everybody (SIGINT, a fast shutdown), and waits for its end.
  public func stop() async {
    kill(SIGINT)
    await waitForEnd()
  }

  /// Sends a signal to the server's first process: SIGQUIT crashes the cluster, SIGSTOP freezes only
  /// the part that accepts connections.
  public func kill(_ signal: Int32) {
    running.withLock { state in
      // While the supervisor lives it has not reaped the server, or is about to exit.
      if let state, state.supervisor.isRunning { _ = Glibc.kill(state.serverPID, signal) }
    }
  }

  /// Waits until the server has ended, after `kill(_:)`.
  public func waitForEnd() async {
    guard let last = running.withLock({ $0 }) else { return }
    _ = await last.supervisor.wait()
    running.withLock { $0 = nil }
    close(last.lifeline)
  }

  /// What the server has written to its log since it started.
  public var log: String { running.withLock { $0?.supervisor.stderr ?? "" } }
}

extension TemporaryPostgres {
  /// $1 is the directory, the rest the server's command line; descriptor 3 is the lifeline.
  private static let supervision = """
    directory=$1; shift
    "$@" 3<&- &
    server=$!
    echo "server process is $server"
    # A pipe that closes means that the tests are gone: stop the server, leave nothing.
    { read -r _ <&3; touch "$directory/data/abandoned"; kill -s INT "$server"; } 2>/dev/null &
    watcher=$!
    wait "$server"
    status=$?
    kill "$watcher" 2>/dev/null
    if [ -e "$directory/data/abandoned" ]; then rm -rf "$directory"/* "$directory"/.s.PGSQL.*; rmdir "$directory"; fi 2>/dev/null
    exit "$status"
    """

  /// PostgreSQL refuses to run as root, so root becomes the user that Debian's package made.
  private static func asServerUser(
    _ path: String,
    _ arguments: [String]
  ) -> (path: String, arguments: [String]) {
    guard geteuid() == 0 else { return (path, arguments) }
    return ("runuser", ["-u", "postgres", "--", path] + arguments)
  }

  private static func findBinaries() async throws -> String {
    var candidates: [String] = []
    if let output = try? await ChildProcess.run("pg_config", ["--bindir"]), output.status.isSuccess
    {
      candidates += output.stdout.split(separator: "\n").map(String.init)
    }
    candidates += (15...20).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
    let found = candidates.first { directory in
      ["initdb", "postgres", "psql"].allSatisfy { unsafe access("\(directory)/\($0)", X_OK) == 0 }
    }
    guard let found else {
      throw ChildProcessError(
        """
        no PostgreSQL server was found in \(candidates.joined(separator: ", "))
        HINT: Install it: apt-get install postgresql-15
        """
      )
    }
    return found
  }

  private static func makeDirectory() throws -> String {
    // Daemons under test may run as somebody else and must reach the socket.
    let path = try TemporaryDirectory.make("pg", mode: 0o755)
    try TemporaryDirectory.requireSocketPath(path + "/.s.PGSQL.5432")
    guard geteuid() == 0 else { return path }
    guard let entry = unsafe getpwnam("postgres") else {
      throw ChildProcessError(
        "there is no user postgres\nHINT: Install the server: apt-get install postgresql-15"
      )
    }
    unsafe chown(path, unsafe entry.pointee.pw_uid, unsafe entry.pointee.pw_gid)
    return path
  }

  private func initialize(_ settings: [String: String]) async throws {
    let defaults = [
      "listen_addresses": "", "unix_socket_directories": directory, "port": "5432",
      "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
      // A long log is of no use to a cluster that is thrown away, and the defaults keep 80 MB of it.
      "min_wal_size": "2MB", "max_wal_size": "16MB", "checkpoint_warning": "0",
      "max_connections": "400", "shared_buffers": "32MB", "lc_messages": "C",
      "autovacuum": "off", "logging_collector": "off",
    ]
    var script = "set -e\n\"$1\" -D \"$2\" -U postgres --auth=trust --no-sync --locale=C -E UTF8"
    script += " --wal-segsize=1\n"
    script += "cat >>\"$2/postgresql.conf\"\n"
    let (path, arguments) = Self.asServerUser(
      "/bin/sh",
      ["-c", script, "initialize", binaries + "/initdb", directory + "/data"]
    )
    let lines = defaults.merging(settings) { _, given in given }
      .map { "\($0) = '\($1)'" }.sorted().joined(separator: "\n")
    let output = try await ChildProcess.run(path, arguments, input: lines + "\n")
    guard output.status.isSuccess else {
      throw ChildProcessError("initdb failed: \(output.stdout)\n\(output.stderr)")
    }
  }
}

/// Keeps processes that outlive their cluster, since a `ChildProcess` is killed with its last reference.
private enum Abandoned {
  private static let processes = Mutex<[ChildProcess]>([])

  static func keep(_ process: ChildProcess) {
    processes.withLock { $0.append(process) }
  }
}
