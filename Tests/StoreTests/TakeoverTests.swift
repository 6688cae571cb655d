import Leases
import Pipeline
import Postgres
import Posts
import Store
import TestSupport
import Testing

@Suite(
  "Taking over and finishing leases",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(2))
)
struct TakeoverTests {
  /// A post that an instance has leased and begun to work on.
  private func leased(_ world: World, _ name: String = "sarah") async throws -> (LeasedPost, Int64)
  {
    _ = try await world.post(of: try await world.persona(name))
    let owner = try await world.instance()
    let post = try await world.claimOne(for: owner)
    return (post, owner)
  }

  @Test("The posts of a living owner stay its own")
  func living() async throws {
    let world = try await World()
    let (post, owner) = try await leased(world)
    let other = try await world.instance()
    #expect(try await world.leases.takeOver(for: other).isEmpty)
    #expect(try await world.leases.takeOver(for: owner, working: [post.term.token]).isEmpty)
  }

  @Test("An owner whose heartbeat is older than its lease loses its posts, with their records")
  func deadHeartbeat() async throws {
    let world = try await World()
    let (post, owner) = try await leased(world)
    let log = PostStepLog(world.database, term: post.term)
    let record = StepRecord(
      ordinal: 0,
      name: "CreateMediaContainer",
      kind: .compensatable,
      phase: .started,
      input: Array("{}".utf8)
    )
    try await log.write(
      LogWrite(records: [record], changes: [.containerCreated(ContainerID(rawValue: "9"))])
    )
    try await world.sql(
      "UPDATE instances SET heartbeat_at = now() - interval '59 seconds' WHERE id = \(owner)"
    )
    let other = try await world.instance()
    #expect(try await world.leases.takeOver(for: other).isEmpty)
    try await world.sql(
      "UPDATE instances SET heartbeat_at = now() - interval '61 seconds' WHERE id = \(owner)"
    )
    let recovery = try #require(try await world.leases.takeOver(for: other).first)
    #expect(recovery.records == [record])
    #expect(recovery.post.id == post.id)
    #expect(recovery.post.term.attempt == 1, "a takeover goes on with the attempt")
    #expect(recovery.post.term.token > post.term.token)
    #expect(recovery.post.container == ContainerID(rawValue: "9"))
    #expect(try #require(recovery.post.containerAge) >= 0)
    #expect(
      try await world.sql("SELECT takeovers, finished_at IS NULL FROM post_attempts") == "1|t"
    )
    #expect(try await world.leases.takeOver(for: owner).isEmpty, "it is the other's now")
  }

  @Test("An owner that ended in an orderly way is taken over at once, and beats no more")
  func stopped() async throws {
    let world = try await World()
    let (post, owner) = try await leased(world)
    #expect(try await world.instances.heartbeat(owner))
    try await world.instances.stop(owner)
    #expect(try await !world.instances.heartbeat(owner))
    let other = try await world.instance()
    #expect(try await world.leases.takeOver(for: other).map(\.post.id) == [post.id])
  }

  @Test("Processes of this machine that are provably gone are stopped; others are not")
  func stopGone() async throws {
    let world = try await World()
    let gone = try await world.instance(machine: "m1")
    let alive = try await world.instance(machine: "m1")
    let elsewhere = try await world.instance(machine: "m2")
    let own = try await world.instance(machine: "m1")
    var asked: [Int64] = []
    try await world.instances.stopGone(machineID: "m1", except: own) { instance in
      asked.append(instance.id)
      #expect(instance.pid == 42 && instance.startTicks == 7 && instance.bootID == "boot")
      return instance.id == gone
    }
    #expect(asked.sorted() == [gone, alive])
    let stopped = try await world.sql("SELECT id FROM instances WHERE stopped_at IS NOT NULL")
    #expect(stopped == "\(gone)")
    #expect(try await world.instances.heartbeat(elsewhere))
  }

  @Test("An instance takes back what it holds and does not work on, and nothing else")
  func ownOrphans() async throws {
    let world = try await World()
    let (first, owner) = try await leased(world, "sarah")
    _ = try await world.post(of: try await world.persona("max"))
    let second = try await world.claimOne(for: owner)
    let found = try await world.leases.takeOver(for: owner, working: [first.term.token])
    #expect(found.map(\.post.id) == [second.id])
    let token = try #require(found.first).post.term.token
    #expect(
      try await world.leases.takeOver(for: owner, working: [first.term.token, token]).isEmpty
    )
  }

  @Test("Those whose publication was requested are taken over first")
  func markedFirst() async throws {
    let world = try await World()
    let owner = try await world.instance()
    var marked: PostID?
    for name in ["a", "b", "c"] {
      _ = try await world.post(of: try await world.persona(name))
      let post = try await world.claimOne(for: owner)
      guard name == "b" else { continue }
      marked = post.id
      try await PostStepLog(world.database, term: post.term).write(
        LogWrite(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
      )
    }
    try await world.instances.stop(owner)
    let other = try await world.instance()
    let first = try await world.leases.takeOver(upTo: 1, for: other, working: [])
    #expect(first.map(\.post.id) == [marked])
    #expect(first.first?.post.publishRequestedAt != nil)
  }

  @Test("Two instances that take over at once share the posts: each has one winner")
  func concurrentTakeover() async throws {
    let world = try await World()
    try await world.sql(
      """
      INSERT INTO personas (name) SELECT 'p' || n FROM generate_series(1, 40) AS n;
      INSERT INTO photos (persona_id, path) SELECT id, '/p' FROM personas;
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) SELECT persona_id, id, now() FROM photos
      """
    )
    let owner = try await world.instance()
    #expect(try await world.leases.claim(for: owner).count == 40)
    try await world.instances.stop(owner)
    let winners = try await withThrowingTaskGroup(of: [PostID].self) { group in
      for _ in 1...2 {
        group.addTask {
          let store = LeaseStore(world.anotherDatabase())
          let instance = try await world.instance()
          var mine: [PostID] = []
          var working: [Int64] = []
          while true {
            let recoveries = try await store.takeOver(upTo: 3, for: instance, working: working)
            mine += recoveries.map(\.post.id)
            working += recoveries.map(\.post.term.token)
            // Posts that the other has locked at this moment are skipped, so an empty answer ends
            // the search only when nothing is left.
            let left = "SELECT count(*) FROM scheduling_posts WHERE lease_instance_id = \(owner)"
            if recoveries.isEmpty, try await world.sql(left) == "0" { return mine }
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(winners.count == 40)
    #expect(Set(winners).count == 40)
    #expect(
      try await world.sql("SELECT min(takeovers), max(takeovers) FROM post_attempts") == "1|1"
    )
  }

  @Test("The old owner's writes change nothing after a takeover, and say so")
  func fencing() async throws {
    let world = try await World()
    let (old, owner) = try await leased(world)
    try await world.instances.stop(owner)
    _ = try await world.leases.takeOver(for: try await world.instance())
    let row = "SELECT post, run FROM scheduling_posts AS post, post_attempts AS run"
    let before = try await world.sql(row)

    let log = PostStepLog(world.database, term: old.term)
    let record = StepRecord(
      ordinal: 0,
      name: "Late",
      kind: .compensatable,
      phase: .started,
      input: Array("{}".utf8)
    )
    let media = MediaID(rawValue: "17")
    for change: PostChange in [
      .containerCreated(ContainerID(rawValue: "9")), .publishRequested, .publishRefused,
      .published(media), .posted(media, permalink: nil), .removed,
    ] {
      do throws(StepLogError) {
        try await log.write(LogWrite(records: [record], changes: [change]))
        Issue.record("\(change) was taken")
      } catch {
        guard case .leaseLost = error else {
          Issue.record("\(change): \(error)")
          continue
        }
      }
    }
    for kind: Outcome.Kind in [.deferred(.zero), .interrupted(.zero), .failed, .unconfirmed] {
      let outcome = Outcome(kind, .example(), personaHold: .example(.account))
      #expect(try await !world.leases.finish(old, outcome), "\(kind)")
    }
    #expect(try await world.sql(row) == before)
    #expect(try await world.sql("SELECT count(*) FROM post_steps") == "0")
    #expect(try await world.sql("SELECT count(*) FROM personas WHERE held_at IS NOT NULL") == "0")
  }

  // MARK: Outcomes

  private let outcomeRow = """
    SELECT post.status, post.lease_token IS NULL AND post.lease_instance_id IS NULL,
      round(extract(epoch FROM post.next_attempt_at - now()) / 100) * 100,
      post.failure_class, post.failure_cause, post.failure_fix, run.outcome, run.failure_class,
      run.failure_cause, run.finished_at IS NOT NULL
    FROM scheduling_posts AS post JOIN post_attempts AS run ON run.post_id = post.id
    """

  @Test("A deferred post keeps its reason and the time of its next try")
  func deferred() async throws {
    let world = try await World()
    let (post, _) = try await leased(world)
    #expect(
      try await world.leases.finish(post, Outcome(.deferred(.seconds(600)), .example(.limit)))
    )
    let expected =
      "scheduled|t|600|limit|the platform said no|Ask again.|deferred|limit|the platform said no|t"
    #expect(try await world.sql(outcomeRow) == expected)
  }

  @Test("An interrupted post goes back at once, without blame")
  func interrupted() async throws {
    let world = try await World()
    let (post, owner) = try await leased(world)
    #expect(try await world.leases.finish(post, Outcome(.interrupted(.zero), nil)))
    #expect(try await world.sql(outcomeRow) == "scheduled|t|0||||interrupted|||t")
    #expect(try await world.claimOne(for: owner).term.attempt == 2)
  }

  @Test("A failed post is explained and never claimed again")
  func failed() async throws {
    let world = try await World()
    let (post, owner) = try await leased(world)
    #expect(try await world.leases.finish(post, Outcome(.failed, .example(.permanent))))
    let expected =
      "failed|t||permanent|the platform said no|Ask again.|failed|permanent|the platform said no|t"
    #expect(try await world.sql(outcomeRow) == expected)
    #expect(try await world.leases.claim(for: owner).isEmpty)
    #expect(try await world.leases.secondsUntilNextDue() == nil)
  }

  @Test("An unconfirmed post keeps mark and container, and nobody claims it")
  func unconfirmed() async throws {
    let world = try await World()
    let (post, owner) = try await leased(world)
    try await PostStepLog(world.database, term: post.term).write(
      LogWrite(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
    )
    #expect(try await world.leases.finish(post, Outcome(.unconfirmed, .example(.unknown))))
    #expect(
      try await world.sql(outcomeRow).hasPrefix("unconfirmed|t|0|unknown|the platform said no|")
    )
    let kept = "SELECT publish_requested_at IS NOT NULL, container_id FROM scheduling_posts"
    #expect(try await world.sql(kept) == "t|9")
    #expect(try await world.leases.claim(for: owner).isEmpty)
  }

  @Test("A post that may be live for another reason gets its mark when it is left unconfirmed")
  func unconfirmedWithoutMark() async throws {
    let world = try await World()
    let (post, _) = try await leased(world)
    let unconfirmed = StepFailure(.unknown, "it may be live", hint: "Look.", needsHuman: true)
    #expect(try await world.leases.finish(post, Outcome(.unconfirmed, unconfirmed)))
    let row =
      "SELECT status, publish_requested_at IS NOT NULL, next_attempt_at FROM scheduling_posts"
    #expect(
      try await world.sql(row) == "unconfirmed|t|",
      "only a human can tell: nobody looks again"
    )
    #expect(try await world.leases.secondsUntilNextDue() == nil)
  }

  @Test(
    "An account error holds the persona in the same transaction, unless a human holds it already"
  )
  func personaHold() async throws {
    let world = try await World()
    let (post, owner) = try await leased(world)
    let outcome = Outcome(.deferred(.zero), .example(.account), personaHold: .example(.account))
    #expect(try await world.leases.finish(post, outcome))
    let row = "SELECT held_by, held_reason, held_advice, held_class FROM personas"
    #expect(try await world.sql(row) == "belfry|the platform said no|Ask again.|account")
    #expect(try await world.leases.claim(for: owner).isEmpty)
    try await world.sql(
      "UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL, held_advice = NULL, held_class = NULL"
    )
    let again = try await world.claimOne(for: owner)
    try await world.sql(
      "UPDATE personas SET held_at = now(), held_by = 'tim', held_reason = 'review'"
    )
    #expect(try await world.leases.finish(again, outcome))
    #expect(try await world.sql(row) == "tim|review||")
  }

  @Test("What a message of another program may hold does not stop an outcome from being recorded")
  func oddText() async throws {
    let world = try await World()
    let (post, _) = try await leased(world)
    let odd = StepFailure(.wait, "it said '\u{0}' and \u{1F30A}", hint: "Ask\u{0} again.")
    #expect(try await world.leases.finish(post, Outcome(.deferred(.zero), odd)))
    let cause = try await world.sql("SELECT failure_cause, failure_fix FROM scheduling_posts")
    #expect(cause == "it said '\u{FFFD}' and \u{1F30A}|Ask\u{FFFD} again.")
  }
}
