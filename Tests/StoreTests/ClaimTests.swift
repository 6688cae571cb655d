import Leases
import Pipeline
import Postgres
import Posts
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Claims", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct ClaimTests {
  @Test("A claim takes the due post, leases it and opens its attempt")
  func one() async throws {
    let world = try await World()
    let persona = try await world.persona(
      "sarah",
      ["login": "'instagram'", "instagram_account_id": "'178'"]
    )
    let id = try await world.post(
      of: persona,
      due: "now() - interval '90 seconds'",
      ["caption": "'Sea'", "hashtags": "'{sun}'", "is_ai_generated": "true"]
    )
    let instance = try await world.instance()
    let post = try await world.claimOne(for: instance)
    #expect(post.id == PostID(rawValue: id))
    #expect(post.term == LeaseTerm(post: id, attempt: 1, token: post.term.token))
    #expect(post.pipeline == "SchedulePost")
    #expect(post.persona == PersonaID(rawValue: persona))
    #expect(post.personaName == "sarah")
    #expect(post.login == .instagram)
    #expect(post.accountID == "178")
    #expect(post.caption == "Sea\n\n#sun")
    #expect(post.isAIGenerated)
    #expect(post.photoInspected)
    #expect(post.container == nil && post.publishRequestedAt == nil && post.media == nil)
    #expect(post.lateness >= 90 && post.lateness < 120)
    let row = try await world.sql(
      """
      SELECT post.status, post.lease_instance_id = \(instance), post.lease_token = \(post.term.token),
        post.attempts, run.attempt, run.instance_id = \(instance), run.pipeline, run.pipeline_version,
        run.finished_at IS NULL
      FROM scheduling_posts AS post JOIN post_attempts AS run ON run.post_id = post.id
      """
    )
    #expect(row == "posting|t|t|1|1|t|SchedulePost|1|t")
    #expect(try await world.leases.claim(for: instance).isEmpty, "a leased post is not due")
  }

  @Test(
    "A post is due by scheduled_at, else by the strategy's time, however long ago that was",
    arguments: ["scheduled_at", "optimal_time_calculated"]
  )
  func dueColumns(column: String) async throws {
    let world = try await World()
    let instance = try await world.instance()
    for (name, due) in [("now", "now()"), ("late", "now() - interval '40 hours'")] {
      let persona = try await world.persona(name)
      let photo = try await world.photo(of: persona)
      try await world.sql(
        "INSERT INTO scheduling_posts (persona_id, photo_id, \(column)) VALUES (\(persona), \(photo), \(due))"
      )
    }
    let future = try await world.persona("future")
    let photo = try await world.photo(of: future)
    try await world.sql(
      """
      INSERT INTO scheduling_posts (persona_id, photo_id, \(column))
      VALUES (\(future), \(photo), now() + interval '1 hour')
      """
    )
    let names = try await world.leases.claim(for: instance).map(\.personaName)
    #expect(names == ["late", "now"])
  }

  @Test("scheduled_at wins over the strategy's time")
  func bothTimes() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    _ = try await world.post(
      of: persona,
      due: "now() + interval '1 hour'",
      ["optimal_time_calculated": "now() - interval '1 hour'"]
    )
    #expect(try await world.leases.claim(for: try await world.instance()).isEmpty)
  }

  @Test("Posts come in due order, at most one per persona, at most as many as asked for")
  func order() async throws {
    let world = try await World()
    var expected: [Int64] = []
    for index in 1...5 {
      let persona = try await world.persona("p\(index)")
      let due = "now() - interval '\(10 - index) minutes'"
      expected.append(try await world.post(of: persona, due: due))
      _ = try await world.post(of: persona, due: "now() - interval '1 minute'")
    }
    let instance = try await world.instance()
    let first = try await world.leases.claim(3, for: instance)
    #expect(first.map(\.id.rawValue) == Array(expected.prefix(3)))
    let second = try await world.leases.claim(3, for: instance)
    #expect(second.map(\.id.rawValue) == Array(expected.suffix(2)))
    #expect(
      try await world.leases.claim(3, for: instance).isEmpty,
      "each persona has one in flight"
    )
  }

  @Test("A persona's next post is claimable when the one in flight is done, in due order")
  func oneInFlight() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let late = try await world.post(of: persona, due: "now() - interval '1 minute'")
    let later = try await world.post(of: persona, due: "now() - interval '2 minutes'")
    let instance = try await world.instance()
    let first = try await world.claimOne(for: instance)
    #expect(first.id.rawValue == later)
    #expect(try await world.leases.claim(for: instance).isEmpty)
    try await world.publish(first, media: "17")
    #expect(try await world.claimOne(for: instance).id.rawValue == late)
  }

  @Test("The minimum gap is kept from the last publication on")
  func minimumGap() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah", ["minimum_gap": "'1 hour'"])
    _ = try await world.post(of: persona)
    _ = try await world.post(of: persona)
    let instance = try await world.instance()
    try await world.publishDue(for: instance, media: "17")
    #expect(try await world.leases.claim(for: instance).isEmpty)
    try await world.sql("UPDATE personas SET last_published_at = now() - interval '59 minutes'")
    #expect(try await world.leases.claim(for: instance).isEmpty)
    try await world.sql("UPDATE personas SET last_published_at = now() - interval '1 hour'")
    #expect(try await world.leases.claim(for: instance).count == 1)
  }

  @Test("A post that may be live counts for the gap as one that is")
  func gapAfterDoubt() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah", ["minimum_gap": "'1 hour'"])
    _ = try await world.post(of: persona)
    _ = try await world.post(of: persona)
    let instance = try await world.instance()
    let post = try await world.claimOne(for: instance)
    let log = PostStepLog(world.database, term: post.term)
    try await log.write(
      LogWrite(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
    )
    #expect(try await world.leases.finish(post, Outcome(.unconfirmed, .example(.unknown))))
    #expect(try await world.leases.claim(for: instance).isEmpty)
  }

  @Test("Nothing of a held persona is claimed; others are not held up")
  func held() async throws {
    let world = try await World()
    let sarah = try await world.persona("sarah")
    let max = try await world.persona("max")
    _ = try await world.post(of: sarah)
    _ = try await world.post(of: max)
    try await world.sql(
      "UPDATE personas SET held_at = now(), held_by = 'tim', held_reason = 'review' WHERE id = \(sarah)"
    )
    let instance = try await world.instance()
    #expect(try await world.leases.claim(for: instance).map(\.personaName) == ["max"])
    try await world.sql("UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL")
    #expect(try await world.leases.claim(for: instance).map(\.personaName) == ["sarah"])
  }

  @Test("A deferred post waits for its next try, and another of the persona goes first")
  func nextAttempt() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let early = try await world.post(of: persona, due: "now() - interval '2 minutes'")
    let instance = try await world.instance()
    let post = try await world.claimOne(for: instance)
    #expect(try await world.leases.finish(post, Outcome(.deferred(.seconds(600)), .example())))
    #expect(try await world.leases.claim(for: instance).isEmpty)
    let other = try await world.post(of: persona, due: "now() - interval '1 minute'")
    let next = try await world.claimOne(for: instance)
    #expect(next.id.rawValue == other)
    try await world.publish(next, media: "17")
    try await world.sql(
      "UPDATE scheduling_posts SET next_attempt_at = now() WHERE id = \(early)"
    )
    let again = try await world.claimOne(for: instance)
    #expect(again.id.rawValue == early)
    #expect(again.term.attempt == 2)
    #expect(again.term.token > post.term.token, "a newer lease has a larger token")
  }

  /// A post whose first attempt made a container, ended with `outcome`, and is claimed again.
  private func claimedAgain(_ world: World, after outcome: Outcome) async throws -> ClaimedPost {
    _ = try await world.post(of: try await world.persona("sarah"))
    let instance = try await world.instance()
    let post = try await world.claimOne(for: instance)
    let names = ["GeneratePublicPhotoURL", "CreateMediaContainer", "AwaitMediaContainer"]
    let records = names.enumerated().map { ordinal, name in
      StepRecord(
        ordinal: ordinal,
        name: StepName(rawValue: name),
        kind: .compensatable,
        phase: ordinal < 2 ? .compensated : .failed,
        input: Array("{}".utf8),
        output: ordinal < 2 ? Array("{}".utf8) : nil
      )
    }
    try await PostStepLog(world.database, term: post.term).write(
      LogWrite(records: records, changes: [.containerCreated(ContainerID(rawValue: "9"))])
    )
    #expect(try await world.leases.finish(post, outcome))
    return try #require(try await world.leases.claimWithRecords(for: instance).first)
  }

  @Test("A new attempt knows nothing of the last one's container, unless it was kept")
  func freshContainer() async throws {
    let world = try await World()
    let next = try await claimedAgain(world, after: Outcome(.interrupted(.zero), nil))
    #expect(next.post.container == nil)
    #expect(next.records == [])
  }

  @Test("A container that was kept goes over to the next attempt, with the steps that made it")
  func keptContainer() async throws {
    let world = try await World()
    let kept = Outcome(.deferred(.zero), .example(), keepsContainer: true)
    let next = try await claimedAgain(world, after: kept)
    #expect(next.post.term.attempt == 2)
    #expect(next.post.container == ContainerID(rawValue: "9"))
    #expect(
      next.records.map(\.name.rawValue) == ["GeneratePublicPhotoURL", "CreateMediaContainer"]
    )
    #expect(next.records.map(\.phase) == [.completed, .completed])
  }

  @Test("A container that Instagram will have forgotten is not kept")
  func oldContainer() async throws {
    let world = try await World()
    let kept = Outcome(.deferred(.zero), .example(), keepsContainer: true)
    let young = try await claimedAgain(world, after: kept)
    #expect(try await world.leases.finish(young.post, kept))
    try await world.sql(
      "UPDATE scheduling_posts SET container_created_at = now() - interval '23 hours'"
    )
    let next = try #require(
      try await world.leases.claimWithRecords(for: try await world.instance()).first
    )
    #expect(next.post.container == nil)
    #expect(next.records == [])
  }

  @Test("Eight claimers drain 200 posts: each is claimed once, never two of a persona in flight")
  func concurrency() async throws {
    let world = try await World()
    try await world.sql(
      """
      INSERT INTO personas (name) SELECT 'p' || n FROM generate_series(1, 50) AS n;
      INSERT INTO photos (persona_id, path) SELECT id, '/p/' || n FROM personas, generate_series(1, 4) AS n;
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at)
      SELECT persona_id, id, now() - random() * interval '1 hour' FROM photos
      """
    )
    let ledger = Ledger()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...8 {
        group.addTask {
          let database = world.anotherDatabase()
          let instance = try await world.instance()
          let store = LeaseStore(database)
          while try await world.sql(Self.countOpen) != "0" {
            let posts = try await store.claim(7, for: instance)
            for post in posts { ledger.claimed(post) }
            for post in posts {
              ledger.finishes(post)
              try await PostStepLog(database, term: post.term)
                .write(.publication(of: "\(post.id.rawValue)"))
            }
          }
          await database.close()
        }
      }
      try await group.waitForAll()
    }
    #expect(ledger.faults == [])
    #expect(ledger.count == 200)
    #expect(
      try await world.sql("SELECT status, count(*) FROM scheduling_posts GROUP BY 1")
        == "posted|200"
    )
    #expect(try await world.sql("SELECT count(*), max(attempt) FROM post_attempts") == "200|1")
    #expect(try await world.sql("SELECT count(DISTINCT instance_id) > 1 FROM post_attempts") == "t")
  }

  private static let countOpen =
    "SELECT count(*) FROM scheduling_posts WHERE status IN ('scheduled', 'posting')"

  /// What the claimers saw, checked while it happens.
  private final class Ledger: Sendable {
    private struct State {
      var posts: Set<PostID> = []
      var inFlight: Set<PersonaID> = []
      var faults: [String] = []
    }
    private let state = Mutex(State())
    var faults: [String] { state.withLock(\.faults) }
    var count: Int { state.withLock(\.posts.count) }

    func claimed(_ post: LeasedPost) {
      state.withLock { state in
        if !state.posts.insert(post.id).inserted {
          state.faults.append("\(post.id) was claimed twice")
        }
        if !state.inFlight.insert(post.persona).inserted {
          state.faults.append("two posts of \(post.personaName) are in flight")
        }
      }
    }

    /// Called before the lease ends, so that a claim afterwards cannot be ahead of it.
    func finishes(_ post: LeasedPost) {
      _ = state.withLock { $0.inFlight.remove(post.persona) }
    }
  }
}

@Suite("When the next claim can succeed", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct NextDueTests {
  private func seconds(_ world: World) async throws -> Double? {
    try await world.leases.secondsUntilNextDue()
  }

  @Test("An empty queue has no next time, an overdue post has now, a future one its time")
  func times() async throws {
    let world = try await World()
    #expect(try await seconds(world) == nil)
    let persona = try await world.persona("sarah")
    _ = try await world.post(of: persona, due: "now() + interval '1 hour'")
    let future = try #require(try await seconds(world))
    #expect(future > 3_500 && future <= 3_600)
    _ = try await world.post(of: persona, due: "now() - interval '1 day'")
    #expect(try await seconds(world) == 0)
  }

  @Test("The minimum gap moves the time; the earliest persona counts")
  func gap() async throws {
    let world = try await World()
    let persona = try await world.persona(
      "sarah",
      ["minimum_gap": "'1 hour'", "last_published_at": "now() - interval '20 minutes'"]
    )
    _ = try await world.post(of: persona)
    let gap = try #require(try await seconds(world))
    #expect(gap > 2_300 && gap <= 2_400)
    _ = try await world.post(
      of: try await world.persona("max"),
      due: "now() + interval '10 minutes'"
    )
    let earlier = try #require(try await seconds(world))
    #expect(earlier > 500 && earlier <= 600)
  }

  @Test("Posts of held personas and of those with a post in flight are not waited for")
  func cannotBeClaimed() async throws {
    let world = try await World()
    let sarah = try await world.persona("sarah")
    _ = try await world.post(of: sarah)
    _ = try await world.post(of: sarah)
    let instance = try await world.instance()
    let post = try await world.claimOne(for: instance)
    #expect(try await seconds(world) == nil)
    try await world.publish(post, media: "17")
    #expect(try await seconds(world) == 0)
    try await world.sql(
      "UPDATE personas SET held_at = now(), held_by = 'tim', held_reason = 'review'"
    )
    #expect(try await seconds(world) == nil)
  }

  @Test("A deferred post is waited for until its next try")
  func deferred() async throws {
    let world = try await World()
    _ = try await world.post(of: try await world.persona("sarah"))
    let post = try await world.claimOne(for: try await world.instance())
    _ = try await world.leases.finish(post, Outcome(.deferred(.seconds(300)), .example()))
    let next = try #require(try await seconds(world))
    #expect(next > 200 && next <= 300)
  }
}
