import Leases
import Pipeline
import Postgres
import Posts
import Store
import TestSupport
import Testing

@Suite("Posts whose outcome is open", .temporaryDatabases, .serialized, .timeLimit(.minutes(2)))
struct UnconfirmedPostStoreTests {
  /// An unconfirmed post, and its first look.
  private func unconfirmed(_ world: World, _ name: String = "sarah") async throws -> UnconfirmedPost
  {
    _ = try await world.post(of: try await world.persona(name), ["caption": "'Sea'"])
    let post = try await world.claimOne(for: try await world.instance())
    try await PostStepLog(world.database, term: post.term).write(
      LogWrite(changes: [.containerCreated(ContainerID(rawValue: "9")), .publishRequested])
    )
    #expect(try await world.leases.finish(post, Outcome(.unconfirmed, .example(.unknown))))
    return try #require(try await look(world).first)
  }

  private func look(_ world: World) async throws -> [UnconfirmedPost] {
    try await UnconfirmedPostStore(world.database).claim(upTo: 10, patience: .seconds(600))
  }

  @Test("A look carries all that is known, and is the only one until its patience ends")
  func claim() async throws {
    let world = try await World()
    let unconfirmed = try await unconfirmed(world)
    #expect(unconfirmed.look == 1)
    #expect(unconfirmed.container == ContainerID(rawValue: "9"))
    #expect(unconfirmed.caption == "Sea")
    #expect(unconfirmed.finishedFor == nil)
    #expect(unconfirmed.age >= 0 && unconfirmed.age < 60)
    #expect(unconfirmed.rivalCaptions == [])
    #expect(try await look(world).isEmpty)
    let next = try #require(try await world.leases.secondsUntilNextDue())
    #expect(next > 500 && next <= 600)
    try await world.sql("UPDATE scheduling_posts SET next_attempt_at = now()")
    #expect(try await look(world).first?.look == 2, "the looker died, another looks")
  }

  @Test("Only the latest look decides", arguments: [true, false])
  func fencing(isLate: Bool) async throws {
    let world = try await World()
    let store = UnconfirmedPostStore(world.database)
    let unconfirmed = try await unconfirmed(world)
    if isLate {
      try await world.sql("UPDATE scheduling_posts SET next_attempt_at = now()")
      #expect(try await look(world).count == 1)
    }
    let media = MediaID(rawValue: "17")
    let isTaken = try await store.lookAgain(
      unconfirmed,
      after: .seconds(60),
      isFinished: true,
      cause: "the media list lags\u{0}",
      fix: "Nothing."
    )
    #expect(isTaken == !isLate)
    let isAdopted = try await store.adopt(
      unconfirmed,
      media,
      permalink: "https://i/p",
      publishedAt: 1_800_000_000
    )
    #expect(isAdopted == !isLate)
    let state = try await world.sql(
      "SELECT status, provider_post_id FROM scheduling_posts WHERE id = \(unconfirmed.id.rawValue)"
    )
    #expect(state == (isLate ? "unconfirmed|" : "posted|\(media)"))
  }

  @Test("FINISHED counts from the first of an unbroken row of looks")
  func finished() async throws {
    let world = try await World()
    let store = UnconfirmedPostStore(world.database)
    let unconfirmed = try await unconfirmed(world)
    func again(_ isFinished: Bool) async throws -> String {
      #expect(
        try await store.lookAgain(
          unconfirmed,
          after: nil,
          isFinished: isFinished,
          cause: "c",
          fix: "f"
        )
      )
      return try await world.sql("SELECT reconcile_finished_at FROM scheduling_posts")
    }
    let first = try await again(true)
    #expect(first != "")
    #expect(try await again(true) == first)
    #expect(try await again(false) == "")
    #expect(try await look(world).isEmpty, "without a pause it is a human's turn")
  }

  @Test("What is provably not live goes back to the queue, with or without its container")
  func publishAgain() async throws {
    for keeps in [true, false] {
      let world = try await World()
      let unconfirmed = try await unconfirmed(world)
      #expect(
        try await UnconfirmedPostStore(world.database)
          .publishAgain(unconfirmed, keepsContainer: keeps, cause: "not live", fix: "Nothing.")
      )
      let row = "SELECT status, publish_requested_at, container_id FROM scheduling_posts"
      #expect(try await world.sql(row) == "scheduled||\(keeps ? "9" : "")")
      let post = try await world.claimOne(for: try await world.instance())
      #expect(post.term.attempt == 2)
    }
  }

  @Test("A media that another row has cannot be adopted")
  func ownedMedia() async throws {
    let world = try await World()
    let unconfirmed = try await unconfirmed(world)
    _ = try await world.post(of: try await world.persona("max"))
    try await world.publishDue(for: try await world.instance(), media: "17")
    let error = try #require(
      await #expect(throws: PostgresError.self) {
        _ = try await UnconfirmedPostStore(world.database)
          .adopt(unconfirmed, MediaID(rawValue: "17"), permalink: nil, publishedAt: nil)
      }
    )
    #expect(error.sqlState == .uniqueViolation)
  }

  @Test("Other posts of the persona whose outcome is open are named as rivals")
  func rivals() async throws {
    let world = try await World()
    let first = try await unconfirmed(world)
    try await world.sql(
      """
      INSERT INTO photos (persona_id, path) VALUES (\(first.persona.rawValue), '/second');
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, caption, hashtags)
      SELECT persona_id, id, now(), 'Sun', '{day}' FROM photos WHERE path = '/second'
      """
    )
    let post = try await world.claimOne(for: try await world.instance())
    try await PostStepLog(world.database, term: post.term).write(
      LogWrite(changes: [.containerCreated(ContainerID(rawValue: "10")), .publishRequested])
    )
    try await world.sql(
      "UPDATE scheduling_posts SET next_attempt_at = now() WHERE id = \(first.id.rawValue)"
    )
    #expect(try await look(world).first?.rivalCaptions == ["Sun\n\n#day"])
  }

  @Test("A human's word ends the question, and only an open one")
  func resolve() async throws {
    let world = try await World()
    let store = ActionStore(world.database)
    let unconfirmed = try await unconfirmed(world).id
    let media = MediaID(rawValue: "17")
    for again in ["", " already"] {
      let answer = try await store.perform(.resolve(unconfirmed, publishedAs: media), as: nil)
      #expect(answer == "\(unconfirmed) is posted as media 17\(again)")
    }
    #expect(try await world.status(unconfirmed.rawValue) == "posted")
    await #expect(throws: PostgresError.self) {
      try await store.perform(.resolve(unconfirmed, publishedAs: nil), as: nil)
    }
    let other = try await self.unconfirmed(world, "max").id
    await #expect(throws: PostgresError.self, "the media belongs to another row") {
      try await store.perform(.resolve(other, publishedAs: media), as: nil)
    }
    for again in [" again", " already"] {
      let answer = try await store.perform(.resolve(other, publishedAs: nil), as: nil)
      #expect(answer.hasPrefix("\(other) is scheduled\(again)"))
    }
    #expect(try await world.status(other.rawValue) == "scheduled")
    await #expect(throws: PostgresError.self) {
      try await store.perform(
        .resolve(other, publishedAs: MediaID(rawValue: "18")),
        as: nil
      )
    }
  }
}

@Suite(
  "Posts that are later than their persona allows",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(2))
)
struct LatePolicyTests {
  private func apply(_ policy: String, late: String = "26 hours") async throws -> (
    World, [LatePost]
  ) {
    let world = try await World()
    let persona = try await world.persona(
      "sarah",
      ["late_policy": "'\(policy)'", "late_after": "'2 hours'", "time_zone": "'Europe/Berlin'"]
    )
    let due = "now() - interval '\(late)'"
    // The caption remembers the local time of day.
    let time = "to_char((\(due)) AT TIME ZONE 'Europe/Berlin', 'HH24:MI:SS.US')"
    _ = try await world.post(of: persona, due: due, ["caption": time])
    return (world, try await world.leases.applyLatePolicies())
  }

  @Test(
    "Each policy does what it says, with a reason",
    arguments: [("hold", "held"), ("drop", "cancelled")]
  )
  func endings(policy: String, status: String) async throws {
    let (world, late) = try await apply(policy)
    #expect(late.map(\.persona) == ["sarah"])
    let row =
      "SELECT status, failure_cause = '\(late[0].cause)', failure_fix <> '' FROM scheduling_posts"
    #expect(try await world.sql(row) == "\(status)|t|t")
    #expect(try await world.leases.claim(for: try await world.instance()).isEmpty)
  }

  @Test("Reslotting keeps the local time of day and takes the next one to come")
  func reslot() async throws {
    let (world, late) = try await apply("reslot")
    #expect(late.count == 1)
    let row = try await world.sql(
      """
      SELECT status, scheduled_at > now() - interval '61 minutes',
        scheduled_at < now() + interval '25 hours',
        to_char(scheduled_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI:SS.US') = caption
      FROM scheduling_posts
      """
    )
    #expect(row == "scheduled|t|t|t")
  }

  @Test("A post inside its allowance, and one of a persona that publishes late, are left alone")
  func leftAlone() async throws {
    for (policy, late) in [("drop", "1 hour"), ("publish", "6 days")] {
      let (world, found) = try await apply(policy, late: late)
      #expect(found == [])
      #expect(try await world.leases.claim(for: try await world.instance()).count == 1)
    }
  }
}
