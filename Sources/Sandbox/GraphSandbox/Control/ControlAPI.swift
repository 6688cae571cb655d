/// The addresses under `/_sandbox/`, by which tests and people steer the sandbox and ask what really happened.
///
/// ```
/// GET    health | accounts | settings | media | containers | requests | duplicates | faults | presets | clock
/// POST   accounts | settings | faults | clock | reset
/// DELETE faults | faults/ID
/// GET    images/MEDIA.jpg
/// ```
///
/// `media`, `containers` and `requests` take `?account=ID`; `requests` also `?operation=NAME` and `?after=NUMBER`.
/// Errors are `{"error":{"message":…,"hint":…}}`.
extension SandboxCore {
  /// Answers one request to the control API.
  mutating func control(_ request: SandboxRequest, wall: Moment) -> SandboxAnswer {
    let path = request.path.split(separator: "/").dropFirst().map { PercentCoding.decodePath($0) }
    do throws(ControlError) {
      return try control(request, path: Array(path), wall: wall)
    } catch {
      let body: JSON = [
        "error": ["message": .string(error.message), "hint": .string(error.hint)]
      ]
      return .json(body, status: error.status)
    }
  }

  private mutating func control(
    _ request: SandboxRequest,
    path: [String],
    wall: Moment
  ) throws(ControlError) -> SandboxAnswer {
    switch (request.method, path.first ?? "", path.count) {
    case ("GET", "images", 2): return try image(path[1])
    case ("GET", let subject, 1): return .json(try read(subject, request, wall: wall))
    case ("POST", let subject, 1):
      return .json(try change(subject, try document(request), wall: wall))
    case ("DELETE", "faults", 1):
      faults.removeAll()
      return .json(["ok": true])
    case ("DELETE", "faults", 2):
      guard faults.remove(path[1]) else { throw Self.notFound("fault '\(path[1])'") }
      return .json(["ok": true])
    default: throw Self.notFound("\(request.method) \(request.path)")
    }
  }

  private func read(
    _ subject: String,
    _ request: SandboxRequest,
    wall: Moment
  ) throws(ControlError) -> JSON {
    let parameters = Parameters(of: SandboxRequest(method: "GET", target: request.target))
    let account = parameters["account"]
    switch subject {
    case "health": return ["ok": true]
    case "accounts":
      return try encode(state.accounts.values.map(\.profile).sorted { $0.id < $1.id })
    case "settings": return try encode(settings)
    case "media": return try encode(published(account: account))
    case "containers": return try encode(containerRecords(account: account, now: now(at: wall)))
    case "duplicates": return try encode(duplicates())
    case "faults": return try encode(faults.faults)
    case "presets": return .object(FaultPresets.all)
    case "clock": return clock(wall)
    case "requests":
      let after = parameters["after"].flatMap { Int($0) } ?? 0
      return try encode(
        record.requests.filter { entry in
          entry.number > after && (account == nil || entry.account == account)
            && (parameters["operation"] ?? entry.operation) == entry.operation
        }
      )
    default: throw Self.notFound("GET \(request.path)")
    }
  }

  private mutating func change(
    _ subject: String,
    _ document: JSON,
    wall: Moment
  ) throws(ControlError) -> JSON {
    switch subject {
    case "accounts": return try setAccounts(document, wall: wall)
    case "settings":
      settings = try Overlay.apply(
        document,
        to: settings,
        keys: SandboxSettings.CodingKeys.self,
        what: "setting"
      )
      return try encode(settings)
    case "faults": return ["id": .string(faults.add(try Overlay.fault(document)))]
    case "clock":
      try setClock(document, wall: wall)
      return clock(wall)
    case "reset":
      reset(wall: wall)
      return ["ok": true]
    default: throw Self.notFound("POST /_sandbox/\(subject)")
    }
  }

  private mutating func setAccounts(_ document: JSON, wall: Moment) throws(ControlError) -> JSON {
    var accounts: [SandboxAccount] = []
    for one in document.elements ?? [document] {
      let account = try Overlay.account(one) { state.accounts[$0]?.profile }
      let rivals = state.accounts.values.map(\.profile) + accounts
      if rivals.contains(where: { $0.username == account.username && $0.id != account.id }) {
        throw ControlError(
          message: "the username '\(account.username)' belongs to another account",
          hint: "Usernames are the addresses of feeds: give each account its own."
        )
      }
      accounts.append(account)
    }
    for account in accounts { setAccount(account, now: now(at: wall)) }
    return try encode(accounts)
  }

  private mutating func setClock(_ document: JSON, wall: Moment) throws(ControlError) {
    if let freeze = document["freeze"]?.flag {
      if freeze { state.clock.freeze(at: wall) } else { state.clock.thaw(at: wall) }
    }
    guard let seconds = document["advance"] else { return }
    guard let number = seconds.number, number >= 0 else {
      throw ControlError(
        message: "the clock can only be advanced by a number of seconds that is not negative",
        hint: "Send {\"advance\": 3600}, and reset to begin anew."
      )
    }
    state.clock.advance(by: number)
  }

  private func clock(_ wall: Moment) -> JSON {
    let now = now(at: wall)
    return [
      "now": .double(Double(now.milliseconds) / 1000), "text": .string(now.graphText),
      "frozen": .bool(state.clock.isFrozen),
    ]
  }

  private func image(_ name: String) throws(ControlError) -> SandboxAnswer {
    guard name.hasSuffix(".jpg"), let bytes = picture(ofMedia: String(name.dropLast(4))) else {
      throw Self.notFound("picture '\(name)'")
    }
    let type = HeaderField(name: "Content-Type", value: "image/jpeg")
    return SandboxAnswer(status: 200, headers: [type], body: bytes)
  }

  private func document(_ request: SandboxRequest) throws(ControlError) -> JSON {
    if request.body.isEmpty { return [:] }
    guard let document = JSON(parsing: request.body) else {
      throw ControlError(message: "the body is not JSON", hint: "Send one JSON document.")
    }
    return document
  }

  private func encode(_ value: some Encodable) throws(ControlError) -> JSON {
    do {
      return try JSON(encoding: value)
    } catch {
      throw ControlError(
        status: 500,
        message: "cannot encode the answer: \(error)",
        hint: "This is a defect of graph-sandbox: please report it."
      )
    }
  }

  private static func notFound(_ what: String) -> ControlError {
    ControlError(
      status: 404,
      message: "there is no \(what)",
      hint:
        "Below /_sandbox/ there are: GET and POST accounts, settings, faults, clock; GET health, "
        + "media, containers, requests, duplicates, presets, images/MEDIA.jpg; POST reset; "
        + "DELETE faults, faults/ID."
    )
  }
}
