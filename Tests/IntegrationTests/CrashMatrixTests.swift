import Glibc
import GraphSandbox
import TestSupport
import Testing

/// An answer to a publish that says nothing about the post.
private struct LostAnswer: Sendable {
  let name: String
  let answer: FaultAnswer

  static let all = [
    LostAnswer(name: "cut", answer: FaultAnswer(close: true)),
    LostAnswer(name: "silence", answer: FaultAnswer(close: true, stall: 3)),
    LostAnswer(name: "code 2", answer: FaultAnswer(error: FaultError(code: 2))),
    LostAnswer(
      name: "suspected spam",
      answer: FaultAnswer(status: 403, error: FaultError(code: 4, subcode: 2_207_051))
    ),
    LostAnswer(name: "garbage", answer: FaultAnswer(status: 200, body: "<html>garbage")),
    LostAnswer(name: "no id", answer: FaultAnswer(status: 200, body: "{}")),
    LostAnswer(name: "half an answer", answer: FaultAnswer(truncate: true)),
    LostAnswer(name: "permission", answer: FaultAnswer(status: 403, error: FaultError(code: 10))),
  ]
}

@Suite("An answer to media_publish that says nothing")
struct CrashMatrixTests {
  /// Every answer, once with the post live and once not.
  private static let cases = LostAnswer.all.flatMap { lost in
    [SandboxFault.Effect.after, .before].map { (lost, $0) }
  }

  private func caption(_ number: Int) -> String {
    let (lost, effect) = Self.cases[number]
    return "[\(number)] \(lost.name), \(effect == .after ? "live" : "not live")"
  }

  private func fault(_ number: Int, killing pid: Int32? = nil) -> SandboxFault {
    let (lost, effect) = Self.cases[number]
    return SandboxFault(
      "publish",
      caption: "[\(number)]",
      effect: effect,
      answer: lost.answer,
      signal: pid.map { FaultSignal(pid: $0, signal: "KILL", when: .beforeAnswer) }
    )
  }

  @Test("ends with exactly one media and its id in the row when the daemon lives on")
  func alive() async throws {
    try await CrashFixture.lay(personas: 2) { fixture in
      for number in Self.cases.indices {
        fixture.installation.sandbox.inject(fault(number))
        try await fixture.post(number, caption: caption(number))
      }
      let life = try fixture.start()
      try await fixture.settled(by: life)
      #expect(fixture.installation.sandbox.faults.allSatisfy { $0.hits == 1 })
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      try await fixture.expectVerdict()
    }
  }

  @Test("ends with exactly one media and its id in the row when the daemon dies of it")
  func killed() async throws {
    try await CrashFixture.lay(personas: 2) { fixture in
      for number in Self.cases.indices {
        try await fixture.post(number, caption: caption(number))
        let life = try await fixture.start { pid in
          fixture.installation.sandbox.inject(fault(number, killing: pid))
        }
        try await eventually("\(caption(number)): the end", within: .seconds(15)) {
          !life.isRunning
        }
        #expect(await life.wait() == .signalled(SIGKILL), "\(caption(number)): \(life.stderr)")
      }
      try await fixture.settle()
      try await fixture.expectVerdict()
    }
  }

  @Test(
    "while nothing can be read, leaves posted or unconfirmed, never failed; then all become posted",
    arguments: [false, true]
  )
  func readOutage(isKilled: Bool) async throws {
    try await CrashFixture.lay(personas: 2) { fixture in
      let sandbox = fixture.installation.sandbox
      sandbox.configure { $0.secondsUntilFinished = 0 }
      let outage = FaultAnswer(error: FaultError(code: 100, subcode: 33))
      sandbox.inject(
        SandboxFault("status|read_media|list_media|list_stories", times: 0, answer: outage)
      )
      // Of every second post the publish is answered.
      for number in Self.cases.indices {
        if number % 4 < 2 { sandbox.inject(fault(number)) }
        try await fixture.post(number, caption: caption(number))
      }
      let pace = ["BELFRY_PUBLISHING_POLL_GIVE_UP": "0.5"]
      var life = try fixture.start(pace)
      for _ in 0..<(isKilled ? 6 : 0) {
        let seen = fixture.installation.publishRequests.count
        try await eventually("another publish") {
          fixture.installation.publishRequests.count > seen
        }
        life.signal(SIGKILL)
        _ = await life.wait()
        life = try fixture.start(pace)
      }
      try await eventually("all is published or unconfirmed, and was checked", within: .seconds(30))
      {
        try await fixture.installation.posts(
          "status NOT IN ('posted', 'unconfirmed') OR (status = 'unconfirmed' AND reconcile_checks < 2)"
        ) == []
      }
      #expect(try await fixture.installation.posts("status = 'unconfirmed'").count >= 4)
      #expect(fixture.installation.sandbox.duplicates == [])
      sandbox.removeFaults()
      // A look at the end of the outage may be seconds away.
      try await fixture.settled(by: life)
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      try await fixture.expectVerdict()
    }
  }
}

@Suite("Many posts")
struct CrashCrowdTests {
  @Test("two daemons publish 500 posts of 20 accounts, each once")
  func twoDaemons() async throws {
    try await CrashFixture.lay(personas: 20) { fixture in
      for number in 0..<500 { try await fixture.post(number, caption: "[\(number)] of many") }
      let began = ContinuousClock.now
      let first = try fixture.start()
      let second = try fixture.start()
      try await fixture.settled(by: first, within: .seconds(120))
      print("crash: two daemons published 500 posts in \(ContinuousClock.now - began)")
      for daemon in [first, second] {
        daemon.signal(SIGTERM)
        #expect(await daemon.wait() == .exited(0), "\(daemon.stderr)")
      }
      #expect(fixture.installation.publishRequests.count == 500)
      try await fixture.expectVerdict()
      let shares = try await fixture.installation.sql(
        "SELECT count(*) FROM (SELECT DISTINCT instance_id FROM post_attempts) AS owner"
      )
      #expect(shares == "2", "both worked")
    }
  }

  @Test("an account that answers 190 loses none of its posts and keeps no other account waiting")
  func revokedToken() async throws {
    try await CrashFixture.lay(personas: 3) { fixture in
      let sandbox = fixture.installation.sandbox
      let revoked = FaultAnswer(error: FaultError(code: 190, subcode: 460))
      let account = fixture.personas[0].account
      sandbox.inject(SandboxFault("any", account: account, times: 0, answer: revoked))
      for number in 0..<15 { try await fixture.post(number, caption: "[\(number)] one of three") }
      let others = "persona_id NOT IN (1, 2, \(fixture.personas[0].id))"
      let life = try fixture.start()
      try await eventually("the others' posts are out") {
        try await fixture.installation.posts("\(others) AND status <> 'posted'") == []
      }
      let burnt = try await fixture.installation.posts("persona_id = \(fixture.personas[0].id)")
      #expect(burnt.count == 5)
      #expect(burnt.allSatisfy { $0.status == "scheduled" && !$0.isMarked }, "\(burnt)")
      #expect(burnt.map(\.attempts).reduce(0, +) == 1, "\(burnt)")
      let held = try await fixture.installation.sql(
        "SELECT name, held_by FROM personas WHERE held_at IS NOT NULL"
      )
      #expect(held == "crash0|belfry")

      sandbox.removeFaults()
      let set = try await fixture.installation.belfry("credentials", "verify", "crash0")
      #expect(set.status.isSuccess, "\(set.stdout)\(set.stderr)")
      try await fixture.settled(by: life)
      life.signal(SIGTERM)
      #expect(await life.wait() == .exited(0), "\(life.stderr)")
      try await fixture.expectVerdict()
    }
  }
}
