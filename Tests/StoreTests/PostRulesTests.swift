import Postgres
import Posts
import Store
import TestSupport
import Testing

@Suite(
  "What the database lets anybody do with a post",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(2))
)
struct PostRulesTests {
  @Test("The list of transitions in the database is PostStatus's own")
  func transitions() async throws {
    let world = try await World()
    let rows = try await world.sql(
      "SELECT from_status, to_status FROM scheduling_post_transitions()"
    )
    let found = Set(rows.split(separator: "\n").map(String.init))
    var expected: Set<String> = []
    for from in PostStatus.allCases {
      for to in from.successors { expected.insert("\(from.rawValue)|\(to.rawValue)") }
    }
    #expect(found == expected)
  }

  /// Tries every change of status on a row of its own, with the columns that the new status needs, as
  /// a superuser: the guard is for everybody.
  private static let tryAll = """
    SET session_replication_role = replica;   -- to make rows of every status from nothing
    INSERT INTO personas (id, name, time_zone) SELECT n, 'p' || n, 'UTC' FROM generate_series(1, 64) AS n;
    INSERT INTO photos (id, persona_id, path) SELECT n, n, '/p/' || n || '.jpg' FROM generate_series(1, 64) AS n;
    INSERT INTO instances (host, boot_id, unit, pid, process_start_ticks, program, version, lease)
    VALUES ('h', 'b', 'u', 1, 1, 'run', '1', '1 minute');
    CREATE TEMPORARY TABLE pair AS
    SELECT row_number() OVER () AS id, f AS from_status, t AS to_status, NULL::text AS answer
    FROM unnest(ARRAY[STATES]) AS f CROSS JOIN unnest(ARRAY[STATES]) AS t;
    INSERT INTO scheduling_posts (
      id, persona_id, photo_id, scheduled_at, status, lease_instance_id, lease_token, provider_post_id,
      posted_at, failure_class, failure_cause, failure_fix, publish_requested_at, container_id)
    SELECT id, id, id, now(), from_status,
      CASE WHEN from_status = 'posting' THEN 1 END, CASE WHEN from_status = 'posting' THEN 1 END,
      CASE WHEN from_status = 'posted' THEN id END, CASE WHEN from_status = 'posted' THEN now() END,
      'wait', 'cause', 'fix', CASE WHEN from_status = 'unconfirmed' THEN now() END, id
    FROM pair;
    SET session_replication_role = origin;
    DO $$
    DECLARE
      this record;
      hint text;
      rule text;
    BEGIN
      FOR this IN SELECT * FROM pair LOOP
        BEGIN
          UPDATE scheduling_posts SET status = this.to_status,
            lease_instance_id = CASE WHEN this.to_status = 'posting' THEN 1 END,
            lease_token = CASE WHEN this.to_status = 'posting' THEN 1 END,
            provider_post_id = CASE WHEN this.to_status = 'posted' THEN this.id END,
            posted_at = CASE WHEN this.to_status = 'posted' THEN now() END,
            publish_requested_at = CASE WHEN this.to_status = 'unconfirmed' THEN now() END
          WHERE id = this.id;
          UPDATE pair SET answer = 'accepted' WHERE id = this.id;
        EXCEPTION WHEN check_violation THEN
          GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, rule = CONSTRAINT_NAME;
          UPDATE pair SET answer = rule || ': ' || hint WHERE id = this.id;
        END;
      END LOOP;
    END $$;
    SELECT from_status, to_status, answer FROM pair WHERE from_status <> to_status;
    """

  @Test("Each legal change is taken, each other one refused with what is possible instead")
  func everyTransition() async throws {
    let world = try await World()
    let states = PostStatus.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    let rows = try await world.sql(Self.tryAll.replacing("STATES", with: states))
    let answers = rows.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
    try #require(answers.count == 56)
    for answer in answers {
      let from = try #require(PostStatus(rawValue: answer[0]))
      let to = try #require(PostStatus(rawValue: answer[1]))
      let ways = from.successors.map(\.rawValue).sorted().joined(separator: " or ")
      let hint =
        from.successors.isEmpty
        ? "A post that is \(from.rawValue) stays so; insert a new row instead."
        : "From \(from.rawValue) a post can become \(ways)."
      let expected = from.canBecome(to) ? "accepted" : "scheduling_post_transitions: \(hint)"
      #expect(answer[2] == expected, "\(from.rawValue) to \(to.rawValue)")
    }
  }

  @Test("A new post is scheduled when it has a photo and a time, else a draft")
  func defaultStatus() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let photo = try await world.photo(of: persona)
    let insert =
      "INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, optimal_time_calculated)"
    func status(_ values: String) async throws -> String {
      try await world.sql(
        "BEGIN; \(insert) VALUES (\(persona), \(values)) RETURNING status; ROLLBACK"
      )
    }
    #expect(try await status("\(photo), now(), NULL") == "scheduled")
    #expect(try await status("\(photo), NULL, now()") == "scheduled")
    #expect(try await status("\(photo), NULL, NULL") == "draft")
    #expect(try await status("NULL, now(), NULL") == "draft")
    #expect(try await status("NULL, NULL, NULL") == "draft")
  }

  @Test(
    "A new post in another status is refused, with the way to do it",
    arguments: ["posting", "failed", "unconfirmed", "cancelled", "nonsense"]
  )
  func newStatus(status: String) async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let photo = try await world.photo(of: persona)
    let refusal = try #require(
      try await world.refusal(
        of: """
          INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at, status)
          VALUES (\(persona), \(photo), now(), '\(status)')
          """
      )
    )
    #expect(refusal.mentions("23514: a new post cannot be '\(status)'"))
    #expect(
      refusal.hint
        == "Leave status out: a photo and a time make it scheduled, anything less a draft."
    )
  }

  @Test(
    "History may be inserted as it ended elsewhere, but only with its proof or explanation",
    arguments: [
      ("held", "now()", "scheduled_means_publishable"),
      ("failed", "'unknown', 'why', 'repair'", "failed_means_explained"),
      ("unconfirmed", "now(), 'why', 'repair'", "unconfirmed_means_explained"),
    ]
  )
  func history(status: String, explanation: String, constraint: String) async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let photo = try await world.photo(of: persona)
    let columns =
      switch status {
      case "held": "scheduled_at"
      case "failed": "failure_class, failure_cause, failure_fix"
      default: "publish_requested_at, failure_cause, failure_fix"
      }
    let refusal = try await world.refusal(
      of: """
        INSERT INTO scheduling_posts (persona_id, photo_id, status) VALUES (\(persona), \(photo), '\(status)')
        """
    )
    #expect(refusal?.mentions(constraint) == true)
    let taken = try await world.sql(
      """
      INSERT INTO scheduling_posts (persona_id, photo_id, status, \(columns))
      VALUES (\(persona), \(photo), '\(status)', \(explanation)) RETURNING status
      """
    )
    #expect(taken == status)
  }

  @Test("A scheduled post without photo or time is refused with the repair")
  func scheduledNeedsBoth() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let photo = try await world.photo(of: persona)
    for values in ["NULL, now()", "\(photo), NULL"] {
      let refusal = try #require(
        try await world.refusal(
          of: """
            INSERT INTO scheduling_posts (persona_id, status, photo_id, scheduled_at)
            VALUES (\(persona), 'scheduled', \(values))
            """
        )
      )
      #expect(refusal.mentions("scheduled_means_publishable"))
      #expect(
        refusal.hint == "Set photo_id and scheduled_at, or leave status out to keep it as a draft."
      )
    }
    let post = try await world.post(of: persona)
    let taken = try await world.refusal(
      of: "UPDATE scheduling_posts SET photo_id = NULL WHERE id = \(post)"
    )
    #expect(taken?.mentions("scheduled_means_publishable") == true)
  }

  @Test("A persona cannot post another's photo, nor count on another's cluster")
  func foreignPhoto() async throws {
    let world = try await World()
    let sarah = try await world.persona("sarah")
    let max = try await world.persona("max")
    let photo = try await world.photo(of: max)
    let refusal = try await world.refusal(
      of:
        "INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at) VALUES (\(sarah), \(photo), now())"
    )
    #expect(refusal?.mentions("23503") == true)
    let cluster = try await world.sql(
      "INSERT INTO clusters (persona_id, name) VALUES (\(max), 'Sea') RETURNING id"
    )
    let mixed = try await world.refusal(
      of: "INSERT INTO scheduling_posts (persona_id, cluster_id) VALUES (\(sarah), \(cluster))"
    )
    #expect(mixed?.mentions("23503") == true)
  }

  @Test(
    "A photo has one live post per persona; after a failure or a withdrawal it may have another"
  )
  func oneLivePost() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let first = try await world.post(of: persona)
    let again = """
      INSERT INTO scheduling_posts (persona_id, photo_id, scheduled_at)
      SELECT persona_id, photo_id, now() FROM scheduling_posts WHERE id = \(first)
      """
    let unique = "scheduling_posts_one_live_post_per_photo"
    #expect(try await world.refusal(of: again)?.mentions(unique) == true)
    try await world.sql("UPDATE scheduling_posts SET status = 'held' WHERE id = \(first)")
    #expect(try await world.refusal(of: again)?.mentions(unique) == true)
    try await world.sql(
      """
      UPDATE scheduling_posts SET status = 'scheduled' WHERE id = \(first);
      UPDATE scheduling_posts SET status = 'cancelled' WHERE id = \(first);
      \(again)
      """
    )
    let instance = try await world.instance()
    let second = try await world.claimOne(for: instance)
    _ = try await world.leases.finish(second, Outcome(.failed, .example(.permanent)))
    #expect(try await world.refusal(of: again) == nil)
    #expect(
      try await world.refusal(
        of: "UPDATE scheduling_posts SET status = 'scheduled' WHERE id = \(second.id.rawValue)"
      )?.mentions(unique) == true,
      "the failed one cannot come back beside its successor"
    )
  }

  @Test("Posts without a photo, of anybody, leave every photo free")
  func photolessPosts() async throws {
    let world = try await World()
    let sarah = try await world.persona("sarah")
    let max = try await world.persona("max")
    try await world.sql(
      "INSERT INTO scheduling_posts (persona_id, caption) VALUES (\(max), 'a'), (\(max), 'b'), (\(sarah), 'c')"
    )
    _ = try await world.post(of: sarah)
    _ = try await world.post(of: max)
    let unused = """
      SELECT count(*) FROM photos AS photo WHERE NOT EXISTS (
        SELECT FROM scheduling_posts AS post WHERE post.photo_id = photo.id)
      """
    #expect(try await world.sql(unused) == "0")
    _ = try await world.photo(of: sarah)
    #expect(try await world.sql(unused) == "1")
  }

  @Test(
    "A status is refused without its proof or its explanation",
    arguments: [
      ("posted", "posted_at = now()", "posted_means_proven"),
      ("posted", "provider_post_id = '17'", "posted_means_proven"),
      ("failed", "failure_cause = 'c', failure_fix = 'f'", "failed_means_explained"),
      ("failed", "failure_class = 'wait', failure_fix = 'f'", "failed_means_explained"),
      ("failed", "failure_class = 'wait', failure_cause = 'c'", "failed_means_explained"),
      (
        "unconfirmed", "failure_cause = 'c', failure_fix = 'f'", "unconfirmed_means_explained"
      ),
      (
        "unconfirmed", "failure_cause = 'c', publish_requested_at = now()",
        "unconfirmed_means_explained"
      ),
      (
        "scheduled", "publish_requested_at = now(), container_id = '9'", "a_mark_is_never_dropped"
      ),
    ]
  )
  func proofs(status: String, columns: String, constraint: String) async throws {
    let world = try await World()
    let post = try await world.post(of: try await world.persona("sarah"))
    _ = try await world.claimOne(for: try await world.instance())
    let refusal = try await world.refusal(
      of: """
        UPDATE scheduling_posts
        SET status = '\(status)', lease_instance_id = NULL, lease_token = NULL, \(columns) WHERE id = \(post)
        """
    )
    let text = refusal?.description ?? "it was accepted"
    #expect(text.contains(constraint), "\(text)")
  }

  @Test("A lease and the status posting belong together")
  func leaseAndStatus() async throws {
    let world = try await World()
    let post = try await world.post(of: try await world.persona("sarah"))
    for change in ["status = 'posting'", "lease_token = 1"] {
      let refusal = try await world.refusal(
        of: "UPDATE scheduling_posts SET \(change) WHERE id = \(post)"
      )
      #expect(refusal?.mentions("leased_exactly_while_posting") == true)
    }
  }

  @Test("Kinds that are not published yet are refused when they are queued, not when they are due")
  func kinds() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    let refusal = try await world.refusal(
      of: "INSERT INTO scheduling_posts (persona_id, kind) VALUES (\(persona), 'reel')"
    )
    #expect(refusal?.hint == "Use kind 'image' with one photo.")
  }

  @Test("A time zone that PostgreSQL does not know is refused when it is set")
  func timeZones() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah", ["time_zone": "'Europe/Berlin'"])
    let refusal = try await world.refusal(
      of: "UPDATE personas SET time_zone = 'Europe/Berln' WHERE id = \(persona)"
    )
    #expect(refusal?.mentions("22023: time zone 'Europe/Berln' is not known") == true)
    #expect(refusal?.hint?.contains("Europe/Berlin") == true)
    #expect(
      try await world.refusal(of: "INSERT INTO personas (name, time_zone) VALUES ('m', 'Mars')")
        != nil
    )
  }

  @Test("The caption that is sent has each hashtag once")
  func captions() async throws {
    let world = try await World()
    let samples = [
      ("Sea", "{}", "Sea"),
      ("", "{sea}", "#sea"),
      ("", "{}", ""),
      ("Sea", "{sea,#Sun}", "Sea\n\n#sea #Sun"),
      ("Sea #sun", "{sun,sea}", "Sea #sun\n\n#sea"),
      ("Sea #SUN\nend", "{sun}", "Sea #SUN\nend"),
      ("The #sunset", "{sun}", "The #sunset\n\n#sun"),
      ("Sea", ##"{" #sea ","","#"}"##, "Sea\n\n#sea"),
    ]
    for (caption, hashtags, expected) in samples {
      let literal = caption.replacing("\n", with: "\\n")
      let found = try await world.sql("SELECT published_caption(E'\(literal)', '\(hashtags)')")
      #expect(found == expected)
    }
  }

  @Test("A change of a post, persona, photo or cluster moves its updated_at")
  func updatedAt() async throws {
    let world = try await World()
    let persona = try await world.persona("sarah")
    _ = try await world.post(of: persona)
    try await world.sql("INSERT INTO clusters (persona_id, name) VALUES (\(persona), 'Sea')")
    for (table, column) in [
      ("personas", "username = 'a'"), ("photos", "alt_text = 'a'"), ("clusters", "name = 'Sun'"),
      ("scheduling_posts", "caption = 'a'"),
    ] {
      let moved = try await world.sql(
        "UPDATE \(table) SET \(column) RETURNING updated_at > created_at"
      )
      #expect(moved == "t", "\(table)")
    }
  }
}
