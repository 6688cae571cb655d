import Pipeline
import Postgres
import Posts
import Store
import TestSupport
import Testing

@Suite("What belfry status reads", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct StatusStoreTests {
  private func overview(_ world: World) async throws -> Overview {
    try await StatusStore(world.database).overview()
  }

  @Test("An empty database has nothing to report")
  func empty() async throws {
    let overview = try await overview(try await World())
    #expect(overview.service.daemons == 0)
    #expect(overview.service.up == nil)
    #expect(overview.service.lastWake == nil)
    #expect(overview.service.inFlight == 0)
    #expect(overview.service.overdue == 0)
    #expect(overview.personas == [])
    #expect(overview.problems == [])
  }

  @Test("Daemons count while they send heartbeats, and commands are not daemons")
  func daemons() async throws {
    let world = try await World()
    let first = try await world.instance()
    _ = try await world.instance()
    try await world.sql(
      "UPDATE instances SET started_at = now() - interval '90 seconds' WHERE id = \(first)"
    )
    let command = try await world.instance()
    try await world.sql("UPDATE instances SET program = 'schedule-post' WHERE id = \(command)")
    // The database's clock goes on while the test reads.
    let age = """
      SELECT floor(extract(epoch FROM now() - started_at))::int FROM instances WHERE id = \(first)
      """
    let before = try #require(Int(try await world.sql(age)))
    let both = try await overview(world).service
    let after = try #require(Int(try await world.sql(age)))
    #expect(both.daemons == 2)
    let up = try #require(both.up)
    #expect(before >= 90 && (before...after).contains(up))
    try await world.instances.stop(first)
    #expect(try await overview(world).service.daemons == 1)
    try await world.sql("UPDATE instances SET heartbeat_at = now() - interval '2 minutes'")
    #expect(try await overview(world).service.daemons == 0)
  }

  @Test("A persona's row counts what waits, was deferred, went out and is unconfirmed")
  func personas() async throws {
    let world = try await World()
    let sarah = try await world.persona(
      "sarah",
      ["username": "'sarah.makes'", "time_zone": "'Pacific/Kiritimati'"]
    )
    let instance = try await world.instance()
    func claimed() async throws -> LeasedPost {
      _ = try await world.post(of: sarah, due: "now() - interval '5 minutes'")
      return try await world.claimOne(for: instance)
    }
    try await world.publish(try await claimed(), media: "1")
    try await world.publish(try await claimed(), media: "2")
    try await world.sql(
      """
      SET session_replication_role = replica;   -- what happened is a record that nobody else may edit
      UPDATE scheduling_posts SET posted_at = now() - interval '8 days' WHERE provider_post_id = '1'
      """
    )
    let doubtful = try await claimed()
    try await PostStepLog(world.database, term: doubtful.term).write(
      .init(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
    )
    _ = try await world.leases.finish(doubtful, Outcome(.unconfirmed, .example(.unknown)))
    _ = try await world.leases.finish(
      try await claimed(),
      Outcome(.deferred(.seconds(7_200)), .example())
    )
    let next = try await world.post(of: sarah, due: "now() + interval '1 hour'")
    _ = try await world.post(of: sarah, due: "now() + interval '50 hours'")
    _ = try await world.persona("max")

    let overview = try await overview(world)
    #expect(overview.personas.map(\.name) == ["max", "sarah"])
    let row = try #require(overview.personas.last)
    #expect(row.username == "sarah.makes")
    #expect(row.queued == 3)
    #expect(row.deferred == 1)
    #expect(row.posted == 1)
    #expect(row.unconfirmed == 1)
    #expect(row.nextID == next)
    #expect(try #require(row.nextIn) > 3_500)
    #expect(!row.hasToken)
    let local = try await world.sql(
      """
      SELECT CASE WHEN (scheduled_at AT TIME ZONE 'Pacific/Kiritimati')::date
          = (now() AT TIME ZONE 'Pacific/Kiritimati')::date THEN 'today ' ELSE 'tomorrow ' END
        || to_char(scheduled_at AT TIME ZONE 'Pacific/Kiritimati', 'HH24:MI')
      FROM scheduling_posts WHERE id = \(next)
      """
    )
    #expect(row.nextLocal == local)
    let idle = try #require(overview.personas.first)
    #expect(idle.nextID == nil && idle.queued == 0 && idle.posted == 0)
  }

  @Test("Posts in flight and overdue posts are counted; a held persona is not overdue")
  func service() async throws {
    let world = try await World()
    let sarah = try await world.persona("sarah")
    _ = try await world.post(of: sarah, due: "now() - interval '1 hour'")
    _ = try await world.post(of: sarah, due: "now() - interval '3 minutes'")
    _ = try await world.post(of: sarah, due: "now() - interval '1 minute'")
    #expect(try await overview(world).service.overdue == 2)
    _ = try await world.claimOne(for: try await world.instance())
    let service = try await overview(world).service
    #expect(service.inFlight == 1)
    #expect(service.overdue == 1)
    try await world.sql("UPDATE personas SET held_at = now(), held_by = 'tim', held_reason = 'r'")
    #expect(try await overview(world).service.overdue == 0)
  }

  @Test("Problems come worst first, each with its repair")
  func problems() async throws {
    let world = try await World()
    let instance = try await world.instance()
    func claimed(_ name: String) async throws -> LeasedPost {
      _ = try await world.post(of: try await world.persona(name))
      return try await world.claimOne(for: instance)
    }
    let tokens = CredentialStore(world.database)
    let deferred = try await claimed("deferred")
    try await tokens.put(
      [SealedCredential(persona: deferred.persona, name: .accessToken, sealed: [1])],
      account: .init(),
      of: deferred.persona
    )
    var attempt = deferred
    for _ in 1...2 {
      _ = try await world.leases.finish(attempt, Outcome(.deferred(.zero), .example()))
      #expect(try await overview(world).problems.isEmpty, "two deferrals need nobody")
      attempt = try await world.claimOne(for: instance)
    }
    _ = try await world.leases.finish(attempt, Outcome(.deferred(.seconds(600)), .example()))

    let tokenless = try await world.persona("tokenless")
    _ = try await world.post(of: tokenless, due: "now() + interval '1 day'")
    let account = try await claimed("account")
    _ = try await world.leases.finish(
      account,
      Outcome(.deferred(.zero), .example(.account), personaHold: .example(.account))
    )
    let failed = try await claimed("failed")
    _ = try await world.leases.finish(failed, Outcome(.failed, .example(.permanent)))
    let doubtful = try await claimed("doubtful")
    try await PostStepLog(world.database, term: doubtful.term).write(
      .init(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
    )
    _ = try await world.leases.finish(doubtful, Outcome(.unconfirmed, .example(.unknown)))

    let problems = try await overview(world).problems
    #expect(problems.map(\.severity) == ["unconfirmed", "failed", "held", "no token", "deferred"])
    #expect(
      problems.map(\.subject) == [
        "\(doubtful.id)", "\(failed.id)", "persona account", "persona tokenless", "\(deferred.id)",
      ]
    )
    #expect(problems[0].advice == "Ask again.")
    #expect(problems[2].cause == "the platform said no")
    #expect(problems[2].advice == "Ask again.")
    #expect(problems[3].command == "belfry credentials set tokenless")
    #expect(problems[4].cause == "deferred 3x: the platform said no")
  }

  @Test("A wake is recorded with its reason, its slot and what came of it")
  func wakes() async throws {
    let world = try await World()
    let store = WakeStore(world.database)
    let instance = try await world.instance()
    for reason in WakeReason.allCases {
      _ = try await store.open(for: instance, reason: reason, slot: nil)
    }
    #expect(try await world.sql("SELECT count(*) FROM wake_log WHERE finished_at IS NULL") == "6")
    let id = try await store.open(for: instance, reason: .schedule, slot: 1_800_000_000)
    var tally = WakeTally()
    (tally.claimed, tally.posted, tally.deferred, tally.failed, tally.unconfirmed) = (
      10, 4, 3, 2, 1
    )
    try await store.close(id, tally)
    let row = try await world.sql(
      """
      SELECT reason, extract(epoch FROM slot)::bigint, finished_at >= started_at,
        claimed, posted, deferred, failed, unconfirmed
      FROM wake_log WHERE id = \(id)
      """
    )
    #expect(row == "schedule|1800000000|t|10|4|3|2|1")
    #expect(try await overview(world).service.lastWake != nil)
  }
}

@Suite("Queueing from the command line", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct QueueStoreTests {
  @Test(
    "A time without a zone is the persona's; with one it is what it says",
    arguments: [
      ("2031-07-01 12:00", "2031-07-01 10:00:00+00"),
      ("2031-01-01 12:00", "2031-01-01 11:00:00+00"),
      ("2031-07-01 12:00Z", "2031-07-01 12:00:00+00"),
      ("2031-07-01 12:00 America/New_York", "2031-07-01 16:00:00+00"),
    ]
  )
  func localTime(given: String, stored: String) async throws {
    let world = try await World()
    let persona = try await world.persona("sarah", ["time_zone": "'Europe/Berlin'"])
    let photo = PhotoID(rawValue: try await world.photo(of: persona))
    let post = NewPost(
      persona: PersonaID(rawValue: persona),
      photo: photo,
      caption: "Sea",
      at: given
    )
    let (id, text) = try await world.queue.schedule(post)
    let row = try await world.sql(
      """
      SET TimeZone = 'UTC';
      SELECT scheduled_at, status, to_char(scheduled_at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI:SS')
      FROM scheduling_posts WHERE id = \(id.rawValue)
      """
    )
    let fields = row.split(separator: "|").map(String.init)
    #expect(fields.prefix(2) == [stored, "scheduled"])
    #expect(text == fields[2] + " Europe/Berlin")
  }

  @Test("A time that PostgreSQL cannot read is refused, and nothing is queued")
  func wrongTime() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let post = NewPost(
      persona: PersonaID(rawValue: persona),
      photo: PhotoID(rawValue: try await world.photo(of: persona)),
      caption: "",
      at: "half past never"
    )
    await #expect(throws: PostgresError.self) { _ = try await world.queue.schedule(post) }
    #expect(try await world.sql("SELECT count(*) FROM scheduling_posts") == "0")
  }

  @Test("A persona is found by its name, and names are there to suggest")
  func personas() async throws {
    let world = try await World()
    let id = try await world.persona("sarah", ["time_zone": "'Europe/Berlin'", "app_id": "'9'"])
    _ = try await world.persona("max")
    let sarah = try #require(try await world.queue.persona(named: "sarah"))
    #expect(sarah.id.rawValue == id)
    #expect(sarah.timeZone == "Europe/Berlin")
    #expect(sarah.login == .facebook)
    #expect(sarah.appID == "9" && sarah.accountID == nil)
    #expect(try await world.queue.persona(named: "Sarah") == nil)
    #expect(try await world.queue.personaNames() == ["max", "sarah"])
  }

  @Test("A photo is found by id, path, url or the end of its path, taken literally")
  func photos() async throws {
    let world = try await World()
    let persona = PersonaID(rawValue: try await world.persona("sarah"))
    let other = try await world.persona("max")
    try await world.sql(
      """
      INSERT INTO photos (id, persona_id, path, url) VALUES
        (1, \(persona.rawValue), '/a/sea.jpg', NULL), (2, \(persona.rawValue), '/b/sea.jpg', NULL),
        (3, \(persona.rawValue), '/b/sea.jpg.jpg', NULL), (4, \(persona.rawValue), NULL, 'https://x/y.jpg'),
        (5, \(persona.rawValue), '/a/50%_off.jpg', NULL), (6, \(other), '/a/50x_off.jpg', NULL),
        (7, \(persona.rawValue), '/a/50xyoff.jpg', NULL), (8, \(persona.rawValue), E'/a/back\\\\slash.jpg', NULL)
      """
    )
    func found(_ text: String) async throws -> [Int64] {
      try await world.queue.photos(of: persona, matching: text).map(\.rawValue)
    }
    #expect(try await found("1") == [1])
    #expect(try await found("/b/sea.jpg") == [2])
    #expect(try await found("https://x/y.jpg") == [4])
    #expect(try await found("sea.jpg") == [1, 2], "ambiguous")
    #expect(try await found("50%_off.jpg") == [5])
    #expect(try await found("6") == [], "another persona's")
    #expect(try await found("nothing") == [])
    #expect(try await found("back\\slash.jpg") == [8])
    #expect(try await found("slash\\") == [])
  }

  @Test("What an inspection found out is kept")
  func inspected() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let photo = PhotoID(rawValue: try await world.photo(of: persona))
    let facts = PhotoRecord(
      format: "jpeg",
      width: 1440,
      height: 1800,
      bytes: 812_345,
      sha256: String(repeating: "0f", count: 32)
    )
    try await world.queue.inspected(photo, facts)
    let row = try await world.sql(
      "SELECT format, width, height, bytes, sha256, inspected_at IS NOT NULL FROM photos"
    )
    #expect(row == "jpeg|1440|1800|812345|\(facts.sha256)|t")
  }
}
