import FoundationEssentials
import Glibc

/// A directory of its own for one test, removed with everything in it when the last reference goes away.
///
/// It lies in `$TMPDIR`, or in `/tmp` when that is not set.
public final class TemporaryDirectory: Sendable {
  /// Its absolute path.
  public let path: String

  /// Makes it; only this user may look into it unless `mode` says otherwise.
  public init(_ purpose: String, mode: UInt32 = 0o700) throws {
    path = try Self.make(purpose, mode: mode)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Where temporary files go, without a slash at the end.
  public static let base: String = {
    let given = ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
    let path = given.isEmpty ? "/tmp" : given
    let absolute =
      path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    return "/" + absolute.split(separator: "/").joined(separator: "/")
  }()

  /// Makes a directory that the caller removes, and answers its path.
  static func make(_ purpose: String, mode: UInt32 = 0o700) throws -> String {
    var template = Array("\(base)/belfry-\(purpose)-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw ChildProcessError("mkdtemp in \(base)", errno: errno)
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard unsafe chmod(path, mode) == 0 else {
      throw ChildProcessError("chmod \(path)", errno: errno)
    }
    return path
  }

  /// Refuses a path that is too long for the address of a Unix socket.
  static func requireSocketPath(_ path: String) throws {
    // sun_path has 108 bytes, the last of which is a zero.
    guard path.utf8.count > 107 else { return }
    throw ChildProcessError(
      """
      the path of a socket may have 107 bytes, this one has \(path.utf8.count): \(path)
      HINT: Set TMPDIR to a shorter path, of at most \(longestBase) bytes.
      """
    )
  }

  /// How long `base` may be so that every socket of the tests has an address.
  private static let longestBase = 107 - "/belfry-pg-XXXXXX/.s.PGSQL.5432".utf8.count
}
