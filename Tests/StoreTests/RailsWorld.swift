import FoundationEssentials
import Postgres
import RailsImport
import Store
import TestSupport
import Testing

/// A Rails database and an empty belfry, and the import from one to the other.
struct RailsWorld: Sendable {
  let app: RailsApp
  let world: World

  init(_ version: RailsApp.Version) async throws {
    world = try await World()
    app = try await RailsApp(version, on: world.postgres)
  }

  /// Imports.
  func run(
    apply: Bool = true,
    storage: String? = nil,
    fileProblems: [Int64: String] = [:]
  ) async throws -> RailsReport {
    let origin = Database(ConnectionConfiguration(app.conninfo))
    let data = try await RailsOrigin(origin).read { _, _, _ in }
    await origin.close()
    return try await RailsImport(world.database).run(
      data,
      storage: storage,
      fileProblems: fileProblems,
      isApplied: apply
    ) { _, _, _ in }
  }

  /// A persona and so many photos of it, numbered from 1.
  func personaWithPhotos(_ count: Int) async throws {
    try await app.sql(
      """
      INSERT INTO personas (name) VALUES ('sarah');
      INSERT INTO photos (persona_id, path) SELECT 1, '/srv/photos/' || n || '.jpg' FROM generate_series(1, \(count)) AS n;
      """
    )
  }

  /// Inserts the post of photo `photo` of persona 1; `columns` are further `name = value` pairs.
  func post(_ photo: Int, _ status: String, _ columns: KeyValuePairs<String, String> = [:])
    async throws
  {
    let names = columns.map { ", " + $0.key }.joined()
    let values = columns.map { ", " + $0.value }.joined()
    try await app.sql(
      """
      INSERT INTO scheduling_posts (id, photo_id, persona_id, caption, status\(names))
      VALUES (\(photo), \(photo), 1, 'caption \(photo)', '\(status)'\(values));
      SELECT setval('scheduling_posts_id_seq', \(photo));
      """
    )
  }

  /// What the post that was number `id` is here: columns separated by `|`.
  func here(_ id: Int, _ columns: String) async throws -> String {
    try await world.sql(
      """
      SELECT \(columns) FROM scheduling_posts AS post
      JOIN rails_imports AS came ON came.kind = 'post' AND came.local_id = post.id
      WHERE came.origin_id = \(id)
      """
    )
  }
}

extension RailsReport {
  /// New, matched, before, left of one table.
  func counts(_ kind: RailsKind) -> [Int] {
    tallies.filter { $0.kind == kind }.flatMap { [$0.brought, $0.matched, $0.known, $0.left] }
  }

  /// The reasons for a row.
  func reasons(_ findings: KeyPath<RailsReport, [Finding]>, _ kind: RailsKind, _ id: Int64)
    -> [String]
  {
    self[keyPath: findings].filter { $0.kind == kind && $0.originID == id }.map(\.cause)
  }
}
