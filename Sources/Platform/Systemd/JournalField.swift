/// The name of a journal field of ours: `BELFRY_` and capital letters, digits, underscores.
///
/// journald drops an entry's field without a word when its name has other characters, begins with an
/// underscore or is longer than 64 bytes (systemd.journal-fields(7)); such names cannot be made here.
public struct JournalField: Sendable, Hashable, CustomStringConvertible {
  /// The whole name, for example `BELFRY_POST`.
  public let name: String

  /// The field of a log message's metadata key: `post`, `containerID` and `graph-code` become
  /// `BELFRY_POST`, `BELFRY_CONTAINER_ID` and `BELFRY_GRAPH_CODE`.
  ///
  /// Nil for a key that has no letter or digit at its beginning, has other characters than ASCII
  /// letters, digits, `_`, `-` and `.`, or is too long.
  public init?(metadataKey: String) {
    var name = "BELFRY_"
    var previous: Unicode.Scalar = "_"
    for scalar in metadataKey.unicodeScalars {
      switch scalar {
      case "a"..."z", "0"..."9": name.unicodeScalars.append(scalar)
      case "A"..."Z":
        if ("a"..."z").contains(previous) || ("0"..."9").contains(previous) { name += "_" }
        name.unicodeScalars.append(scalar)
      case "_", "-", ".":
        guard previous != "_" else { return nil }
        name += "_"
      default: return nil
      }
      previous = scalar == "-" || scalar == "." ? "_" : scalar
    }
    guard !metadataKey.isEmpty, name.utf8.count <= 64 else { return nil }
    self.name = name.uppercased()
  }

  /// The whole name.
  public var description: String { name }
}
