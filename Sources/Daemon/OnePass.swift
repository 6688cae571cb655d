import HTTPTransport
import Postgres
public import Publishing
import Settings
public import Store
import UnixSignals

// What the commands do that publish without staying: one pass over what is due, and one post at once.
// Both are instances like the daemon, with a heartbeat while they work, so that a crash of theirs is
// recovered like any other.

/// Work that is done once and ends.
public struct OnePass: Sendable {
  let installation: Installation

  /// Works with this installation.
  public init(_ installation: Installation) { self.installation = installation }

  /// One pass over what is due, waiting for every post.
  ///
  /// SIGTERM and SIGINT put back what is not live yet.
  ///
  /// - Throws: `ProgramError`.
  public func postScheduled() async throws(ProgramError) -> WakeTally {
    try await withWorkshop("post-scheduled") { workshop throws(ProgramError) in
      let runner = WakeRunner(
        workshop.environment,
        reconciler: workshop.reconciler,
        wakes: workshop.wakes,
        maxInFlight: installation.settings.publishing.maxInFlight
      )
      do { return try await runner.pass() } catch { throw ProgramError(database: error) }
    }
  }

  /// Creates a post and publishes it at once.
  ///
  /// SIGTERM and SIGINT undo it unless it is live.
  ///
  /// - Throws: `ProgramError`.
  public func publishNow(_ post: NewPost) async throws(ProgramError) -> ImmediateResult {
    try await withWorkshop("schedule-post") { workshop in
      await Publisher(workshop.environment).publishNow(post)
    }
  }

  private func withWorkshop<R: Sendable>(
    _ program: String,
    _ body: @Sendable (Workshop) async throws(ProgramError) -> R
  ) async throws(ProgramError) -> R {
    let database = installation.database(program)
    do {
      try await installation.requireReady(database)
      let transport = try installation.transport()
      let session = try await InstanceSession.begin(
        installation,
        program: program,
        environment: installation.environment
      )
      let drain = DrainSignal()
      let signals = Task {
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { drain.begin() }
      }
      defer { signals.cancel() }
      let result: Result<R, ProgramError>
      do throws(ProgramError) {
        let workshop = try Workshop(
          installation,
          database: database,
          transport: transport,
          session: session,
          drain: drain,
          health: PlatformHealth()
        )
        result = await withHeartbeat(session) { () async throws(ProgramError) in
          try await body(workshop)
        }
      } catch {
        result = .failure(error)
      }
      await session.end()
      transport.shutdown()
      await database.close()
      return try result.get()
    } catch {
      await database.close()
      throw error
    }
  }

  private func withHeartbeat<R: Sendable>(
    _ session: InstanceSession,
    _ body: @Sendable () async throws(ProgramError) -> R
  ) async -> Result<R, ProgramError> {
    // A heartbeat that ends early closes the trust window; the work then stops by itself.
    let heart = Task { try? await session.beat {} }
    defer { heart.cancel() }
    do throws(ProgramError) {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}
