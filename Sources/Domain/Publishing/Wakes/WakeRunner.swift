import Journal
import Leases
import Logging
import Postgres
import Posts
public import Store
import Synchronization

// One wake: take over what dead owners left, claim what is due, publish each post in a task of its own.
//
// The runner never waits for posts while it handles a wake, so a slow container of one account delays no
// other. What limits it: `maxInFlight` posts at once (memory), one post in flight per persona (the claim),
// and the trust window (outside it nothing is claimed). When a post ends, the runner looks again: its
// persona may have the next one due.
//
// Wakes on schedule, at start, on request and of `post-scheduled` are always recorded in `wakes`; wakes at
// a due second or by notification only when they found something, so that an idle queue writes nothing.

/// A reason to look for due posts.
public struct WakeSignal: Hashable, Sendable {
  /// Why.
  public let reason: WakeReason
  /// For scheduled wakes, the wall-clock time that was meant, in seconds since 1970.
  public let slot: Double?

  /// Names a reason.
  public init(_ reason: WakeReason, slot: Double? = nil) {
    self.reason = reason
    self.slot = slot
  }

  var isAlwaysRecorded: Bool {
    switch reason {
    case .start, .schedule, .requested, .pass: true
    case .due, .notified: false
    }
  }
}

/// Handles wakes.
public actor WakeRunner {
  private let environment: PublishingEnvironment
  private let publisher: Publisher
  private let reconciler: Reconciler
  private let wakes: WakeStore
  private let maxInFlight: Int
  /// Whether the loop is between taking a signal and being ready for the next.
  private var isHandling = false
  private var idlers: [CheckedContinuation<Void, Never>] = []

  /// Publishes at most `maxInFlight` posts at once.
  public init(
    _ environment: PublishingEnvironment,
    reconciler: Reconciler,
    wakes: WakeStore,
    maxInFlight: Int
  ) {
    self.environment = environment
    self.reconciler = reconciler
    self.publisher = Publisher(environment)
    self.wakes = wakes
    self.maxInFlight = maxInFlight
  }

  /// Handles signals until the stream ends, then waits for the posts in flight.
  ///
  /// - Parameters:
  ///   - first: the reason to look at once.
  ///   - signals: further reasons; they are handled one after the other.
  ///   - again: called when a post has ended, because its persona may have the next one due.
  ///   - handled: called after each, when the queue or the posts in flight may have changed.
  public func run(
    first: WakeSignal,
    _ signals: some AsyncSequence<WakeSignal, Never> & Sendable,
    again: @escaping @Sendable () -> Void,
    handled: @escaping @Sendable (WakeSignal) async -> Void
  ) async {
    await withDiscardingTaskGroup { group in
      var iterator = signals.makeAsyncIterator()
      var next: WakeSignal? = first
      while let signal = next, !environment.drain.hasBegun {
        isHandling = true
        for job in await self.handle(signal) {
          group.addTask {
            await self.perform(job)
            again()
          }
        }
        await handled(signal)
        becomeIdle()
        next = await iterator.next(isolation: self)
      }
    }
  }

  /// Returns when the loop waits for a signal, at once or after it has handled the one at hand.
  ///
  /// For a watchdog: a loop that waits for ever in the middle of a wake claims nothing any more.
  public func answer() async {
    guard isHandling else { return }
    await withCheckedContinuation { idlers.append($0) }
  }

  private func becomeIdle() {
    isHandling = false
    for idler in idlers { idler.resume() }
    idlers = []
  }

  /// One pass over what is due, waiting for every post; what `belfry post-scheduled` does.
  ///
  /// - Throws: `PostgresError` when the database is away before anything was claimed.
  public func pass() async throws -> WakeTally {
    let record = WakeRecord(
      id: try await wakes.open(for: environment.instance, reason: .pass, slot: nil)
    )
    await withTaskGroup(of: Void.self) { group in
      while true {
        var found: [Job] = []
        if !environment.drain.hasBegun {
          do { found = try await jobs(for: record) } catch { report(error) }
        }
        for job in found { group.addTask { await self.perform(job) } }
        // One post ended: its persona may have another one due.
        guard await group.next() != nil else { break }
      }
    }
    let tally = record.tally
    await close(record)
    return tally
  }

  // MARK: Jobs

  private struct Job: Sendable {
    enum Work: Sendable {
      case publish(ClaimedPost)
      case recover(ClaimedPost)
      case look(UnconfirmedPost)
      case probe(AccountReference)
    }
    let work: Work
    let trust: Trust
    let record: WakeRecord

    /// The lease that the work rests on; a look has none.
    var token: Int64? {
      switch work {
      case .publish(let claim), .recover(let claim): claim.post.term.token
      case .look, .probe: nil
      }
    }
  }

  private func handle(_ signal: WakeSignal) async -> [Job] {
    let record = WakeRecord(id: nil)
    do {
      if signal.isAlwaysRecorded { try await open(record, signal) }
      let found = try await jobs(for: record)
      if !found.isEmpty && record.id == nil {
        // The posts matter more than their row in wakes.
        do { try await open(record, signal) } catch { report(error) }
      }
      if signal.isAlwaysRecorded || !found.isEmpty {
        environment.logger.log(
          found.isEmpty ? .wakeFoundNothing : .wake,
          "wake (\(signal.reason.rawValue)): \(found.count) taken"
        )
      }
      if found.isEmpty { await close(record) }
      return found
    } catch {
      report(error)
      return []
    }
  }

  private func open(_ record: WakeRecord, _ signal: WakeSignal) async throws {
    record.id = try await wakes.open(
      for: environment.instance,
      reason: signal.reason,
      slot: signal.slot
    )
  }

  /// Takes over and claims.
  ///
  /// From here on every post in the result is ours to finish.
  private func jobs(for record: WakeRecord) async throws -> [Job] {
    let room = maxInFlight - environment.inFlight.count
    let trust = environment.trust.trust()
    guard room > 0, trust.isOpen() else { return [] }
    let recoveries = try await environment.leases.takeOver(
      upTo: room,
      for: environment.instance,
      working: environment.inFlight.all
    )
    var found = recoveries.map { Job(work: .recover($0), trust: trust, record: record) }
    for job in found { if let token = job.token { environment.inFlight.insert(token) } }
    do {
      found += try await looks(upTo: room - found.count, trust, record)
      found += try await claims(upTo: room - found.count, trust, record)
    } catch {
      // What was taken over is ours; it must not wait for the next wake.
      guard !found.isEmpty else { throw error }
      report(error)
    }
    record.began(found.count)
    return found
  }

  private func looks(
    upTo limit: Int,
    _ trust: Trust,
    _ record: WakeRecord
  ) async throws(PostgresError) -> [Job] {
    guard limit > 0 else { return [] }
    return try await reconciler.claim(upTo: limit)
      .map { Job(work: .look($0), trust: trust, record: record) }
  }

  private func claims(
    upTo limit: Int,
    _ trust: Trust,
    _ record: WakeRecord
  ) async throws(PostgresError) -> [Job] {
    guard limit > 0 else { return [] }
    if environment.platform.breaker.isOpen {
      let account = environment.platform.breaker.takeProbe()
      return account.map { [Job(work: .probe($0), trust: trust, record: record)] } ?? []
    }
    for late in try await environment.leases.applyLatePolicies() {
      environment.logger.log(
        .late,
        "\(late.id) of \(late.persona): \(late.cause)",
        ["post": "\(late.id.rawValue)", "persona": "\(late.persona)"]
      )
    }
    let claimed = try await environment.leases.claim(
      upTo: limit,
      for: environment.instance,
      pipeline: (SchedulePost.dueName, SchedulePost.version),
      reusable: SchedulePost.reusableSteps
    )
    let jobs = claimed.map { Job(work: .publish($0), trust: trust, record: record) }
    for job in jobs { if let token = job.token { environment.inFlight.insert(token) } }
    return jobs
  }

  private func perform(_ job: Job) async {
    let outcome =
      switch job.work {
      case .publish(let claim): await publisher.publish(claim, trust: job.trust)
      case .recover(let recovery): await publisher.recover(recovery, trust: job.trust)
      case .look(let unconfirmed): await reconciler.look(at: unconfirmed)
      case .probe(let account): await probe(account)
      }
    if let token = job.token { environment.inFlight.remove(token) }
    if job.record.ended(outcome) { await close(job.record) }
  }

  private func probe(_ account: AccountReference) async -> PostOutcome {
    await environment.platform.probe(account, environment.accounts)
    return .left
  }

  private func close(_ record: WakeRecord) async {
    guard let id = record.id else { return }
    do {
      try await wakes.close(id, record.tally)
    } catch {
      report(error)
    }
  }

  /// The loss of the database is reported once, by whoever watches the connection; this is detail.
  private func report(_ error: any Error) {
    environment.logger.log(.databaseMissedByWake, "the database did not answer a wake: \(error)")
  }
}

/// What came of a wake so far.
///
/// Shared by the tasks of its posts.
private final class WakeRecord: Sendable {
  private struct State {
    var id: Int64?
    var tally = WakeTally()
    var open = 0
  }

  private let state: Mutex<State>

  init(id: Int64?) { state = Mutex(State(id: id)) }

  var id: Int64? {
    get { state.withLock(\.id) }
    set { state.withLock { $0.id = newValue } }
  }

  var tally: WakeTally { state.withLock(\.tally) }

  func began(_ count: Int) {
    state.withLock {
      $0.tally.claimed += count
      $0.open += count
    }
  }

  /// Counts an outcome; true for the last one.
  func ended(_ outcome: PostOutcome) -> Bool {
    state.withLock { state in
      switch outcome {
      case .posted: state.tally.posted += 1
      case .deferred, .interrupted: state.tally.deferred += 1
      case .held:
        state.tally.deferred += 1
        state.tally.held += 1
      case .failed: state.tally.failed += 1
      case .unconfirmed: state.tally.unconfirmed += 1
      case .proven:
        state.tally.posted += 1
        state.tally.unconfirmed = max(0, state.tally.unconfirmed - 1)
      case .disproved: state.tally.unconfirmed = max(0, state.tally.unconfirmed - 1)
      case .stillOpen, .left: break
      }
      state.open -= 1
      return state.open == 0
    }
  }
}
