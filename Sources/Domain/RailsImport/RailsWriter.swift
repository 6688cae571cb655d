import Postgres

/// The state of an import inside its transaction: what is to be written, kind by kind.
struct RailsWriter {
  let data: RailsData
  let now: PostgresTimestamp
  var report: RailsReport
  /// What earlier imports brought.
  var known: [RailsKind: [Int64: RailsKnown.Known]] = [:]
  /// Ids here by kind and id there: of all rows that are here, from now or before.
  var places: [RailsKind: [Int64: Int64]] = [:]
  /// What the report says of rows if they are written.
  var remarks: [RailsKind: [Int64: [RailsPostRules.Remark]]] = [:]
  /// Who the clusters belong to.
  let clusterOwners: [Int64: Int64]

  init(_ data: RailsData, known: [RailsKnown.Known], now: PostgresTimestamp, isApplied: Bool) {
    self.data = data
    self.now = now
    report = RailsReport(data, isApplied: isApplied)
    clusterOwners = data.clusterOwners()
    for row in known {
      self.known[row.kind, default: [:]][row.originID] = row
      places[row.kind, default: [:]][row.originID] = row.localID
    }
  }

  mutating func writeAll(
    _ storage: String?,
    _ fileProblems: [Int64: String],
    _ progress: (String, Int, Bool) -> Void,
    _ transaction: borrowing Transaction
  ) throws(PostgresError) {
    try write(WriteRailsPersonas.self, .persona, personas(), progress, transaction)
    try write(WriteRailsClusters.self, .cluster, clusters(), progress, transaction)
    try write(WriteRailsPhotos.self, .photo, photos(storage, fileProblems), progress, transaction)
    try write(WriteRailsPosts.self, .post, posts(), progress, transaction)
    try transaction.execute(
      SQLText(embedded: PackageResources.rails_note_publications_sql),
      [.text(data.source)]
    )
  }

  // MARK: What is to be written

  private mutating func personas() -> [RailsPersonaRow] {
    var rows: [RailsPersonaRow] = []
    for persona in data.personas where !isKnown(.persona, persona.id) {
      guard let name = persona.name else {
        report.leave(.persona, persona.id, "it has no name", advice: Self.repair)
        continue
      }
      rows.append(
        RailsPersonaRow(
          originID: persona.id,
          name: name,
          createdAt: persona.created?.description,
          updatedAt: persona.updated?.description
        )
      )
    }
    return rows
  }

  private mutating func clusters() -> [RailsClusterRow] {
    var rows: [RailsClusterRow] = []
    var taken: Set<[String]> = []
    for cluster in data.clusters {
      let persona = clusterOwners[cluster.id]
      let plain = cluster.name.flatMap { $0.isEmpty ? nil : $0 } ?? "cluster \(cluster.id)"
      let isFree = taken.insert(["\(persona ?? 0)", plain]).inserted
      guard !isKnown(.cluster, cluster.id) else { continue }
      guard let persona else {
        report.leave(
          .cluster,
          cluster.id,
          "it names no persona, and no photo in it tells whose it is",
          advice: "Delete it in the Rails database, or put a photo into it."
        )
        continue
      }
      guard let place = place(of: .persona, persona, for: .cluster, cluster.id) else { continue }
      if !isFree {
        remark(
          on: .cluster,
          cluster.id,
          "its persona has two clusters '\(RailsPostRules.shown(plain))'; this one has its number added",
          advice: "Rename it if you like: UPDATE clusters SET name = …;"
        )
      }
      rows.append(
        RailsClusterRow(
          originID: cluster.id,
          personaID: place,
          name: isFree ? plain : "\(plain) (\(cluster.id))",
          createdAt: cluster.created?.description,
          updatedAt: cluster.updated?.description
        )
      )
    }
    return rows
  }

  private mutating func photos(
    _ storage: String?,
    _ fileProblems: [Int64: String]
  ) -> [RailsPhotoRow] {
    var rows: [RailsPhotoRow] = []
    for photo in data.photos where !isKnown(.photo, photo.id) {
      guard let place = place(of: .persona, photo.persona, for: .photo, photo.id) else { continue }
      let path: String
      switch data.file(of: photo, storage: storage) {
      case .at(let found, bytes: _): path = found
      case .nowhere(let reason, let advice):
        report.leave(.photo, photo.id, reason, advice: advice)
        continue
      }
      if let problem = fileProblems[photo.id] {
        remark(
          on: .photo,
          photo.id,
          problem,
          advice: "Copy the files to where belfry publishes from, or correct photos.path."
        )
      }
      rows.append(
        RailsPhotoRow(
          originID: photo.id,
          personaID: place,
          clusterID: cluster(photo.cluster, of: photo.persona, for: .photo, photo.id),
          path: path,
          score: data.scores[photo.id],
          createdAt: photo.created?.description,
          updatedAt: photo.updated?.description
        )
      )
    }
    return rows
  }

  private mutating func posts() -> [RailsPostRow] {
    let rules = RailsPostRules(now: now)
    let photoOwners = Dictionary(data.photos.map { ($0.id, $0.persona) }) { first, _ in first }
    var media: [String: Int64] = [:]
    var rows: [RailsPostRow] = []
    for post in data.posts {
      let first = post.media.flatMap { id in
        let first = media[id] ?? post.id
        media[id] = first
        return first == post.id ? nil : first
      }
      if let known = known[.post]?[post.id] {
        compare(post, with: known)
        continue
      }
      guard let persona = place(of: .persona, post.persona, for: .post, post.id),
        let photo = place(of: .photo, post.photo, for: .post, post.id)
      else { continue }
      if let id = post.photo, let owner = photoOwners[id], owner != post.persona {
        report.leave(
          .post,
          post.id,
          "its photo \(id) belongs to another persona",
          advice: Self.repair
        )
        continue
      }
      if let first, post.status == "posted" {
        report.leave(
          .post,
          post.id,
          "it has the same media id as post \(first)",
          advice: "Look which of the two is on the account, and remove the id from the other."
        )
        continue
      }
      let cluster = cluster(post.cluster, of: post.persona, for: .post, post.id)
      switch rules.treatment(on: post, .init(persona: persona, photo: photo, cluster: cluster)) {
      case .leave(let remark): report.leave(.post, post.id, remark.reason, advice: remark.advice)
      case .bring(let row, let remark):
        if let remark { self.remark(on: .post, post.id, remark.reason, advice: remark.advice) }
        rows.append(row)
      }
    }
    return rows
  }
}
