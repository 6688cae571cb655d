import GraphSandbox
import Journal
import Logging
import Posts
import Publishing
import Store
import TestSupport
import Testing

/// A failure of one step, and what must be left of it.
struct Breakage: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// What the sandbox does.
  var faults: [SandboxFault] = []
  /// The state of the post afterwards.
  let status: String
  /// The class in the row and in the attempt.
  let failureClass: String
  /// What the cause begins with: the step that failed.
  let step: String
  /// The recorded steps.
  let steps: [String]

  /// Steps that were undone, and perhaps one that was not done.
  private static func undone(_ names: String..., then last: String? = nil) -> [String] {
    names.map { "\($0) compensated" } + (last.map { [$0] } ?? [])
  }

  private static let url = "GeneratePublicPhotoURL"
  private static let create = "CreateMediaContainer"
  private static let finish = "AwaitMediaContainer"
  private static let publish = "PublishMediaContainer"

  private static func error(_ operation: String, _ code: Int, _ subcode: Int? = nil) -> SandboxFault
  {
    SandboxFault(operation, answer: FaultAnswer(error: FaultError(code: code, subcode: subcode)))
  }

  private static func status(_ code: String) -> SandboxFault {
    SandboxFault(
      "status",
      answer: FaultAnswer(status: 200, body: #"{"status_code":"\#(code)","id":"1"}"#)
    )
  }

  static let all: [Breakage] = [
    Breakage(
      testDescription: "creation meets a server fault",
      faults: [error("create", 2)],
      status: "scheduled",
      failureClass: "wait",
      step: create,
      steps: undone(url, create)
    ),
    Breakage(
      testDescription: "creation is cut off after it was done",
      faults: [SandboxFault("create", times: 0, effect: .after, answer: FaultAnswer(close: true))],
      status: "scheduled",
      failureClass: "wait",
      step: create,
      steps: undone(url, create)
    ),
    Breakage(
      testDescription: "the picture cannot be fetched",
      faults: [error("create", 9004, 2_207_052)],
      status: "scheduled",
      failureClass: "new_container",
      step: create,
      steps: undone(url, create)
    ),
    Breakage(
      testDescription: "the aspect ratio is refused",
      faults: [error("create", 36003, 2_207_009)],
      status: "failed",
      failureClass: "permanent",
      step: create,
      steps: undone(url, create)
    ),
    Breakage(
      testDescription: "too many containers",
      faults: [error("create", 9, 2_207_069)],
      status: "scheduled",
      failureClass: "limit",
      step: create,
      steps: undone(url, create)
    ),
    Breakage(
      testDescription: "the container fails",
      faults: [status("ERROR")],
      status: "scheduled",
      failureClass: "new_container",
      step: finish,
      steps: undone(url, create, finish)
    ),
    Breakage(
      testDescription: "the container expires",
      faults: [status("EXPIRED")],
      status: "scheduled",
      failureClass: "new_container",
      step: finish,
      steps: undone(url, create, finish)
    ),
    Breakage(
      testDescription: "publishing is refused: quota",
      faults: [error("publish", 9, 2_207_042)],
      status: "scheduled",
      failureClass: "limit",
      step: publish,
      steps: undone(url, create, finish, then: "\(publish) failed")
    ),
    Breakage(
      testDescription: "publishing is refused: restricted account",
      faults: [error("publish", 25, 2_207_050)],
      status: "scheduled",
      failureClass: "account",
      step: publish,
      steps: undone(url, create, finish, then: "\(publish) failed")
    ),
  ]
}

@Suite("Rollback")
struct RollbackTests {
  @Test(
    "a failed step leaves no public photo, a true row, an explained attempt and a recorded undo",
    arguments: Breakage.all
  )
  func leavesNothing(_ breakage: Breakage) async throws {
    try await TestInstallation.stand { installation in
      for fault in breakage.faults { installation.sandbox.inject(fault) }
      let id = try await installation.post(caption: "Breaks")
      try await installation.harness { harness in
        try await harness.pass()
        let row = try await installation.post(id)
        #expect(row.status == breakage.status)
        #expect(row.failureClass == breakage.failureClass)
        #expect(row.cause?.hasPrefix("\(breakage.step): ") == true, "\(row.cause ?? "")")
        #expect(row.fix?.isEmpty == false)
        #expect(!row.isMarked && !row.isLeased && row.media == nil)
        #expect(try await installation.steps(of: id) == breakage.steps)
        let outcome = breakage.status == "failed" ? "failed" : "deferred"
        #expect(
          try await installation.attempts(on: id)
            == [AttemptRow(attempt: 1, outcome: outcome, failureClass: breakage.failureClass)]
        )
        #expect(try installation.publicFiles == [])
        #expect(installation.sandbox.published() == [])
        let failureClass = try #require(FailureClass(rawValue: breakage.failureClass))
        let entries = harness.journal.of(.deferred(failureClass))
        #expect(entries.count == 1)
        #expect(entries.first?.metadata["event"]?.description == outcome)
        #expect(entries.first?.metadata["class"]?.description == breakage.failureClass)
        #expect(entries.first?.metadata["post"]?.description == "\(id)")

        // Put right, it goes out once.
        installation.sandbox.removeFaults()
        try await installation.sql(
          """
          UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL;
          UPDATE scheduling_posts SET status = 'scheduled', next_attempt_at = now()
          """
        )
        let tally = try await harness.pass()
        #expect(tally.posted == 1)
        let after = try await installation.post(id)
        #expect(after.status == "posted" && after.attempts == 2 && after.cause == nil)
        #expect(installation.sandbox.published().map(\.id) == [after.media])
        #expect(try installation.publicFiles == [])
      }
    }
  }

  @Test("a container that is never ready is given up, and a new one is made")
  func neverReady() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.configure { $0.pollsUntilFinished = 10_000 }
      let id = try await installation.post(caption: "Never ready")
      try await installation.harness(giveUp: .milliseconds(300)) { harness in
        try await harness.pass()
        let row = try await installation.post(id)
        #expect(row.status == "scheduled" && row.failureClass == "new_container")
        #expect(row.cause?.contains("was not ready after") == true)
        #expect(try installation.publicFiles == [])
        installation.sandbox.configure { $0.pollsUntilFinished = 1 }
        try await installation.sql("UPDATE scheduling_posts SET next_attempt_at = now()")
        try await harness.pass()
        #expect(try await installation.post(id).status == "posted")
        #expect(installation.sandbox.containers().count == 2)
      }
    }
  }

  @Test("a revoked token holds its persona and no other, and its posts wait untouched")
  func holdsOnePersona() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault(
          "any",
          account: TestInstallation.sarahAccount,
          times: 0,
          answer: FaultAnswer(error: FaultError(code: 190, subcode: 460))
        )
      )
      let first = try await installation.post(
        "sarah",
        caption: "First",
        at: "now() - interval '1 minute'"
      )
      let second = try await installation.post("sarah", caption: "Second")
      let other = try await installation.post("max", caption: "Other")
      try await installation.harness { harness in
        let tally = try await harness.pass()
        #expect(tally.posted == 1 && tally.held == 1 && tally.failed == 0)
        #expect(harness.journal.of(.personaHeld).count == 1)
      }
      let row = try await installation.post(first)
      #expect(row.status == "scheduled" && row.failureClass == "account" && row.attempts == 1)
      let untouched = try await installation.post(second)
      #expect(untouched.status == "scheduled" && untouched.attempts == 0 && untouched.cause == nil)
      #expect(try await installation.post(other).status == "posted")
      #expect(
        try await installation.sql("SELECT name FROM personas WHERE held_at IS NOT NULL") == "sarah"
      )
      #expect(try installation.publicFiles == [])
    }
  }

  @Test("a used-up quota defers by an hour at least, without spending the publish")
  func quota() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault("publish", answer: FaultAnswer(error: FaultError(code: 9, subcode: 2_207_042)))
      )
      let id = try await installation.post(caption: "Too many")
      try await installation.harness { harness in try await harness.pass() }
      let row = try await installation.post(id)
      #expect(row.failureClass == "limit" && !row.isMarked)
      // Full jitter draws from the upper half of the base of an hour.
      #expect((row.nextTryIn ?? 0) >= 3600 - 5, "\(row)")
      #expect(installation.sandbox.published() == [])
    }
  }

  @Test("a picture that Meta cannot fetch twice is published at the third attempt")
  func thirdAttempt() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault(
          "create",
          times: 2,
          answer: FaultAnswer(error: FaultError(code: 9004, subcode: 2_207_052))
        )
      )
      let id = try await installation.post(caption: "Third time lucky")
      try await installation.harness { harness in
        for attempt in 1...3 {
          try await harness.pass()
          #expect(try await installation.post(id).attempts == attempt)
          try await installation.sql(
            "UPDATE scheduling_posts SET next_attempt_at = now() WHERE status = 'scheduled'"
          )
        }
      }
      #expect(try await installation.post(id).status == "posted")
      #expect(
        try await installation.attempts(on: id).map(\.outcome) == [
          "deferred", "deferred", "posted",
        ]
      )
      #expect(installation.publishRequests.count == 1)
      #expect(try installation.publicFiles == [])
    }
  }
}
