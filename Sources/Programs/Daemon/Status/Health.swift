public import Store

/// Health in one word, with the exit code of `belfry status`.
public enum Health: Int32, Sendable {
  /// Nothing needs a human.
  case ok = 0
  /// Something needs a human; the rest goes on.
  case degraded = 1
  /// Nothing is being published.
  case blocked = 2
  /// The database does not answer.
  case unknown = 3

  /// Judges an overview.
  ///
  /// - Parameter countingOnDaemon: true when the judge is the daemon itself.
  public init(_ overview: Overview, countingOnDaemon: Bool = false) {
    let queued = overview.personas.map(\.queued).reduce(0, +)
    let isAlive = countingOnDaemon || overview.service.isServed
    let allHeld = !overview.personas.isEmpty && overview.personas.allSatisfy { $0.heldBy != nil }
    if queued > 0 && (!isAlive || allHeld) {
      self = .blocked
    } else if !overview.problems.isEmpty || (overview.service.overdue > 0 && !isAlive) {
      self = .degraded
    } else {
      self = .ok
    }
  }

  /// `OK`, `DEGRADED`, `BLOCKED` or `UNKNOWN`.
  public var word: String {
    switch self {
    case .ok: "OK"
    case .degraded: "DEGRADED"
    case .blocked: "BLOCKED"
    case .unknown: "UNKNOWN"
    }
  }
}
