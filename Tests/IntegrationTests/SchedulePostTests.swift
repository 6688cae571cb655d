import GraphSandbox
import TestSupport
import Testing

@Suite("belfry schedule-post")
struct SchedulePostTests {
  private func publishNow(_ tower: Tower) async throws -> ChildProcess.Output {
    try await tower.belfry("schedule-post", "sarah", "beach-014.jpg", "--caption", "Right now")
  }

  @Test("publishes now and prints id, media and address")
  func publishesNow() async throws {
    try await Tower.stand { tower in
      let output = try await publishNow(tower)
      expectSuccess(output)
      let row = try #require(try await tower.posts().first)
      #expect(row.status == "posted" && row.attempts == 1)
      #expect(
        output.stdout
          == "#\(row.id) sarah posted as media \(row.media ?? "?")  \(row.permalink ?? "?")\n"
      )
      try await tower.expectTruth()
      #expect(try tower.publicFiles == [])
      #expect(try await tower.steps(of: row.id).first == "CreatePostRecord completed")
    }
  }

  @Test("with --at queues the post in the persona's time and publishes nothing")
  func queues() async throws {
    try await Tower.stand { tower in
      let output = try await tower.belfry(
        "schedule-post",
        "sarah",
        "beach-014.jpg",
        "--caption",
        "New year",
        "--at",
        "2099-01-01 09:00",
        "--json"
      )
      expectSuccess(output)
      let row = try #require(try await tower.posts().first)
      #expect(row.status == "scheduled")
      #expect(output.stdout.contains("\"post\" : \(row.id)"))
      #expect(
        try await tower.sql("SELECT due_at AT TIME ZONE 'UTC' FROM scheduling_posts")
          == "2099-01-01 08:00:00"
      )
      #expect(tower.sandbox.requests.isEmpty)
    }
  }

  @Test(
    "leaves neither row nor public photo when Instagram refuses",
    arguments: [
      (FaultAnswer(error: FaultError(code: 36003, subcode: 2_207_009)), 1),
      (FaultAnswer(error: FaultError(code: 190, subcode: 460)), 1),
      (FaultAnswer(close: true), 75),
      (FaultAnswer(error: FaultError(code: 2)), 75),
    ] as [(FaultAnswer, Int32)]
  )
  func refused(_ answer: FaultAnswer, _ exit: Int32) async throws {
    try await Tower.stand { tower in
      tower.sandbox.inject(SandboxFault("create", times: 0, answer: answer))
      let output = try await publishNow(tower)
      expectComplaint(output, exit: exit, "not published, nothing is left of it: ", hint: "")
      #expect(try await tower.posts() == [])
      #expect(try tower.publicFiles == [])
      #expect(tower.publishRequests.isEmpty)
    }
  }

  @Test("leaves nothing when the container is never ready or publishing is refused")
  func refusedLater() async throws {
    try await Tower.stand { tower in
      tower.sandbox.inject(
        SandboxFault(
          "publish",
          times: 0,
          answer: FaultAnswer(error: FaultError(code: 9, subcode: 2_207_042))
        )
      )
      expectComplaint(
        try await publishNow(tower),
        exit: 75,
        "not published, nothing is left of it: ",
        hint: ""
      )
      #expect(try await tower.posts() == [])
      #expect(try tower.publicFiles == [])
      #expect(tower.sandbox.published() == [])
    }
  }

  @Test("leaves a row that says so when nobody knows whether the post is live, and exits 1")
  func unknownOutcome() async throws {
    try await Tower.stand { tower in
      tower.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(close: true))
      )
      tower.sandbox.inject(
        SandboxFault("status", at: 2, times: 0, answer: FaultAnswer(error: FaultError(code: 2)))
      )
      let output = try await publishNow(tower)
      let row = try #require(try await tower.posts().first)
      // The journal's entry comes first, on standard error where there is no journal.
      let complaint = output.stderr.split(separator: "\n").suffix(2)
      #expect(output.status == .exited(1) && output.stdout == "")
      #expect(complaint.first?.hasPrefix("belfry: post #\(row.id) is ") == true, "\(output.stderr)")
      #expect(complaint.last?.hasPrefix("HINT: Look at: belfry status") == true)
      #expect(row.isMarked)
      #expect(["unconfirmed", "posting"].contains(row.status))
      #expect(tower.publishRequests.count == 1)
      #expect(tower.sandbox.published().count == 1)
      #expect(try tower.publicFiles == [])
    }
  }

  @Test("refuses a photo that already has a live post, and leaves that post alone")
  func photoInUse() async throws {
    try await Tower.stand { tower in
      expectSuccess(try await publishNow(tower))
      let before = try await tower.posts()
      let output = try await publishNow(tower)
      expectComplaint(
        output,
        exit: 1,
        "is in post 1 already, which is posted",
        hint: "unused_photos"
      )
      #expect(try await tower.posts() == before)
      #expect(tower.publishRequests.count == 1)
      #expect(try tower.publicFiles == [])
    }
  }
}
