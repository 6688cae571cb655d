/// A control document that cannot be taken, with what to do about it.
struct ControlError: Error, Equatable {
  var status: Int = 400
  var message: String
  var hint: String
}

/// Merges partial JSON documents into typed values.
enum Overlay {
  /// `base` with the members of `changes` put over its own.
  ///
  /// - Throws: ``ControlError`` for a key that the type does not have, or a value of the wrong kind.
  static func apply<Value: Codable, Key: CodingKey & CaseIterable>(
    _ changes: JSON,
    to base: Value,
    keys: Key.Type,
    what: String
  ) throws(ControlError) -> Value {
    guard let members = changes.members else {
      throw ControlError(
        message: "a \(what) must be a JSON object",
        hint: "Send an object with the keys to set."
      )
    }
    let known = keys.allCases.map(\.stringValue)
    if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
      throw ControlError(
        message: "unknown key '\(stranger)' in a \(what)",
        hint: "The keys are: \(known.sorted().joined(separator: ", "))."
      )
    }
    do {
      let old = try JSON(encoding: base).members ?? [:]
      return try JSON.object(old.merging(members) { $1 }).decode(as: Value.self)
    } catch {
      throw ControlError(
        message: "a \(what) has a value of the wrong kind: \(error)",
        hint: "Compare the kinds with GET on the same address."
      )
    }
  }

  /// An account from its document, merged into the known one of that id if there is one.
  static func account(
    _ document: JSON,
    known: (String) -> SandboxAccount?
  ) throws(ControlError) -> SandboxAccount {
    let id = document["id"]?.string ?? ""
    let fresh = SandboxAccount(id: id, username: "", login: .instagram, token: "")
    let account = try apply(
      document,
      to: known(id) ?? fresh,
      keys: SandboxAccount.CodingKeys.self,
      what: "account"
    )
    let digits = "0"..."9"
    guard !account.id.isEmpty, account.id.allSatisfy({ digits.contains(String($0)) }),
      !account.username.isEmpty, !account.token.isEmpty
    else {
      throw ControlError(
        message: "an account needs id (decimal digits), username and token",
        hint: "Give all three, and login (facebook or instagram; instagram when left out)."
      )
    }
    return account
  }

  /// A fault from its document, beginning with its preset's.
  static func fault(_ document: JSON) throws(ControlError) -> SandboxFault {
    var document = document
    if let name = document["preset"]?.string {
      guard let preset = FaultPresets.all[name] else {
        throw ControlError(
          message: "unknown preset '\(name)'",
          hint: "The presets are: \(FaultPresets.all.keys.sorted().joined(separator: ", "))."
        )
      }
      document = .object((preset.members ?? [:]).merging(document.members ?? [:]) { $1 })
    }
    let fault = try apply(
      document,
      to: SandboxFault("any"),
      keys: SandboxFault.CodingKeys.self,
      what: "fault"
    )
    try check(fault)
    return fault
  }

  private static func check(_ fault: SandboxFault) throws(ControlError) {
    let names = GraphOperation.allCases.map(\.rawValue) + ["any"]
    if let stranger = fault.operations.first(where: { !names.contains($0) }) {
      throw ControlError(
        message: "unknown operation '\(stranger)' in a fault",
        hint: "The operations are: \(names.sorted().joined(separator: ", "))."
      )
    }
    let counts = 0...1_000_000_000
    guard fault.at >= 1,
      [fault.at, fault.times, fault.calls, fault.hits].allSatisfy(counts.contains),
      fault.answer != nil || fault.signal != nil
    else {
      throw ControlError(
        message:
          "a fault needs at ≥ 1, times ≥ 0, both at most a thousand million, and an answer or a signal",
        hint: "Calls are counted from 1; times 0 means until it is removed."
      )
    }
    if let signal = fault.signal, !ProcessSignal.isAllowed(signal) {
      throw ControlError(
        message: "cannot send SIG\(signal.signal) to process \(signal.pid)",
        hint: "Name one other process by its id, and one of: \(ProcessSignal.names)."
      )
    }
  }
}
