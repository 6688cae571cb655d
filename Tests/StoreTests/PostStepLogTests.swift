import FoundationEssentials
import Leases
import Pipeline
import Postgres
import Posts
import Store
import TestSupport
import Testing

@Suite("The step log of a post", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct PostStepLogTests {
  /// A leased post of a database of its own, as the conformance suite wants it.
  private struct Fixture: StepLogFixture {
    let world: World
    let post: LeasedPost
    let log: PostStepLog
    let change = PostChange.containerCreated(ContainerID(rawValue: "9"))

    init() async throws {
      world = try await World()
      _ = try await world.post(of: try await world.persona("sarah"))
      post = try await world.claimOne(for: try await world.instance())
      log = PostStepLog(world.database, term: post.term)
    }

    func records() async throws -> [StepRecord] {
      let rows = try await world.sql(
        """
        SELECT json_build_object('ordinal', ordinal, 'name', name, 'kind', kind, 'phase', phase,
          'input', input::text, 'output', output::text, 'error', error)
        FROM post_steps ORDER BY ordinal
        """
      )
      return try rows.split(separator: "\n").map { try RecordedStep.decode($0).record }
    }

    func isChanged() async throws -> Bool {
      try await world.sql("SELECT count(container_id) FROM scheduling_posts") == "1"
    }

    func takeAway() async throws {
      try await world.sql("UPDATE instances SET stopped_at = now()")
      let other = try await world.instance()
      #expect(try await world.leases.takeOver(for: other).count == 1)
    }

    func disconnect() async throws {
      let name = try await world.sql("SELECT current_database()")
      let output = try await world.postgres.psql(
        """
        ALTER DATABASE \(name) ALLOW_CONNECTIONS false;
        SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '\(name)';
        """,
        database: "postgres"
      )
      #expect(output.status.isSuccess, "\(output.stderr)")
    }

    func reconnect() async throws {
      let name = try #require(
        world.conninfo.split(separator: " ").first { $0.hasPrefix("dbname=") }?.dropFirst(7)
      )
      let output = try await world.postgres.psql(
        "ALTER DATABASE \(name) ALLOW_CONNECTIONS true",
        database: "postgres"
      )
      #expect(output.status.isSuccess, "\(output.stderr)")
      try await world.database.connect()
    }
  }

  @Test("It keeps the promises of every step log")
  func conformance() async throws {
    try await StepLogConformance { try await Fixture() }.verify()
  }

  private func record(
    _ ordinal: Int,
    _ phase: StepPhase,
    output: String? = nil,
    error: String? = nil
  ) -> StepRecord {
    StepRecord(
      ordinal: ordinal,
      name: StepName(rawValue: "Step\(ordinal)"),
      kind: .compensatable,
      phase: phase,
      input: Array("{}".utf8),
      output: output.map { Array($0.utf8) },
      error: error
    )
  }

  private let steps = "SELECT ordinal, phase FROM post_steps ORDER BY ordinal"

  // MARK: The post's row

  @Test("Each change has its columns, in the transaction of its step")
  func changes() async throws {
    let fixture = try await Fixture()
    let columns = """
      SELECT status, container_id, publish_requested_at IS NOT NULL, provider_post_id, posted_at IS NOT NULL
      FROM scheduling_posts
      """
    func after(_ change: PostChange) async throws -> String {
      try await fixture.log.write(LogWrite(changes: [change]))
      return try await fixture.world.sql(columns)
    }
    let media = MediaID(rawValue: "17")
    #expect(try await after(.containerCreated(ContainerID(rawValue: "9"))) == "posting|9|f||f")
    #expect(try await after(.publishRequested) == "posting|9|t||f")
    #expect(try await after(.publishRefused) == "posting|9|f||f")
    #expect(try await after(.publishRequested) == "posting|9|t||f")
    #expect(try await after(.published(media)) == "posting|9|t|17|t")
    let gap = "SELECT last_published_at > now() - interval '1 minute' FROM personas"
    #expect(try await fixture.world.sql(gap) == "t")
    #expect(try await after(.posted(media, permalink: "https://i/p/1")) == "posted|9|t|17|t")
    let end =
      "SELECT permalink, lease_token IS NULL, lease_instance_id IS NULL FROM scheduling_posts"
    #expect(try await fixture.world.sql(end) == "https://i/p/1|t|t")
    #expect(
      try await fixture.world.sql("SELECT outcome, failure_cause FROM post_attempts") == "posted|"
    )
    let owned = try await MediaStore(fixture.world.database)
      .owned(among: [media, MediaID(rawValue: "18")])
    #expect(owned == [media])
  }

  @Test("The mark keeps the time of the first request")
  func markIsKept() async throws {
    let fixture = try await Fixture()
    try await fixture.log.write(
      LogWrite(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
    )
    let mark = "SELECT publish_requested_at FROM scheduling_posts"
    let first = try await fixture.world.sql(mark)
    try await fixture.log.write(LogWrite(changes: [.publishRequested]))
    #expect(try await fixture.world.sql(mark) == first)
  }

  @Test("A post's success clears what failed before")
  func successClearsFailure() async throws {
    let fixture = try await Fixture()
    let world = fixture.world
    #expect(try await world.leases.finish(fixture.post, Outcome(.deferred(.zero), .example())))
    try await world.publishDue(for: try await world.instance(), media: "17")
    let row = "SELECT status, failure_class, failure_cause, failure_fix FROM scheduling_posts"
    #expect(try await world.sql(row) == "posted|||")
  }

  @Test("The last write may be repeated when its answer was lost; another media id is refused")
  func lastWriteRepeated() async throws {
    let fixture = try await Fixture()
    let media = MediaID(rawValue: "17")
    try await fixture.log.write(.publication(of: "17"))
    let row = "SELECT post, run FROM scheduling_posts AS post, post_attempts AS run"
    let before = try await fixture.world.sql(row)
    try await fixture.log.write(
      LogWrite(
        records: [record(0, .completed, output: "{}")],
        changes: [.posted(media, permalink: nil)]
      )
    )
    #expect(try await fixture.world.sql(row) == before)
    let other = LogWrite(changes: [PostChange.posted(MediaID(rawValue: "18"), permalink: nil)])
    #expect(await lostLease(fixture.log, other))
    let late = LogWrite<PostChange>(records: [record(0, .completed, output: "{}")])
    #expect(
      await lostLease(fixture.log, late),
      "only the write that ended the lease is known again"
    )
    #expect(try await fixture.world.sql(row) == before)
  }

  private func lostLease(_ log: PostStepLog, _ write: LogWrite<PostChange>) async -> Bool {
    do throws(StepLogError) {
      try await log.write(write)
      return false
    } catch {
      if case .leaseLost = error { return true }
      return false
    }
  }

  @Test("A media id that another row has is refused, not tried for ever")
  func ownedMedia() async throws {
    let fixture = try await Fixture()
    let world = fixture.world
    let photo = try await world.photo(of: fixture.post.persona.rawValue)
    try await world.sql(
      """
      INSERT INTO scheduling_posts (persona_id, photo_id, status, provider_post_id, posted_at)
      VALUES (\(fixture.post.persona.rawValue), \(photo), 'posted', '17', now())
      """
    )
    do throws(StepLogError) {
      try await fixture.log.write(.publication(of: "17"))
      Issue.record("the write was taken")
    } catch {
      guard case .refused(let message) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(message.contains("scheduling_posts_one_row_per_media"))
    }
    #expect(try await world.status(fixture.post.id.rawValue) == "posting")
  }

  @Test("Texts of another program are recorded whatever they hold")
  func oddText() async throws {
    let fixture = try await Fixture()
    let output = #"{"caption":"a\u0000b \\u0000 c"}"#
    try await fixture.log.write(
      LogWrite(records: [record(0, .completed, output: output, error: "it said '\u{0}'")])
    )
    let row = try await fixture.world.sql("SELECT output->>'caption', error FROM post_steps")
    #expect(row == "a\u{FFFD}b \\u0000 c|it said '\u{FFFD}'")
  }

  // MARK: The immediate chain

  private func newPost(_ world: World) async throws -> NewPost {
    let persona = try await world.persona("sarah")
    return NewPost(
      persona: PersonaID(rawValue: persona),
      photo: PhotoID(rawValue: try await world.photo(of: persona)),
      caption: "Sea",
      at: nil
    )
  }

  private func createLeased(_ world: World) async throws -> ClaimedPost {
    try await world.queue.createLeased(
      try await newPost(world),
      for: try await world.instance(),
      pipeline: ("SchedulePostNow", 1),
      recording: record(0, .completed, output: "{}")
    )
  }

  private let counts = """
    SELECT (SELECT count(*) FROM scheduling_posts), (SELECT count(*) FROM post_attempts),
      (SELECT count(*) FROM post_steps)
    """

  @Test(
    "A post that is created to be published at once is leased, and its first step recorded with it"
  )
  func created() async throws {
    let world = try await World()
    let claim = try await createLeased(world)
    #expect(claim.post.term.attempt == 1)
    #expect(claim.post.pipeline == "SchedulePostNow")
    #expect(claim.records == [record(0, .completed, output: "{}")])
    #expect(try await world.sql(steps) == "0|completed")
    let log = PostStepLog(world.database, term: claim.post.term)
    try await log.write(LogWrite(records: [record(1, .started)]))
    #expect(try await world.sql(steps) == "0|completed\n1|started")
  }

  @Test("A step that cannot be recorded leaves no post")
  func createdOrNot() async throws {
    let world = try await World()
    let new = try await newPost(world)
    let instance = try await world.instance()
    let unfinished = record(0, .completed)
    await #expect(throws: PostgresError.self) {
      _ = try await world.queue.createLeased(
        new,
        for: instance,
        pipeline: ("SchedulePostNow", 1),
        recording: unfinished
      )
    }
    #expect(try await world.sql(counts) == "0|0|0")
  }

  @Test("Removing the row takes its records along; the same write again finds it done")
  func removed() async throws {
    let world = try await World()
    let post = try await createLeased(world).post
    let log = PostStepLog(world.database, term: post.term)
    let removal = LogWrite<PostChange>(records: [record(0, .compensated)], changes: [.removed])
    try await log.write(removal)
    #expect(try await world.sql(counts) == "0|0|0")
    // The answer to the commit was lost.
    try await log.write(removal)
  }

  @Test("A row that somebody else owns by now is not removed")
  func takenOver() async throws {
    let world = try await World()
    let post = try await createLeased(world).post
    try await world.sql("UPDATE scheduling_posts SET lease_token = nextval('lease_tokens')")
    let log = PostStepLog(world.database, term: post.term)
    let error = await #expect(throws: StepLogError.self) {
      try await log.write(LogWrite(changes: [.removed]))
    }
    guard case .leaseLost? = error else {
      Issue.record("the write ended as \(String(describing: error))")
      return
    }
    #expect(try await world.status(post.id.rawValue) == "posting")
  }

  @Test("The row of a post that may be live is never removed")
  func notRemoved() async throws {
    let world = try await World()
    let post = try await createLeased(world).post
    let log = PostStepLog(world.database, term: post.term)
    try await log.write(
      LogWrite(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
    )
    let error = await #expect(throws: StepLogError.self) {
      try await log.write(LogWrite(records: [record(0, .compensated)], changes: [.removed]))
    }
    guard case .refused(let message)? = error else {
      Issue.record("the write ended as \(String(describing: error))")
      return
    }
    #expect(message.contains("may have been published"))
    #expect(try await world.status(post.id.rawValue) == "posting")
    #expect(try await world.sql(steps) == "0|completed")
  }
}

/// A row of `post_steps` as JSON.
private struct RecordedStep: Decodable {
  let ordinal: Int
  let name: String
  let kind: StepKind
  let phase: StepPhase
  let input: String
  let output: String?
  let error: String?

  static func decode(_ line: Substring) throws -> Self {
    try JSONDecoder().decode(Self.self, from: Data(line.utf8))
  }

  var record: StepRecord {
    StepRecord(
      ordinal: ordinal,
      name: StepName(rawValue: name),
      kind: kind,
      phase: phase,
      input: Array(input.utf8),
      output: output.map { Array($0.utf8) },
      error: error
    )
  }
}
