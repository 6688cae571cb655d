/// The sandbox without its sockets: a state machine from requests and times to answers.
///
/// It is a plain value. Nothing in it waits, reads a clock or opens a connection: times come in with each
/// call, and where a picture has to be fetched it says so and is told the result later. The shell around it
/// (``GraphSandbox``) holds it under one lock and takes a request through four steps, between which
/// other requests may pass:
///
/// ```
/// receive ─► (before-fault? skip) ─► perform ─┬─► done ───────────────► conclude ─► Delivery
///                                             └─► fetch ─► complete ─┘
/// ```
///
/// `receive` records the request and counts faults; `conclude` puts the fault's answer, the headers and the record
/// in place. Each step is atomic, so two publishes of one container are ordered as two calls to Meta would be.
struct SandboxCore: Sendable {
  var state = SandboxState()
  var settings: SandboxSettings
  var faults = FaultRegistry()
  var record = RequestRecord()
  var identifiers: IdentifierSource
  /// Where the sandbox is reached; part of media and paging addresses.
  var baseURL: String
  private let seedAccounts: [SandboxAccount]
  private let seedSettings: SandboxSettings

  init(
    accounts: [SandboxAccount],
    settings: SandboxSettings,
    baseURL: String,
    randomSeed: UInt64,
    wall: Moment
  ) {
    seedAccounts = accounts
    seedSettings = settings
    self.settings = settings
    self.baseURL = baseURL
    identifiers = IdentifierSource(seed: randomSeed)
    for account in accounts { setAccount(account, now: wall) }
  }

  /// Back to the seed: accounts, settings, clock.
  ///
  /// Ids go on from where they are.
  mutating func reset(wall: Moment) {
    state = SandboxState()
    settings = seedSettings
    faults.removeAll()
    record.removeAll()
    for account in seedAccounts { setAccount(account, now: wall) }
  }

  /// The sandbox's time.
  func now(at wall: Moment) -> Moment { state.clock.now(at: wall) }
}

/// A request that was received: what it is, and which faults it met.
struct Arrival: Sendable {
  var call: GraphCall
  var operation: GraphOperation
  var faults: FaultMatch
}

/// What performing a call came to.
enum Outcome: Sendable {
  /// The operation is done or refused.
  case done(Result<JSON, GraphError>)
  /// The picture must be fetched first; then ``SandboxCore/complete(_:with:now:)``.
  case fetch(PendingContainer)
}

/// What happens on the wire, and how long it is put off.
struct Conclusion: Sendable {
  var stall: Double
  var delivery: Delivery
}

extension SandboxCore {
  /// Records a call and counts it against the faults.
  mutating func receive(_ call: GraphCall, now: Moment) -> Arrival {
    var call = call
    let operation = operation(of: call)
    let account = account(of: call, operation)
    let match = faults.meet(
      operation: operation,
      account: account,
      caption: caption(of: call, operation)
    )
    call.number = record.add(
      call,
      operation: operation,
      account: account,
      faults: match.ids,
      now: now
    )
    return Arrival(call: call, operation: operation, faults: match)
  }

  /// Does what the call asks, as far as it can be done without fetching.
  mutating func perform(_ arrival: Arrival, now: Moment) -> Outcome {
    do throws(GraphError) {
      let call = arrival.call
      try checkProtocol(call, now: now)
      guard arrival.operation == .create else {
        return .done(.success(try answer(arrival.operation, call, now: now)))
      }
      let pending = try beginContainer(call, now: now)
      return pending.imageURL == nil
        ? .done(.success(keep(pending, picture: nil, now: now))) : .fetch(pending)
    } catch {
      return .done(.failure(error))
    }
  }

  private mutating func answer(
    _ operation: GraphOperation,
    _ call: GraphCall,
    now: Moment
  ) throws(GraphError) -> JSON {
    switch operation {
    case .create: throw .unsupportedMethod(call.method)  // Answered by `perform`.
    case .publish: try publish(call, now: now)
    case .status: try readContainer(call, now: now)
    case .limit: try readLimit(call, now: now)
    case .listMedia: try listMedia(call, stories: false, now: now)
    case .listStories: try listMedia(call, stories: true, now: now)
    case .listChildren: try listChildren(call, now: now)
    case .readMedia: try readMedia(call, now: now)
    case .readAccount: try readAccount(call, now: now)
    case .deleteMedia: try deleteMedia(call, now: now)
    case .me: try readMe(call, now: now)
    case .debugToken: try debugToken(call, now: now)
    case .refresh: try refreshToken(call, now: now)
    case .exchange: try exchangeToken(call, now: now)
    case .other: try refuse(call, now: now)
    }
  }

  /// Turns the operation's result, or the fault's answer instead of it, into what goes on the wire.
  ///
  /// - Parameter result: nil when a fault kept the operation from being done.
  mutating func conclude(
    _ arrival: Arrival,
    _ result: Result<JSON, GraphError>?,
    now: Moment
  ) -> Conclusion {
    var fault = arrival.faults.answer
    // Silence alone: what was done is answered after it, what was not done never is.
    if fault?.isSilenceOnly == true, result == nil { fault?.close = true }
    let stall = fault?.stall ?? 0
    if fault?.close == true {
      record.close(arrival.call.number, outcome: "closed")
      return Conclusion(stall: stall, delivery: .close)
    }
    var answer: SandboxAnswer
    var error: GraphError?
    if let fault, fault.replaces {
      (answer, error) = replacement(fault, for: arrival, now: now)
    } else {
      (answer, error) = render(result ?? .success([:]), for: arrival.call, now: now)
    }
    answer.headers += (fault?.headers ?? [:]).sorted { $0.key < $1.key }.map {
      HeaderField(name: $0.key, value: $0.value)
    }
    let isHalf = fault?.truncate == true
    record.close(
      arrival.call.number,
      outcome: isHalf ? "cut short" : "answered",
      status: answer.status,
      error: error
    )
    return Conclusion(stall: stall, delivery: isHalf ? .half(answer) : .whole(answer))
  }

  private mutating func replacement(
    _ fault: FaultAnswer,
    for arrival: Arrival,
    now: Moment
  ) -> (SandboxAnswer, GraphError?) {
    if let scripted = fault.error {
      var error = GraphError.known(
        scripted.code,
        scripted.subcode,
        method: arrival.call.method,
        id: arrival.call.id,
        on: arrival.call.surface
      )
      error.status = fault.status ?? error.status
      error.message = scripted.message ?? error.message
      error.isTransient = scripted.isTransient ?? error.isTransient
      error.type = scripted.type ?? error.type
      return render(.failure(error), for: arrival.call, now: now)
    }
    let answer = SandboxAnswer(
      status: fault.status ?? 200,
      headers: [HeaderField(name: "Content-Type", value: "application/json; charset=UTF-8")],
      body: Array((fault.body ?? "").utf8)
    )
    return (answer, nil)
  }
}
