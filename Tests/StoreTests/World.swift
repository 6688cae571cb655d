import FoundationEssentials
import Leases
import Pipeline
import Postgres
import Posts
import Schema
import Store
import TestSupport
import Testing

/// A database of its own with the schema in it, reached through the stores and through `psql`.
struct World: Sendable {
  let postgres: TemporaryPostgres
  let conninfo: String
  let database: Database

  /// Makes a database, empty unless `isMigrated`, in the shared cluster or in another.
  init(in cluster: TemporaryPostgres? = nil, isMigrated: Bool = true) async throws {
    if let cluster { postgres = cluster } else { postgres = try await TemporaryPostgres.shared }
    conninfo = try await postgres.createDatabase()
    database = Database(ConnectionConfiguration(conninfo, applicationName: "store tests"))
    if isMigrated { try await Migrator(database, belfryVersion: "test").migrate { _ in } }
  }

  /// Another connection to the same database.
  func anotherDatabase() -> Database { Database(ConnectionConfiguration(conninfo)) }

  /// Runs SQL in `psql` and returns its rows, fields separated by `|`.
  @discardableResult
  func sql(_ text: String) async throws -> String {
    let output = try await postgres.psql(text, conninfo: conninfo)
    guard output.status.isSuccess else { throw SQLRefusal(output.stderr) }
    return String(output.stdout.dropLast { $0 == "\n" })
  }

  /// What the database says against the SQL; nil when it takes it.
  func refusal(of text: String) async throws -> SQLRefusal? {
    let output = try await postgres.psql("\\set VERBOSITY verbose\n" + text, conninfo: conninfo)
    return output.status.isSuccess ? nil : SQLRefusal(output.stderr)
  }

  var leases: LeaseStore { LeaseStore(database) }
  var instances: InstanceStore { InstanceStore(database) }
  var queue: QueueStore { QueueStore(database) }
}

/// What `psql` wrote to its standard error.
struct SQLRefusal: Error, CustomStringConvertible {
  let description: String
  init(_ text: String) { description = text }

  /// The text behind `HINT:`.
  var hint: String? {
    description.split(separator: "\n").first { $0.hasPrefix("HINT:  ") }.map {
      String($0.dropFirst(7))
    }
  }

  /// Whether it has the SQLSTATE, or names the constraint.
  func mentions(_ text: String) -> Bool { description.contains(text) }
}

extension Substring {
  fileprivate func dropLast(while predicate: (Character) -> Bool) -> Substring {
    var kept = self
    while let last = kept.last, predicate(last) { kept.removeLast() }
    return kept
  }
}

extension String {
  fileprivate func dropLast(while predicate: (Character) -> Bool) -> Substring {
    self[...].dropLast(while: predicate)
  }
}

// MARK: Rows

extension World {
  /// Inserts a persona; `columns` are further `name = value` pairs.
  func persona(_ name: String, _ columns: KeyValuePairs<String, String> = [:]) async throws -> Int64
  {
    let names = columns.map { ", " + $0.key }.joined()
    let values = columns.map { ", " + $0.value }.joined()
    return try await id(
      "INSERT INTO personas (name\(names)) VALUES ('\(name)'\(values)) RETURNING id"
    )
  }

  /// Inserts a photo that has been inspected.
  func photo(of persona: Int64) async throws -> Int64 {
    try await id(
      """
      INSERT INTO photos (persona_id, path, format, width, height, bytes, sha256)
      VALUES (\(persona), '/p/' || gen_random_uuid() || '.jpg', 'jpeg', 1080, 1080, 1000, repeat('a', 64))
      RETURNING id
      """
    )
  }

  /// Inserts a post with a photo of its own, due at the SQL expression `due`.
  func post(
    of persona: Int64,
    due: String = "now()",
    _ columns: KeyValuePairs<String, String> = [:]
  ) async throws -> Int64 {
    let photo = try await photo(of: persona)
    let names = columns.map { ", " + $0.key }.joined()
    let values = columns.map { ", " + $0.value }.joined()
    return try await id(
      """
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at\(names))
      VALUES (\(persona), \(photo), \(due)\(values)) RETURNING id
      """
    )
  }

  /// Registers an instance that leases posts.
  func instance(lease: Duration = .seconds(60), machine: String? = nil) async throws -> Int64 {
    try await instances.register(
      InstanceIdentity(
        host: "host-a",
        machineID: machine,
        bootID: "boot",
        unit: "belfry.service",
        invocationID: nil,
        pid: 42,
        pidNamespace: nil,
        startTicks: 7,
        program: "run",
        version: "test"
      ),
      lease: lease
    )
  }

  /// The status of a post.
  func status(_ post: Int64) async throws -> String {
    try await sql("SELECT status FROM scheduling_posts WHERE id = \(post)")
  }

  private func id(_ text: String) async throws -> Int64 {
    try #require(Int64(try await sql(text)))
  }
}

// MARK: Claims

/// The pipeline that the attempts of these tests record.
let testPipeline = (name: "SchedulePost", version: 1)

extension LeaseStore {
  func claim(_ limit: Int = 100, for instance: Int64) async throws -> [LeasedPost] {
    try await claimWithRecords(limit, for: instance).map(\.post)
  }

  func claimWithRecords(_ limit: Int = 100, for instance: Int64) async throws -> [ClaimedPost] {
    try await claim(
      upTo: limit,
      for: instance,
      pipeline: testPipeline,
      reusable: ["GeneratePublicPhotoURL", "CreateMediaContainer"]
    )
  }

  func takeOver(for instance: Int64, working: [Int64] = []) async throws -> [ClaimedPost] {
    try await takeOver(upTo: 100, for: instance, working: working)
  }
}

extension World {
  /// Claims the one post that is due.
  func claimOne(for instance: Int64) async throws -> LeasedPost {
    try #require(try await leases.claim(for: instance).first)
  }

  /// Records the whole way of a leased post to `posted`.
  func publish(_ post: LeasedPost, media: String) async throws {
    try await PostStepLog(database, term: post.term).write(.publication(of: media))
  }

  /// Publishes the due post of a persona.
  func publishDue(for instance: Int64, media: String) async throws {
    try await publish(try await claimOne(for: instance), media: media)
  }
}

extension LogWrite<PostChange> {
  /// All changes of a publication at once.
  static func publication(of media: String) -> Self {
    let id = MediaID(rawValue: media)
    return LogWrite(
      changes: [
        .containerCreated(ContainerID(rawValue: "9" + media)), .publishRequested, .published(id),
        .posted(id, permalink: "https://example.invalid/p/\(media)"),
      ]
    )
  }
}

extension StepFailure {
  /// A failure as a step reports it.
  static func example(_ failureClass: FailureClass = .wait) -> StepFailure {
    StepFailure(failureClass, "the platform said no", hint: "Ask again.")
  }
}
