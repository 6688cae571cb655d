import Glibc

/// One process, named so that no later process can be mistaken for it.
///
/// A process id alone is reused; with the time the process started and the boot it belongs to, it is
/// unique on its machine. The id means something only inside its process-id namespace.
public struct ProcessIdentity: Sendable, Hashable, Codable {
  /// The process id, as the process itself sees it.
  public let pid: Int32
  /// When it started, in clock ticks since the boot: field 22 of `/proc/PID/stat` (proc(5)).
  public let startTicks: UInt64
  /// The id of the boot, 32 hexadecimal digits.
  public let bootID: String

  /// The identity of a process that was recorded earlier.
  public init(pid: Int32, startTicks: UInt64, bootID: String) {
    self.pid = pid
    self.startTicks = startTicks
    self.bootID = bootID
  }

  /// True only when the process cannot be running any more, given that it ran on this machine.
  ///
  /// Proven is: another boot; no process with its id; a process with its id that started at another
  /// time; a process that is dead and merely not yet reaped. Whatever cannot be looked at is not
  /// proven. The caller answers for "this machine" and "this process-id namespace": see
  /// ``MachineIdentity/proves(gone:)``.
  ///
  /// - Parameter currentBootID: the id of the boot under way.
  public func isProvablyGone(currentBootID: String) -> Bool {
    // An id that was never recorded proves nothing.
    guard bootID.utf8.count == 32 else { return false }
    guard bootID == currentBootID else { return true }
    guard pid > 0 else { return false }
    // kill(2) with signal 0 sees processes that a restricted /proc hides.
    if kill(pid, 0) != 0 && errno == ESRCH { return true }
    guard let status = ProcessStatus(pid: pid) else { return false }
    return status.startTicks != startTicks || status.isDead
  }
}

/// What `/proc/PID/stat` says about a process.
struct ProcessStatus: Equatable {
  let startTicks: UInt64
  /// Zombie, or dead.
  let isDead: Bool

  /// Reads the file of `pid`; nil when there is none or it may not be read.
  init?(pid: Int32) {
    guard let text = readText("/proc/\(pid)/stat") else { return nil }
    self.init(stat: text)
  }

  /// Reads the text of such a file.
  init?(stat: String) {
    // The second field is the program's name in parentheses, and may itself hold anything.
    guard let parenthesis = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: parenthesis)...].split(whereSeparator: \.isWhitespace)
    // Field 3 is the first one here, so that field 22 is the twentieth.
    guard fields.count >= 20, let ticks = UInt64(fields[19]) else { return nil }
    startTicks = ticks
    isDead = ["Z", "X", "x"].contains(fields[0])
  }
}

/// The text of a small file, for `/proc` and the like; nil when it cannot be read.
func readText(_ path: String) -> String? {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var buffer = [UInt8](repeating: 0, count: 4096)
  var count = 0
  while count < buffer.count {
    let got = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe read(descriptor, bytes.baseAddress?.advanced(by: count), bytes.count - count)
    }
    if got < 0 && errno == EINTR { continue }
    guard got >= 0 else { return nil }
    if got == 0 { break }
    count += got
  }
  return String(decoding: buffer.prefix(count), as: UTF8.self)
}
