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
public struct OneShotRunner: Sendable {
  let context: ServiceContext

  /// Works with the settings and credentials of `context`.
  public init(_ context: ServiceContext) { self.context = context }

  /// One pass over what is due, waiting for every post.
  ///
  /// SIGTERM and SIGINT put back what is not live yet.
  ///
  /// - Throws: `CommandError`.
  public func postScheduled() async throws(CommandError) -> WakeTally {
    try await withStack("post-scheduled") { stack throws(CommandError) in
      let runner = WakeRunner(
        stack.environment,
        reconciler: stack.reconciler,
        wakes: stack.wakes,
        maxInFlight: context.settings.publishing.maxInFlight
      )
      do { return try await runner.pass() } catch { throw CommandError(database: error) }
    }
  }

  /// Creates a post and publishes it at once.
  ///
  /// SIGTERM and SIGINT undo it unless it is live.
  ///
  /// - Throws: `CommandError`.
  public func publishNow(_ post: NewPost) async throws(CommandError) -> ImmediateResult {
    try await withStack("schedule-post") { stack in
      await Publisher(stack.environment).publishNow(post)
    }
  }

  private func withStack<R: Sendable>(
    _ program: String,
    _ body: @Sendable (PublishingStack) async throws(CommandError) -> R
  ) async throws(CommandError) -> R {
    let database = context.database(program)
    do {
      try await context.requireReady(database)
      let transport = try context.transport()
      let session = try await InstanceSession.begin(
        context,
        program: program,
        environment: context.environment
      )
      let drain = DrainSignal()
      let signals = Task {
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { drain.begin() }
      }
      defer { signals.cancel() }
      let result: Result<R, CommandError>
      do throws(CommandError) {
        let stack = try PublishingStack(
          context,
          database: database,
          transport: transport,
          session: session,
          drain: drain,
          health: PlatformHealth()
        )
        result = await withHeartbeat(session) { () async throws(CommandError) in
          try await body(stack)
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
    _ body: @Sendable () async throws(CommandError) -> R
  ) async -> Result<R, CommandError> {
    // A heartbeat that ends early closes the trust window; the work then stops by itself.
    let heartbeat = Task { try? await session.beat {} }
    defer { heartbeat.cancel() }
    do throws(CommandError) {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}
