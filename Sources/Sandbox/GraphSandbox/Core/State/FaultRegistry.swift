/// The faults in force, and the counting that decides which of them a call meets.
struct FaultRegistry: Sendable {
  private(set) var faults: [SandboxFault] = []
  private var lastNumber = 0

  /// Adds a fault with fresh counters and answers its id.
  mutating func add(_ fault: SandboxFault) -> String {
    lastNumber += 1
    var fault = fault
    fault.id = "fault-\(lastNumber)"
    (fault.calls, fault.hits) = (0, 0)
    faults.append(fault)
    return fault.id
  }

  /// Removes one fault; false when there is none of that id.
  mutating func remove(_ id: String) -> Bool {
    guard let index = faults.firstIndex(where: { $0.id == id }) else { return false }
    faults.remove(at: index)
    return true
  }

  /// Removes all faults.
  mutating func removeAll() { faults.removeAll() }

  /// Counts a call against every fault that matches it.
  ///
  /// Several faults may meet one call: all their signals are sent; the oldest with an answer decides the answer.
  mutating func meet(
    operation: GraphOperation,
    account: String?,
    caption: String?
  ) -> FaultMatch {
    var match = FaultMatch()
    for index in faults.indices {
      guard faults[index].matches(operation, account: account, caption: caption) else { continue }
      faults[index].calls += 1
      let fault = faults[index]
      let isDue =
        fault.calls >= fault.at && (fault.times == 0 || fault.calls < fault.at + fault.times)
      guard isDue else { continue }
      faults[index].hits += 1
      match.ids.append(fault.id)
      if let signal = fault.signal { match.signals.append(signal) }
      if match.answer == nil, let answer = fault.answer {
        match.answer = answer
        match.effect = fault.effect
      }
    }
    return match
  }
}

/// What the faults make of one call.
struct FaultMatch: Sendable, Equatable {
  var ids: [String] = []
  var effect: SandboxFault.Effect = .after
  var answer: FaultAnswer?
  var signals: [FaultSignal] = []

  /// Whether the operation is kept from being done.
  var skipsOperation: Bool { answer != nil && effect == .before }
}

extension SandboxFault {
  /// The names in ``operation``.
  var operations: [String] {
    operation.split(whereSeparator: { $0 == "|" || $0 == "," }).map { String($0.trimmingSpaces) }
  }

  fileprivate func matches(
    _ operation: GraphOperation,
    account: String?,
    caption: String?
  ) -> Bool {
    let named = operations
    guard named.contains("any") || named.contains(operation.rawValue) else { return false }
    if let wanted = self.account, wanted != account { return false }
    if let wanted = self.caption, caption?.contains(wanted) != true { return false }
    return true
  }
}

extension FaultAnswer {
  /// Whether it stands in the place of the operation's own answer.
  var replaces: Bool { error != nil || body != nil || status != nil }

  /// Whether it only delays.
  var isSilenceOnly: Bool { stall != nil && !replaces && close != true && truncate != true }
}
