import Synchronization

/// A local stand-in for Meta's Graph API, served over real HTTP.
///
/// **What it plays.** The content publishing of single images (stories and carousels of images too) on both of
/// Meta's surfaces, as far as Meta's documents and the observations of others tell; where reality is
/// unknown the behaviour is a setting. It plays no video, and refuses one with an error of its own.
///
/// **Who owns what.** All state is one value, ``SandboxCore``, under one lock; the lock is held for a step of the state
/// machine and never across a wait. A request is a task; those of one connection are answered in order, those of
/// different connections in any. Pictures are fetched by the task of the request that names them.
///
/// ```
/// NIO connection ─► task ─► GraphSandbox.answer ─┬─► /_sandbox/…  control API   (one step)
///                                                ├─► /, /feed, /p feed pages     (one step)
///                                                └─► Graph call: receive ─► perform ─► [fetch ─► complete] ─► conclude
/// ```
///
/// **Faults** meet a Graph call at `receipt`; whether the operation is then done, and what is answered, is theirs to say
/// (``SandboxFault``). A fault's signal is sent outside the lock, at the point it names. A stalled or cut call
/// holds nothing but its own connection.
///
/// **What is not guaranteed.** Nothing is stored on disk. When a client goes away, what its call began is still done,
/// as with Meta. It checks no TLS, limits no clients, and listens on loopback unless told otherwise: it is
/// for tests and demonstrations.
public final class GraphSandbox: Sendable {
  /// Where it is reached, for example `http://127.0.0.1:43817`; without a slash at the end.
  public let baseURL: String
  private let core: Mutex<SandboxCore>
  private let files: ServedDirectory?
  private let server: HTTPServer
  private let serving = Mutex<Task<Void, Never>?>(nil)

  private init(server: HTTPServer, baseURL: String, core: SandboxCore, files: ServedDirectory?) {
    self.server = server
    self.files = files
    self.baseURL = baseURL
    self.core = Mutex(core)
  }

  /// Listens and begins to serve.
  ///
  /// - Throws: NIO's error when the address cannot be bound.
  public static func start(
    _ configuration: SandboxConfiguration = SandboxConfiguration()
  ) async throws -> GraphSandbox {
    let server = try await HTTPServer(host: configuration.host, port: configuration.port)
    let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
    let baseURL = "http://\(host):\(server.port)"
    let core = SandboxCore(
      accounts: configuration.accounts,
      settings: configuration.settings,
      baseURL: baseURL,
      randomSeed: configuration.randomSeed ?? UInt64.random(in: .min ... .max),
      wall: .wallClock
    )
    let sandbox = GraphSandbox(
      server: server,
      baseURL: baseURL,
      core: core,
      files: configuration.servedDirectory.map(ServedDirectory.init)
    )
    sandbox.serving.withLock { task in
      task = Task { await server.run { request in await sandbox.answer(request) } }
    }
    return sandbox
  }

  /// Closes the socket and every connection; calls in flight get no answer.
  ///
  /// Safe to repeat.
  public func stop() async {
    let task = serving.withLock { $0.take() }
    task?.cancel()
    await task?.value
  }

  /// Where the Facebook surface is reached: the value for `facebook_graph_url`.
  public var facebookURL: String { baseURL + "/facebook" }

  /// Where the Instagram surface is reached: the value for `instagram_graph_url`.
  public var instagramURL: String { baseURL + "/instagram" }
}

// MARK: - Answering

extension GraphSandbox {
  func answer(_ request: SandboxRequest) async -> Delivery {
    let segments = request.path.split(separator: "/", maxSplits: 1)
    if segments.first == "_sandbox" {
      return .whole(core.withLock { $0.control(request, wall: .wallClock) })
    }
    if let files, segments.first == "_files" {
      return .whole(await files.answer(segments.count > 1 ? String(segments[1]) : ""))
    }
    if let call = GraphCall(request) { return await answer(call) }
    return .whole(core.withLock { $0.page(request, wall: .wallClock) })
  }

  private func answer(_ call: GraphCall) async -> Delivery {
    let arrival = core.withLock { $0.receive(call, now: $0.now(at: .wallClock)) }
    send(arrival.faults.signals, at: .receipt)
    var result: Result<JSON, GraphError>?
    if !arrival.faults.skipsOperation { result = await perform(arrival) }
    send(arrival.faults.signals, at: .beforeAnswer)
    let conclusion = core.withLock {
      $0.conclude(arrival, result, now: $0.now(at: .wallClock))
    }
    guard conclusion.stall > 0 else { return conclusion.delivery }
    do {
      try await Task.sleep(for: .seconds(conclusion.stall))
      return conclusion.delivery
    } catch {
      return .close  // The sandbox stops: silence ends as silence.
    }
  }

  private func perform(_ arrival: Arrival) async -> Result<JSON, GraphError> {
    switch core.withLock({ $0.perform(arrival, now: $0.now(at: .wallClock)) }) {
    case .done(let result): return result
    case .fetch(let pending):
      let fetcher = PictureFetcher(settings: core.withLock { $0.settings })
      let fetched = await fetcher.fetch(pending.imageURL ?? "")
      return core.withLock { $0.complete(pending, with: fetched, now: $0.now(at: .wallClock)) }
    }
  }

  private func send(_ signals: [FaultSignal], at moment: FaultSignal.Moment) {
    for signal in signals where signal.when == moment { ProcessSignal.send(signal) }
  }
}

// MARK: - Control from the same process

extension GraphSandbox {
  /// Adds an account, or replaces the one of that id; its posts stay.
  public func setAccount(_ account: SandboxAccount) {
    core.withLock { $0.setAccount(account, now: $0.now(at: .wallClock)) }
  }

  /// Changes settings.
  public func configure(_ change: (inout SandboxSettings) -> Void) {
    core.withLock { change(&$0.settings) }
  }

  /// Sets a fault and answers its id.
  @discardableResult
  public func inject(_ fault: SandboxFault) -> String { core.withLock { $0.faults.add(fault) } }

  /// The faults in force, with their counters.
  public var faults: [SandboxFault] { core.withLock { $0.faults.faults } }

  /// Removes one fault; false when there is none of that id.
  @discardableResult
  public func remove(fault id: String) -> Bool { core.withLock { $0.faults.remove(id) } }

  /// Removes all faults.
  public func removeFaults() { core.withLock { $0.faults.removeAll() } }

  /// Moves the clock forward by `seconds`, which must not be negative.
  public func advanceClock(bySeconds seconds: Double) {
    precondition(seconds >= 0, "the sandbox's clock only goes forward")
    core.withLock { $0.state.clock.advance(by: seconds) }
  }

  /// The sandbox's time.
  public var now: Moment { core.withLock { $0.now(at: .wallClock) } }

  /// What was really published, oldest first; deleted posts are marked.
  public func published(account: String? = nil) -> [PublishedMedia] {
    core.withLock { $0.published(account: account) }
  }

  /// Every container, oldest first.
  public func containers(account: String? = nil) -> [ContainerRecord] {
    core.withLock { $0.containerRecords(account: account, now: $0.now(at: .wallClock)) }
  }

  /// Every Graph call, oldest first.
  public var requests: [RecordedRequest] { core.withLock { $0.record.requests } }

  /// Posts that should have been one.
  public var duplicates: [Duplicate] { core.withLock { $0.duplicates() } }

  /// Back to the accounts, settings and clock of the start; ids go on.
  public func reset() { core.withLock { $0.reset(wall: .wallClock) } }
}
