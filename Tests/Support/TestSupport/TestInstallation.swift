import FoundationEssentials
import Glibc
public import GraphSandbox

/// A whole installation of Belfry for one test: database, Instagram's stand-in, files, credentials.
///
/// What it holds, all of it private to the test:
///
///     directory/belfry.yaml        the configuration, with pauses of hundredths of a second
///     directory/credentials/       belfry.key
///     directory/photos/            eight JPEGs for each of sarah (Facebook login) and max (Instagram)
///     directory/public/            the webroot, served by the sandbox below /_files/
///     a database                   migrated by `belfry migrate`, tokens stored by `belfry credentials set`
///
/// The database is a copy of a template that the real program made once per process.
public final class TestInstallation: Sendable {
  /// The token of sarah, a Facebook-Login one.
  public static let sarahToken = "EAAtowerSarah0123456789abcdefghijklmnop"
  /// The token of max, an Instagram-Login one.
  public static let maxToken = "IGAAtowerMax0123456789abcdefghijklmnopq"
  /// The account id of sarah.
  public static let sarahAccount = "17841400000000001"
  /// The account id of max.
  public static let maxAccount = "17841400000000002"

  /// Where everything of this installation lies.
  public let directory: String
  /// The cluster that holds the database.
  public let postgres: TemporaryPostgres
  /// The connection string in the configuration.
  public let conninfo: String
  /// Instagram's stand-in.
  public let sandbox: GraphSandbox
  /// The path of the program under test.
  public let program: String
  private let files: TemporaryDirectory

  /// Builds an installation, lends it to `body`, and takes it down.
  ///
  /// - Parameter postgres: the cluster to use; nil for the one that all tests share. Tests that stop the
  ///   server bring their own.
  public static func stand(
    on postgres: TemporaryPostgres? = nil,
    _ body: (TestInstallation) async throws -> Void
  ) async throws {
    await InstallationPlan.gate.enter()
    do {
      try await TemporaryDatabases.scope(isGated: false) {
        let plan =
          if let postgres { try await InstallationPlan.make(on: postgres) } else {
            try await InstallationPlan.shared
          }
        let installation = try await TestInstallation(plan)
        do {
          try await body(installation)
        } catch {
          await installation.sandbox.stop()
          throw error
        }
        await installation.sandbox.stop()
      }
    } catch {
      await InstallationPlan.gate.leave()
      throw error
    }
    await InstallationPlan.gate.leave()
  }

  private convenience init(_ plan: InstallationPlan) async throws {
    let conninfo = try await plan.postgres.createDatabase(copying: InstallationPlan.database)
    try await self.init(plan.postgres, conninfo: conninfo, key: plan.key)
  }

  init(_ postgres: TemporaryPostgres, conninfo: String, key: String?) async throws {
    self.postgres = postgres
    self.conninfo = conninfo
    program = try builtProduct("belfry")
    files = try TemporaryDirectory("installation")
    directory = files.path
    for name in ["credentials", "photos/sarah", "photos/max", "public"] {
      try FileManager.default.createDirectory(
        atPath: "\(directory)/\(name)",
        withIntermediateDirectories: true
      )
    }
    try InstallationPlan.copyPhotos(to: "\(directory)/photos")
    var configuration = SandboxConfiguration()
    configuration.servedDirectory = "\(directory)/public"
    configuration.accounts = [
      SandboxAccount(
        id: Self.sarahAccount,
        username: "sarah.makes",
        login: .facebook,
        token: Self.sarahToken
      ),
      SandboxAccount(
        id: Self.maxAccount,
        username: "max.outside",
        login: .instagram,
        token: Self.maxToken
      ),
    ]
    configuration.settings.secondsUntilFinished = nil
    configuration.settings.pollsUntilFinished = 1
    sandbox = try await GraphSandbox.start(configuration)
    if let key { try write(key, to: "credentials/belfry.key", mode: 0o600) }
    try configure()
  }

  // MARK: Files

  /// Writes a file below `directory`, and answers its path.
  @discardableResult
  public func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws -> String {
    let path = "\(directory)/\(name)"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    guard unsafe chmod(path, mode) == 0 else {
      throw ChildProcessError("chmod \(path)", errno: errno)
    }
    return path
  }

  /// Names of the photos that are public at this moment.
  public var publicFiles: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: "\(directory)/public").sorted()
    }
  }

  /// Writes `belfry.yaml` anew.
  ///
  /// - Parameters:
  ///   - database: the connection string; nil for this installation's.
  ///   - wake: seconds between two wakes.
  ///   - more: further lines, from the left margin.
  public func configure(database: String? = nil, wake: Int = 3600, more: String = "") throws {
    try write(
      """
      database: "\(database ?? conninfo)"
      schedule:
        wake: \(wake)
      publishing:
        drain: 10
        poll:
          first: 0.05
          cap: 0.2
          give_up: 30
        reconcile:
          recheck: 0.1
          grace: 0.3
          give_up: 1
      instagram:
        timeout: 5
        facebook_graph_url: \(sandbox.facebookURL)
        instagram_graph_url: \(sandbox.instagramURL)
      media:
        photos: \(directory)/photos
        webroot:
          directory: \(directory)/public
          base_url: \(sandbox.baseURL)/_files/
      \(more)

      """,
      to: "belfry.yaml"
    )
  }

  // MARK: The program

  /// The environment of every child: nothing of ours but the path, and where the credentials are.
  ///
  /// A variable with the value nil is left out.
  public func environment(_ changes: [String: String?] = [:]) -> [String: String] {
    var environment: [String: String?] = [
      "PATH": "/usr/local/bin:/usr/bin:/bin",
      "CREDENTIALS_DIRECTORY": "\(directory)/credentials",
    ]
    // What the sanitizers and the coverage report tell a program that was built for them.
    let own = ProcessInfo.processInfo.environment
    for name in ["TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"] {
      environment[name] = own[name]
    }
    environment.merge(changes) { _, new in new }
    return environment.compactMapValues(\.self)
  }

  /// Runs `belfry` with this installation's configuration to its end.
  public func belfry(
    _ arguments: String...,
    input: String? = nil,
    environment changes: [String: String?] = [:]
  ) async throws -> ChildProcess.Output {
    try await belfry(arguments, input: input, environment: changes)
  }

  /// Runs `belfry` with this installation's configuration to its end.
  public func belfry(
    _ arguments: [String],
    input: String? = nil,
    environment changes: [String: String?] = [:]
  ) async throws -> ChildProcess.Output {
    try await ChildProcess.run(
      program,
      arguments + ["--config", "\(directory)/belfry.yaml"],
      environment: environment(changes),
      input: input
    )
  }

  /// A sealing key that is not this installation's.
  public func anotherKey() async throws -> String {
    try await ChildProcess.run(program, ["credentials", "new-key"]).stdout
  }

  /// Starts `belfry` with this installation's configuration and returns at once.
  public func start(
    _ arguments: String...,
    environment changes: [String: String?] = [:]
  ) throws -> ChildProcess {
    try ChildProcess.spawn(
      program,
      arguments + ["--config", "\(directory)/belfry.yaml"],
      environment: environment(changes)
    )
  }
}
