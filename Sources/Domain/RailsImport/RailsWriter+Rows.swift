import Postgres

extension RailsWriter {
  /// What a human can always do.
  static let repair = "Repair the row in the Rails database, then run the import again."

  /// So many rows go in at once.
  private static let batch = 500

  /// Whether an earlier import brought it; counts it if so.
  mutating func isKnown(_ kind: RailsKind, _ id: Int64) -> Bool {
    guard known[kind]?[id] != nil else { return false }
    report.count(kind) { $0.known += 1 }
    return true
  }

  /// The id here of what a row refers to; without one the row is left.
  mutating func place(
    of kind: RailsKind,
    _ id: Int64?,
    for row: RailsKind,
    _ rowID: Int64
  ) -> Int64? {
    guard let id else {
      report.leave(row, rowID, "it has no \(kind.rawValue)", advice: Self.repair)
      return nil
    }
    if let place = places[kind]?[id] { return place }
    report.leave(
      row,
      rowID,
      "its \(kind.rawValue) \(id) did not come over",
      advice: "Settle that \(kind.rawValue) first, then run the import again."
    )
    return nil
  }

  /// What the report is to say of a row if it is written.
  mutating func remark(on kind: RailsKind, _ id: Int64, _ reason: String, advice: String) {
    remarks[kind, default: [:]][id, default: []].append(.init(reason: reason, advice: advice))
  }

  /// The id here of a row's cluster; none, with a remark, when that is not its persona's or did not come.
  mutating func cluster(
    _ id: Int64?,
    of persona: Int64?,
    for row: RailsKind,
    _ rowID: Int64
  ) -> Int64? {
    guard let id else { return nil }
    let isOwn = clusterOwners[id].map { $0 == persona } ?? true
    if isOwn, let place = places[.cluster]?[id] { return place }
    remark(
      on: row,
      rowID,
      isOwn
        ? "its cluster \(id) did not come over; it has none here"
        : "its cluster \(id) belongs to another persona; it has none here",
      advice: "Give it one if it needs one: UPDATE \(row.table) SET cluster_id = …;"
    )
    return nil
  }

  /// A post that an earlier import brought: stays as it is, but what the Rails app did since is told.
  mutating func compare(_ post: RailsPost, with known: RailsKnown.Known) {
    report.count(.post) { $0.known += 1 }
    guard post.updated != known.originUpdated else { return }
    let wasSent = post.status == "posted" || post.status == "posting"
    guard wasSent, let status = known.status, status != "posted" else {
      report.note(
        .post,
        post.id,
        "the Rails app has changed it since it was brought over; it stays as it is here",
        advice: "Compare it with post \(known.localID) here, and change that if need be."
      )
      return
    }
    let media = post.media.map { " as media \(RailsPostRules.shown($0))" } ?? ""
    report.left.append(
      RailsReport.Finding(
        kind: .post,
        originID: post.id,
        cause:
          "the Rails app calls it \(post.status)\(media) since it was brought over; it is \(status) here, "
          + "as post \(known.localID)",
        advice: Self.settlement(of: known.localID, status, media: post.media)
      )
    )
  }

  private static func settlement(of id: Int64, _ status: String, media: String?) -> String {
    switch status {
    case "draft", "scheduled":
      "Stop the Rails app, then: UPDATE scheduling_posts SET status = 'cancelled' WHERE id = \(id);"
    case "held": "Stop the Rails app, and do not release post \(id)."
    case "unconfirmed":
      "Look at the account, then: belfry resolve \(id) published \(media ?? "MEDIA_ID")"
    case "posting": "Stop the Rails app, and look at the account: it may be there twice."
    default: "Stop the Rails app, and do not schedule post \(id) again."
    }
  }

  // MARK: Writing

  /// Writes rows batch by batch, and counts what came of each.
  mutating func write<W: RailsWrite>(
    _ type: W.Type,
    _ kind: RailsKind,
    _ rows: [W.Given],
    _ progress: (String, Int, Bool) -> Void,
    _ transaction: borrowing Transaction
  ) throws(PostgresError) {
    for start in stride(from: 0, to: rows.count, by: Self.batch) {
      let end = min(start + Self.batch, rows.count)
      try write(type, kind, rows[start..<end], transaction)
      progress(kind.table, end, end == rows.count)
    }
  }

  private mutating func write<W: RailsWrite>(
    _ type: W.Type,
    _ kind: RailsKind,
    _ rows: ArraySlice<W.Given>,
    _ transaction: borrowing Transaction
  ) throws(PostgresError) {
    guard let first = rows.first else { return }
    let statement = W(source: data.source, json: try W.Given.json(rows))
    let placements: [RailsPlacement]
    do {
      placements = try transaction.savepoint { inner throws(PostgresError) in
        try inner.run(statement)
      }
    } catch {
      guard error.refusesRow else { throw error }
      guard rows.count > 1 else { return refuse(first, kind, error) }
      let middle = rows.startIndex + rows.count / 2
      try write(type, kind, rows[..<middle], transaction)
      return try write(type, kind, rows[middle...], transaction)
    }
    let written = Dictionary(rows.map { ($0.originID, $0) }) { first, _ in first }
    for placement in placements.sorted(by: { $0.originID < $1.originID }) {
      places[kind, default: [:]][placement.originID] = placement.localID
      if placement.isMatched {
        report.count(kind) { $0.matched += 1 }
        continue
      }
      report.count(kind) { $0.brought += 1 }
      for remark in remarks[kind]?[placement.originID] ?? [] {
        report.note(kind, placement.originID, remark.reason, advice: remark.advice)
      }
      if let post = written[placement.originID] as? RailsPostRow {
        report.states[post.status, default: 0] += 1
      }
    }
  }

  /// The database's own words, or better ones where it only names a constraint.
  private mutating func refuse(_ row: some RailsRow, _ kind: RailsKind, _ error: PostgresError) {
    switch (error.constraint, row) {
    case ("scheduling_posts_one_live_post_per_photo", let post as RailsPostRow):
      report.leave(
        kind,
        row.originID,
        "another post of its photo is queued or published here",
        advice:
          "Look: SELECT id, status, caption FROM scheduling_posts WHERE photo_id = \(post.photoID);"
      )
    case ("scheduling_posts_one_row_per_media", let post as RailsPostRow):
      let media = post.providerPostID ?? ""
      report.leave(
        kind,
        row.originID,
        "media \(media) belongs to another post here",
        advice:
          "Look: SELECT id, persona_id FROM scheduling_posts WHERE provider_post_id = '\(media)';"
      )
    case ("personas_name_check", let persona as RailsPersonaRow):
      report.leave(
        kind,
        row.originID,
        "its name '\(RailsPostRules.shown(persona.name))' cannot be a persona's here",
        advice:
          "Rename it in the Rails database: 1 to 63 characters, no space at the ends, no control character."
      )
    default:
      report.leave(kind, row.originID, error.message, advice: error.hint ?? Self.repair)
    }
  }
}
