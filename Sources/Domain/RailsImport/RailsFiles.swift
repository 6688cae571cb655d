// Where the files of the Rails app's photos lie.

extension RailsData {
  /// A file that a photo needs.
  public struct PhotoFile: Sendable {
    /// The photo's id in the Rails database.
    public let photo: Int64
    /// Absolute, or below `media.photos`.
    public let path: String
    /// Its size, where the Rails app recorded it.
    public let bytes: Int64?
  }

  enum Place {
    case at(String, bytes: Int64?)
    case nowhere(reason: String, advice: String)
  }

  /// The files of all photos that have one, to be looked for.
  ///
  /// - Parameter storage: the directory of ActiveStorage's files.
  public func photoFiles(storage: String?) -> [PhotoFile] {
    photos.compactMap { photo in
      guard case .at(let path, let bytes) = file(of: photo, storage: storage) else { return nil }
      return PhotoFile(photo: photo.id, path: path, bytes: bytes)
    }
  }

  /// The photo's path; for one that only ActiveStorage knows, where its disk service keeps the key.
  func file(of photo: RailsPhoto, storage: String?) -> Place {
    if let path = photo.path { return .at(path, bytes: nil) }
    guard let file = files[photo.id] else {
      return .nowhere(
        reason: "it has neither a path nor an attached image",
        advice: "Delete it in the Rails database, or attach its image there."
      )
    }
    guard let storage else {
      return .nowhere(
        reason: "its file is in ActiveStorage, whose directory is not known",
        advice:
          "Run it again with --storage DIR, the root of the disk service in config/storage.yml."
      )
    }
    // Keys are 28 characters of base 36; what is none must not lead out of the directory.
    let isKey =
      file.key.utf8.count >= 4
      && file.key.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
    guard isKey else {
      return .nowhere(
        reason: "'\(RailsPostRules.shown(file.key))' is no key of ActiveStorage's disk service",
        advice:
          "Copy the file by hand, and register it: INSERT INTO photos (persona_id, path) VALUES (…);"
      )
    }
    let root = storage.count > 1 && storage.last == "/" ? String(storage.dropLast()) : storage
    let (first, second) = (file.key.prefix(2), file.key.dropFirst(2).prefix(2))
    return .at("\(root)/\(first)/\(second)/\(file.key)", bytes: file.bytes)
  }

  /// Whose each cluster is: as it says, else, in versions that do not say, whose most of its photos are.
  func clusterOwners() -> [Int64: Int64] {
    var votes: [Int64: [Int64: Int]] = [:]
    for photo in photos {
      guard let cluster = photo.cluster, let persona = photo.persona else { continue }
      votes[cluster, default: [:]][persona, default: 0] += 1
    }
    var owners: [Int64: Int64] = [:]
    for cluster in clusters {
      // Of two with as many photos, the older persona.
      let most = votes[cluster.id]?.max { ($0.value, -$0.key) < ($1.value, -$1.key) }
      owners[cluster.id] = cluster.persona ?? most?.key
    }
    return owners
  }
}
