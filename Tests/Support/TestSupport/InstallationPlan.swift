import FoundationEssentials
import GraphSandbox

/// The template that installations are copied from: a database that the real program made, and its key.
struct InstallationPlan: Sendable {
  /// Name of the template in its cluster.
  static let database = "installation"
  /// Lets few installations stand at a time: each is a handful of processes, and some measure seconds.
  static let gate = Gate(places: 3)
  private static let sharedPlan = Task { try await make(on: TemporaryPostgres.shared) }

  /// The plan on the cluster that all tests share.
  static var shared: InstallationPlan {
    get async throws { try await sharedPlan.value }
  }

  let postgres: TemporaryPostgres
  let key: String

  /// Creates the template with `belfry migrate` and `belfry credentials set`.
  static func make(on postgres: TemporaryPostgres) async throws -> InstallationPlan {
    try await succeed(postgres.psql("CREATE DATABASE \(database)", database: "postgres"))
    let key = try await succeed(
      ChildProcess.run(builtProduct("belfry"), ["credentials", "new-key"])
    )
    let installation = try await TestInstallation(
      postgres,
      conninfo: postgres.conninfo(database: database),
      key: key
    )
    try await succeed(installation.belfry("migrate"))
    try await installation.sql(
      """
      INSERT INTO personas (id, name, username, instagram_account_id, login, time_zone) VALUES
        (1, 'sarah', 'sarah.makes', '\(TestInstallation.sarahAccount)', 'facebook', 'Europe/Berlin'),
        (2, 'max', 'max.outside', '\(TestInstallation.maxAccount)', 'instagram', 'America/Denver');
      ALTER TABLE personas ALTER id RESTART WITH 3;
      """
    )
    for (number, persona) in ["sarah", "max"].enumerated() {
      let values = photoNames(of: persona).map { "(\(number + 1), '\(persona)/\($0)')" }
      try await installation.sql(
        "INSERT INTO photos (persona_id, path) VALUES \(values.joined(separator: ", "))"
      )
    }
    try await succeed(
      installation.belfry("credentials", "set", "sarah", input: TestInstallation.sarahToken + "\n")
    )
    try await succeed(
      installation.belfry("credentials", "set", "max", input: TestInstallation.maxToken + "\n")
    )
    await installation.sandbox.stop()
    return InstallationPlan(postgres: postgres, key: key)
  }

  @discardableResult
  private static func succeed(_ output: ChildProcess.Output) throws -> String {
    guard output.status.isSuccess else {
      throw ChildProcessError("the installation's plan failed: \(output.stdout)\(output.stderr)")
    }
    return output.stdout
  }

  // MARK: Photos

  private static let originals = [
    "sarah": ["beach-014", "dunes-007", "pier-033", "sunset-021"],
    "max": ["forest-026", "lake-009", "night-sky-042", "ridge-018"],
  ]

  /// The demo's four photos, and each once more, so that a persona can have eight posts in its queue.
  static func photoNames(of persona: String) -> [String] {
    let names = originals[persona, default: []]
    return names.map { "\($0).jpg" } + names.map { "\($0)-again.jpg" }
  }

  static func copyPhotos(to directory: String) throws {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    for persona in originals.keys {
      for name in photoNames(of: persona) {
        let original = name.replacing("-again", with: "")
        try FileManager.default.copyItem(
          atPath: "/\(root)/etc/demo/photos/\(persona)/\(original)",
          toPath: "\(directory)/\(persona)/\(name)"
        )
      }
    }
  }
}
