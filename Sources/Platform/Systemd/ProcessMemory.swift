import CSystemd
import Glibc

/// What may be seen of this process's memory, which holds tokens and keys.
public enum ProcessMemory {
  /// Forbids core dumps, and looking into the memory from outside, for the rest of the process's life.
  ///
  /// Two locks, because each alone has a gap. `RLIMIT_CORE` is ignored when core_pattern is a pipe, as it is
  /// with systemd-coredump or apport (core(5)): what becomes of the core is then the other program's
  /// decision. `PR_SET_DUMPABLE` stops the kernel before that, and also keeps processes of the same user from
  /// ptrace(2), `/proc/PID/mem` and `/proc/PID/environ`; but it does not survive an exec (prctl(2)), and the
  /// limit does.
  ///
  /// What still works: `/proc/PID/stat`, by which a successor proves this process gone, is for everybody to
  /// read (proc(5)); where `hidepid` hides processes that may not be traced, kill(2) still tells that a
  /// process is gone, and one that cannot be looked at counts as alive. root may debug as before.
  ///
  /// - Returns: whether both locks hold.
  @discardableResult
  public static func forbidDumps() -> Bool {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    let isLimited = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0
    return belfry_prctl_forbid_dumps() == 0 && isLimited
  }

  /// Whether the kernel would dump this process's memory if it crashed.
  public static var mayBeDumped: Bool { belfry_prctl_may_be_dumped() != 0 }
}
