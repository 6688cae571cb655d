import Dispatch
import Glibc

/// Why the metrics file was not written.
struct MetricsFileError: Error, Hashable {
  let message: String
  let hint: String
}

/// A file that is replaced as a whole: who reads it sees the old text or the new one, never a part.
struct MetricsFile: Sendable {
  let path: String

  /// Files are written on this queue; a disk that hangs holds up nobody else.
  private static let queue = DispatchQueue(label: "belfry.metrics")

  /// Writes `text` to a file beside it, forces it to the disk, and renames it.
  func replace(with text: String) async throws(MetricsFileError) {
    let result: Result<Void, MetricsFileError> = await withCheckedContinuation { continuation in
      Self.queue.async { @Sendable in
        continuation.resume(returning: self.write(text))
      }
    }
    try result.get()
  }

  /// Removes the file; that there is none is fine.
  func remove() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      Self.queue.async { @Sendable in
        unsafe unlink(path)
        continuation.resume()
      }
    }
  }

  /// Hidden, and without the ending that node_exporter looks for; the process id keeps two daemons that were
  /// given the same file from writing into one.
  private var draft: String {
    let slash = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
    return "\(path[..<slash]).\(path[slash...]).\(getpid())"
  }

  private func write(_ text: String) -> Result<Void, MetricsFileError> {
    let draft = draft
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
    let descriptor = unsafe open(draft, flags, 0o644)
    guard descriptor >= 0 else { return .failure(failure("open", errno)) }
    defer { close(descriptor) }
    if let failure = fill(descriptor, with: text) {
      unsafe unlink(draft)
      return .failure(failure)
    }
    guard unsafe rename(draft, path) == 0 else {
      let code = errno
      unsafe unlink(draft)
      return .failure(failure("rename", code))
    }
    return .success(())
  }

  private func fill(_ descriptor: Int32, with text: String) -> MetricsFileError? {
    // Whatever the umask says: node_exporter is another user.
    guard fchmod(descriptor, 0o644) == 0 else { return failure("chmod", errno) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return failure("write", errno) }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { return failure("fsync", errno) }
    return nil
  }

  private func failure(_ call: String, _ code: Int32) -> MetricsFileError {
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    let hint =
      switch code {
      case ENOENT, ENOTDIR: "Create the directory, or correct metrics.file in belfry.yaml."
      case EACCES, EPERM, EROFS:
        "Let the service's user write the directory; under systemd, name it in ReadWritePaths=."
      case ENOSPC, EDQUOT: "Make room on the file system."
      default: "Look at the directory of metrics.file."
      }
    return MetricsFileError(
      message: "cannot write the metrics file \(path): \(call): \(reason)",
      hint: hint
    )
  }
}
