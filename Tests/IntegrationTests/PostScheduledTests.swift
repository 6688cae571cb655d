import GraphSandbox
import TestSupport
import Testing

@Suite("belfry post-scheduled")
struct PostScheduledTests {
  @Test("publishes what is due once, records it, and leaves no photo public")
  func publishesWhatIsDue() async throws {
    try await TestInstallation.stand { installation in
      try await installation.post("sarah", caption: "Morning light")
      try await installation.post(
        "sarah",
        caption: "Evening light",
        at: "now() - interval '3 days'"
      )
      try await installation.post("max", caption: "Seven ridges")
      let later = try await installation.post(
        "max",
        caption: "Not yet",
        at: "now() + interval '1 hour'"
      )

      let first = try await installation.belfry("post-scheduled")
      expectSuccess(first)
      #expect(first.stdout == "3 posted, 0 deferred, 0 failed, 0 unconfirmed\n")
      try await installation.expectTruth()
      #expect(installation.sandbox.published().count == 3)
      for row in try await installation.posts("post.status = 'posted'") {
        let media = installation.sandbox.published().first { $0.id == row.media }
        #expect(row.permalink == media?.permalink)
        #expect(row.attempts == 1 && row.isMarked && !row.isLeased && row.cause == nil)
      }
      #expect(try await installation.post(later).status == "scheduled")
      #expect(try installation.publicFiles == [])

      let second = try await installation.belfry("post-scheduled", "--json")
      expectSuccess(second)
      #expect(second.stdout.contains("\"posted\" : 0"))
      #expect(installation.publishRequests.count == 3)
    }
  }

  @Test("publishes a photo as it was registered, with its caption and alternative text")
  func sendsWhatTheRowSays() async throws {
    try await TestInstallation.stand { installation in
      try await installation.sql(
        "UPDATE photos SET alt_text = 'A beach' WHERE path = 'sarah/beach-014.jpg'"
      )
      let caption = "It's \"light\", naïve 🌅\nsecond line"
      let id = try await installation.post(photo: "beach-014.jpg", caption: caption)
      try await installation.sql(
        "UPDATE scheduling_posts SET hashtags = '{sea,#dawn}' WHERE id = \(id)"
      )

      expectSuccess(try await installation.belfry("post-scheduled"))
      let media = try #require(installation.sandbox.published().first)
      #expect(media.caption == caption + "\n\n#sea #dawn")
      #expect(media.altText == "A beach")
      #expect(media.account == TestInstallation.sarahAccount)
      let photo = try await installation.sql(
        "SELECT format, width, height, sha256 FROM photos WHERE path = 'sarah/beach-014.jpg'"
      )
      #expect(photo == "jpeg|1080|1350|\(media.imageSHA256 ?? "?")")
    }
  }

  @Test("started twice at the same moment publishes twelve posts of two personas once each")
  func twoAtOnce() async throws {
    try await TestInstallation.stand { installation in
      for number in 1...6 {
        try await installation.post("sarah", caption: "Sea \(number)")
        try await installation.post("max", caption: "Mountain \(number)")
      }
      async let one = installation.belfry("post-scheduled")
      async let two = installation.belfry("post-scheduled")
      let (first, second) = try await (one, two)
      expectSuccess(first)
      expectSuccess(second)
      let unanswered = installation.sandbox.requests.filter { $0.status == nil }
      #expect(unanswered == [], "the sandbox took \(installation.sandbox.requests.count) requests")
      // Whoever ends first may leave the last posts to the other, never to nobody.
      #expect(try await installation.posts("post.status <> 'posted'") == [])
      #expect(installation.publishRequests.count == 12)
      try await installation.expectTruth()
      #expect(
        try await installation.sql("SELECT sum(posted) FROM wake_log WHERE reason = 'pass'") == "12"
      )
      #expect(try installation.publicFiles == [])
    }
  }

  @Test("respects the minimum gap between two posts of a persona")
  func minimumGap() async throws {
    try await TestInstallation.stand { installation in
      try await installation.sql("UPDATE personas SET minimum_gap = '1 hour'")
      try await installation.post(caption: "First", at: "now() - interval '2 minutes'")
      let second = try await installation.post(caption: "Second", at: "now() - interval '1 minute'")
      expectSuccess(try await installation.belfry("post-scheduled"))
      #expect(installation.sandbox.published().map(\.caption) == ["First"])
      #expect(try await installation.post(second).attempts == 0)
    }
  }

  @Test("says 75 when what is due has to wait, and publishes it in a later pass")
  func platformUnavailable() async throws {
    try await TestInstallation.stand { installation in
      let id = try await installation.post(caption: "Patience")
      installation.sandbox.inject(
        SandboxFault("create", answer: FaultAnswer(error: FaultError(code: 2)))
      )
      let first = try await installation.belfry("post-scheduled")
      #expect(first.status == .exited(75))
      #expect(first.stdout == "0 posted, 1 deferred, 0 failed, 0 unconfirmed\n")
      let row = try await installation.post(id)
      #expect(row.status == "scheduled" && row.failureClass == "wait" && !row.isMarked)
      #expect(row.cause?.hasPrefix("CreateMediaContainer: ") == true)

      // Nothing is due yet.
      expectSuccess(try await installation.belfry("post-scheduled"))
      #expect(installation.publishRequests.isEmpty)

      try await installation.sql("UPDATE scheduling_posts SET next_attempt_at = now()")
      expectSuccess(try await installation.belfry("post-scheduled"))
      let after = try await installation.post(id)
      #expect(after.status == "posted" && after.attempts == 2 && after.cause == nil)
    }
  }
}
