import Glibc

/// Looks whether files are where a database says, on a queue of its own.
public actor StoredFiles {
  /// A file and the size that it should have.
  public struct Wanted: Sendable {
    /// Whose file it is, for the caller.
    public let id: Int64
    /// Absolute.
    public let path: String
    /// Its size in bytes, where that is known.
    public let bytes: Int64?

    /// Describes a file.
    public init(id: Int64, path: String, bytes: Int64?) {
      self.id = id
      self.path = path
      self.bytes = bytes
    }
  }

  private let executor = QueueExecutor(label: "belfry.stored-files")

  /// The actor's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Makes a queue.
  public init() {}

  /// Whether a path is a directory that can be entered.
  public func isDirectory(_ path: String) -> Bool {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { return false }
    return unsafe access(path, X_OK) == 0
  }

  /// What is wrong with files, by id, lower case; nothing for those that are there.
  public func problems(with files: [Wanted]) -> [Int64: String] {
    var problems: [Int64: String] = [:]
    for file in files {
      var facts = stat()
      if unsafe stat(file.path, &facts) != 0 {
        problems[file.id] = "its file is not there"
      } else if facts.st_mode & S_IFMT != S_IFREG {
        problems[file.id] = "what lies there is not a file"
      } else if let bytes = file.bytes, Int64(facts.st_size) != bytes {
        problems[file.id] = "its file has not the size that was recorded"
      }
    }
    return problems
  }
}
