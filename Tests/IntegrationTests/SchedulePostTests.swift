import GraphSandbox
import TestSupport
import Testing

@Suite("belfry schedule-post")
struct SchedulePostTests {
  private func publishNow(_ installation: TestInstallation) async throws -> ChildProcess.Output {
    try await installation.belfry(
      "schedule-post",
      "sarah",
      "beach-014.jpg",
      "--caption",
      "Right now"
    )
  }

  @Test("publishes now and prints id, media and address")
  func publishesNow() async throws {
    try await TestInstallation.stand { installation in
      let output = try await publishNow(installation)
      expectSuccess(output)
      let row = try #require(try await installation.posts().first)
      #expect(row.status == "posted" && row.attempts == 1)
      #expect(
        output.stdout
          == "#\(row.id) sarah posted as media \(row.media ?? "?")  \(row.permalink ?? "?")\n"
      )
      try await installation.expectTruth()
      #expect(try installation.publicFiles == [])
      #expect(try await installation.steps(of: row.id).first == "CreatePostRecord completed")
    }
  }

  @Test("with --at queues the post in the persona's time and publishes nothing")
  func queues() async throws {
    try await TestInstallation.stand { installation in
      let output = try await installation.belfry(
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
      let row = try #require(try await installation.posts().first)
      #expect(row.status == "scheduled")
      #expect(output.stdout.contains("\"post\" : \(row.id)"))
      #expect(
        try await installation.sql("SELECT due_at AT TIME ZONE 'UTC' FROM scheduling_posts")
          == "2099-01-01 08:00:00"
      )
      #expect(installation.sandbox.requests.isEmpty)
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
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(SandboxFault("create", times: 0, answer: answer))
      let output = try await publishNow(installation)
      expectComplaint(output, exit: exit, "not published, nothing is left of it: ", hint: "")
      #expect(try await installation.posts() == [])
      #expect(try installation.publicFiles == [])
      #expect(installation.publishRequests.isEmpty)
    }
  }

  @Test("leaves nothing when the container is never ready or publishing is refused")
  func refusedLater() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault(
          "publish",
          times: 0,
          answer: FaultAnswer(error: FaultError(code: 9, subcode: 2_207_042))
        )
      )
      expectComplaint(
        try await publishNow(installation),
        exit: 75,
        "not published, nothing is left of it: ",
        hint: ""
      )
      #expect(try await installation.posts() == [])
      #expect(try installation.publicFiles == [])
      #expect(installation.sandbox.published() == [])
    }
  }

  @Test("leaves a row that says so when nobody knows whether the post is live, and exits 1")
  func unknownOutcome() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(close: true))
      )
      installation.sandbox.inject(
        SandboxFault("status", at: 2, times: 0, answer: FaultAnswer(error: FaultError(code: 2)))
      )
      let output = try await publishNow(installation)
      let row = try #require(try await installation.posts().first)
      // The journal's entry comes first, on standard error where there is no journal.
      let complaint = output.stderr.split(separator: "\n").suffix(2)
      #expect(output.status == .exited(1) && output.stdout == "")
      #expect(complaint.first?.hasPrefix("belfry: post #\(row.id) is ") == true, "\(output.stderr)")
      #expect(complaint.last?.hasPrefix("HINT: Look at: belfry status") == true)
      #expect(row.isMarked)
      #expect(["unconfirmed", "posting"].contains(row.status))
      #expect(installation.publishRequests.count == 1)
      #expect(installation.sandbox.published().count == 1)
      #expect(try installation.publicFiles == [])
    }
  }

  @Test("refuses a photo that already has a live post, and leaves that post alone")
  func photoInUse() async throws {
    try await TestInstallation.stand { installation in
      expectSuccess(try await publishNow(installation))
      let before = try await installation.posts()
      let output = try await publishNow(installation)
      expectComplaint(
        output,
        exit: 1,
        "is in post 1 already, which is posted",
        hint: "unused_photos"
      )
      #expect(try await installation.posts() == before)
      #expect(installation.publishRequests.count == 1)
      #expect(try installation.publicFiles == [])
    }
  }
}
