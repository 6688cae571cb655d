import RailsImport
import Store
import TestSupport
import Testing

@Suite("What a post of the Rails app becomes", .temporaryDatabases, .timeLimit(.minutes(2)))
struct RailsPostRulesTests {
  private static let past = "localtimestamp - interval '3 days'"
  private static let future = "localtimestamp + interval '3 days'"

  @Test("posted with its media id is posted, at its time, with the origin's own dates")
  func posted() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(2)
    try await rails.post(
      1,
      "posted",
      ["provider_post_id": "'17895695668004550'", "posted_at": "'2024-05-01 12:34:56.789'"]
    )
    try await rails.post(
      2,
      "posted",
      ["provider_post_id": "'1789_2'", "updated_at": "'2024-06-01 10:00'"]
    )
    let report = try await rails.run()
    #expect(report.isComplete && report.states == ["posted": 2])
    #expect(
      try await rails.here(
        1,
        "status, provider_post_id, posted_at AT TIME ZONE 'UTC', created_at AT TIME ZONE 'UTC', "
          + "updated_at AT TIME ZONE 'UTC', attempts, caption"
      )
        == "posted|17895695668004550|2024-05-01 12:34:56.789|2024-03-03 00:00:00|2024-03-04 00:00:00|0|caption 1"
    )
    #expect(try await rails.here(2, "posted_at AT TIME ZONE 'UTC'") == "2024-06-01 10:00:00")
    #expect(report.reasons(\.notes, .post, 1) == [])
    #expect(
      report.reasons(\.notes, .post, 2) == [
        "it was posted without a posted_at; updated_at is taken"
      ]
    )
    // The minimum gap counts from the newest of them.
    #expect(
      try await rails.world.sql("SELECT last_published_at AT TIME ZONE 'UTC' FROM personas")
        == "2024-06-01 10:00:00"
    )
  }

  @Test(
    "posted without a provable media id is unconfirmed, and says what was recorded",
    arguments: [
      ("NULL", "the Rails app says that it was posted, and recorded no media id"),
      ("'  '", "the Rails app says that it was posted, and recorded no media id"),
      (
        "'#<Instagram::Media:0x00007f>'",
        "the Rails app says that it was posted, but recorded '#<Instagram::Media:0x00007f>' as its media id"
      ),
      (
        "'{\"id\" => 17}'",
        "the Rails app says that it was posted, but recorded '{\"id\" => 17}' as its media id"
      ),
    ]
  )
  func unproven(media: String, cause: String) async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(1)
    try await rails.post(
      1,
      "posted",
      ["provider_post_id": media, "posted_at": "'2024-05-01 12:00'"]
    )
    let report = try await rails.run()
    #expect(report.isComplete && report.states == ["unconfirmed": 1])
    let row = try await rails.here(
      1,
      "status, publish_requested_at AT TIME ZONE 'UTC', provider_post_id IS NULL, next_attempt_at IS NULL, "
        + "failure_class, failure_cause"
    )
    #expect(row == "unconfirmed|2024-05-01 12:00:00|t|t|unknown|\(cause)")
    let id = try await rails.here(1, "post.id")
    #expect(
      try await rails.here(1, "failure_fix")
        == "Look at the account, then: belfry resolve \(id) published MEDIA_ID, or: belfry resolve \(id) not-published"
    )
    // The report says the same of all posts with something else in that place.
    let told =
      cause.contains("'")
      ? "the Rails app says that it was posted, and what it recorded is no media id" : cause
    #expect(report.reasons(\.notes, .post, 1) == ["\(told); it is unconfirmed here"])
  }

  @Test(
    "posting is unconfirmed since it was last written; a recent one is looked for, an old one is not"
  )
  func posting() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(2)
    try await rails.post(1, "posting", ["updated_at": "localtimestamp - interval '2 days'"])
    try await rails.post(2, "posting", ["updated_at": "localtimestamp - interval '20 days'"])
    let report = try await rails.run()
    #expect(report.states == ["unconfirmed": 2])
    let columns =
      "status, next_attempt_at <= now(), round(extract(epoch FROM now() - publish_requested_at) / 86400), "
      + "failure_fix LIKE 'Belfry looks for it by itself. %'"
    #expect(try await rails.here(1, columns) == "unconfirmed|t|2|t")
    #expect(try await rails.here(2, columns) == "unconfirmed||20|f")
    // Nothing can disprove it, so that it never goes out again by itself: it has no container.
    #expect(try await rails.here(1, "container_id IS NULL") == "t")
  }

  @Test(
    "an id on a post that was not posted is a contradiction: unconfirmed, with the id in the repair"
  )
  func contradiction() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(3)
    for (number, status) in ["draft", "scheduled", "failed"].enumerated() {
      try await rails.post(
        number + 1,
        status,
        ["provider_post_id": "'178\(number)'", "scheduled_at": Self.future]
      )
    }
    #expect(try await rails.run().states == ["unconfirmed": 3])
    for (number, status) in ["draft", "scheduled", "failed"].enumerated() {
      #expect(
        try await rails.here(number + 1, "failure_cause")
          == "the Rails app says that it is \(status), yet recorded the id '178\(number)'"
      )
      #expect(
        try await rails.here(number + 1, "failure_fix").contains(" published 178\(number), or")
      )
    }
  }

  @Test(
    "scheduled is scheduled only while its time is to come; what was missed is held, what has none is a draft"
  )
  func scheduled() async throws {
    let rails = try await RailsWorld(.clustered)
    try await rails.personaWithPhotos(6)
    try await rails.post(1, "scheduled", ["scheduled_at": Self.future])
    try await rails.post(2, "scheduled", ["optimal_time_calculated": Self.future])
    try await rails.post(3, "scheduled", ["scheduled_at": "localtimestamp - interval '1 minute'"])
    try await rails.post(4, "scheduled", ["optimal_time_calculated": Self.past])
    try await rails.post(5, "scheduled")
    // The origin would have gone by the second time; the first one counts here, and it was missed.
    try await rails.post(
      6,
      "scheduled",
      ["scheduled_at": Self.past, "optimal_time_calculated": Self.future]
    )
    let report = try await rails.run()
    #expect(report.isComplete && report.states == ["scheduled": 2, "held": 3, "draft": 1])
    for id in [1, 2] {
      #expect(
        try await rails.here(id, "status, due_at > now() + interval '71 hours', failure_class")
          == "scheduled|t|"
      )
    }
    for id in [3, 4, 6] {
      #expect(
        try await rails.here(id, "status, due_at < now(), failure_class, failure_cause")
          .hasPrefix("held|t|wait|it was due at 20")
      )
      let post = try await rails.here(id, "post.id")
      #expect(try await rails.here(id, "failure_fix").hasSuffix("WHERE id = \(post);"))
      #expect(
        report.reasons(\.notes, .post, Int64(id)) == [
          "its time was past and it was never published; it is held here"
        ]
      )
    }
    #expect(try await rails.here(5, "status, due_at IS NULL") == "draft|t")
    // The repair is a statement that works.
    let repair = try await rails.here(3, "failure_fix")
    try await rails.world.sql(String(repair.dropFirst("Give it a new time: ".count)))
    #expect(try await rails.here(3, "status, due_at > now()") == "scheduled|t")
  }

  @Test("failed is failed, explained; drafts are drafts with their time; other states do not come")
  func others() async throws {
    let rails = try await RailsWorld(.first)
    try await rails.personaWithPhotos(3)
    try await rails.post(1, "failed", ["scheduled_at": Self.past])
    try await rails.post(2, "draft", ["scheduled_at": Self.future])
    try await rails.post(3, "archived")
    let report = try await rails.run()
    #expect(report.states == ["failed": 1, "draft": 1])
    #expect(
      try await rails.here(1, "status, failure_class, failure_cause")
        == "failed|unknown|the Rails app gave it up, and did not record why"
    )
    #expect(try await rails.here(2, "status, due_at > now()") == "draft|t")
    #expect(report.counts(.post) == [2, 0, 0, 1])
    #expect(report.reasons(\.left, .post, 3) == ["its status 'archived' is not known"])
    #expect(!report.isComplete)
  }

  @Test(
    "hashtags, metadata, strategy and cluster come along; hashtags that are no list do not pass silently"
  )
  func details() async throws {
    let rails = try await RailsWorld(.clustered)
    try await rails.personaWithPhotos(4)
    try await rails.app.sql(
      "INSERT INTO clusters (name) VALUES ('Sea'); UPDATE photos SET cluster_id = 1 WHERE id <> 4"
    )
    try await rails.post(
      1,
      "draft",
      [
        "cluster_id": "1", "strategy_name": "'thematic_rotation'",
        "hashtags": ##"'["#sea", "blue,deep", null, "\"q\""]'"##,
        "caption_metadata": #"'{"model": "x", "n": [1, 2]}'"#,
      ]
    )
    try await rails.post(
      2,
      "draft",
      ["hashtags": "NULL", "caption_metadata": "'[1]'", "strategy_name": "''"]
    )
    try await rails.post(3, "draft", ["hashtags": ##"'"[\"a\"]"'"##, "caption_metadata": "'null'"])
    let report = try await rails.run()
    #expect(
      try await rails.here(1, "strategy_name, array_to_json(hashtags), caption_metadata")
        == ##"thematic_rotation|["#sea","blue,deep","\"q\""]|{"n": [1, 2], "model": "x"}"##
    )
    #expect(
      try await rails.here(
        1,
        "(SELECT name FROM clusters WHERE id = post.cluster_id AND persona_id = post.persona_id)"
      ) == "Sea"
    )
    #expect(
      try await rails.here(2, "strategy_name IS NULL, hashtags, caption_metadata")
        == #"t|{}|{"origin": [1]}"#
    )
    #expect(
      report.reasons(\.left, .post, 3) == ["its hashtags are no list of texts but of type string"]
    )
  }
}
