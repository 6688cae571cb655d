import Glibc

/// Sends the signals of faults.
enum ProcessSignal {
  private static let numbers: [String: Int32] = [
    "KILL": SIGKILL, "STOP": SIGSTOP, "CONT": SIGCONT, "TERM": SIGTERM, "INT": SIGINT,
    "HUP": SIGHUP, "USR1": SIGUSR1, "USR2": SIGUSR2,
  ]

  /// The names that are understood, for messages.
  static var names: String { numbers.keys.sorted().joined(separator: ", ") }

  /// Whether it goes to exactly one process, and not to the sandbox or init.
  static func isAllowed(_ signal: FaultSignal) -> Bool {
    numbers[signal.signal] != nil && signal.pid > 1 && signal.pid != getpid()
  }

  /// Sends it; a process that is gone already is as good as signalled.
  static func send(_ signal: FaultSignal) {
    guard isAllowed(signal), let number = numbers[signal.signal] else { return }
    kill(signal.pid, number)
  }
}
