import Posts
import Testing

@testable import Publishing

@Suite("Reconcile rules")
struct ReconcileRulesTests {
  static let media = MediaID(rawValue: "17900000000000001")
  static let patience = ReconcilePatience(
    recheck: .seconds(60),
    grace: .seconds(600),
    giveUp: .seconds(86_400)
  )
  static let containers: [Observation.Container] = [
    .published, .finished, .inProgress, .gone, .unreadable("100/33"),
  ]
  static let listings: [Observation.Listing] = [
    .none, .several(2), .unrecognisable, .unreadable("100/33"),
  ]

  func decision(
    _ container: Observation.Container,
    _ listing: Observation.Listing,
    age: Double = 120,
    finishedFor: Double? = nil,
    containerAge: Double? = 130
  ) -> ReconcileDecision {
    ReconcileRules.decision(
      on: Observation(container: container, listing: listing),
      age: age,
      finishedFor: finishedFor,
      containerAge: containerAge,
      patience: Self.patience
    )
  }

  @Test("one match is adopted, whatever the container says", arguments: containers)
  func adopts(container: Observation.Container) {
    let listing = Observation.Listing.one(Self.media, permalink: "https://p/", publishedAt: 7)
    #expect(
      decision(container, listing) == .adopt(Self.media, permalink: "https://p/", publishedAt: 7)
    )
  }

  @Test("several matches are left to a human, whatever the container says", arguments: containers)
  func ambiguity(container: Observation.Container) {
    guard case .leaveToHuman = decision(container, .several(2)) else {
      Issue.record("decided what cannot be decided")
      return
    }
  }

  @Test(
    "nothing but a container that was read may deny",
    arguments: [Observation.Container.published, .inProgress, .unreadable("time-out")],
    listings
  )
  func neverDenies(container: Observation.Container, listing: Observation.Listing) {
    for age in [1, 599, 601, 86_399, 86_401, 1_000_000.0] {
      for finishedFor in [nil, 30, 61, 90_000.0] {
        if case .publishAgain = decision(container, listing, age: age, finishedFor: finishedFor) {
          Issue.record("\(container) with \(listing) at \(age) was taken for a denial")
        }
      }
    }
  }

  @Test(
    "no denial while the listing is not readable or cannot be recognised",
    arguments: containers,
    [Observation.Listing.unreadable("x"), .unrecognisable]
  )
  func blindListingsNeverDeny(container: Observation.Container, listing: Observation.Listing) {
    for age in [1, 601, 86_401.0] {
      if case .publishAgain = decision(container, listing, age: age, finishedFor: 3600) {
        Issue.record("\(container) with \(listing) at \(age) was taken for a denial")
      }
    }
  }

  @Test("FINISHED is asked twice, a minute apart, before the post goes out again")
  func finishedTwice() {
    #expect(isLookAgain(decision(.finished, .none)))
    #expect(isLookAgain(decision(.finished, .none, finishedFor: 59)))
    guard case .publishAgain(let keeps, _) = decision(.finished, .none, finishedFor: 60) else {
      Issue.record("two FINISHED reads and no match were not enough")
      return
    }
    #expect(keeps)
  }

  @Test("a container older than 23 hours is not published again")
  func oldContainer() {
    let old = decision(.finished, .none, finishedFor: 60, containerAge: 23 * 3600 + 1)
    guard case .publishAgain(keepsContainer: false, _) = old else {
      Issue.record("kept a container that is about to expire: \(old)")
      return
    }
  }

  @Test("a container that is gone counts only after the grace time")
  func goneAfterGrace() {
    #expect(isLookAgain(decision(.gone, .none, age: 599)))
    guard case .publishAgain(keepsContainer: false, _) = decision(.gone, .none, age: 600) else {
      Issue.record("the grace time is over")
      return
    }
  }

  @Test("what is open after a day is left to a human", arguments: containers, listings)
  func givesUp(container: Observation.Container, listing: Observation.Listing) {
    let late = decision(container, listing, age: 86_400, finishedFor: 1)
    #expect(!isLookAgain(late))
  }

  @Test("published without a caption is a human's at once")
  func noCaption() {
    guard case .leaveToHuman = decision(.published, .unrecognisable, age: 1) else {
      Issue.record("no look can ever decide this")
      return
    }
  }

  @Test("pauses grow from the recheck time to half an hour")
  func pauses() {
    let pauses = (1...40).map { ReconcileRules.pause(after: $0, Self.patience) }
    #expect(pauses.first == .seconds(60))
    #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(pauses.last == .seconds(1800))
  }

  private func isLookAgain(_ decision: ReconcileDecision) -> Bool {
    if case .lookAgain = decision { true } else { false }
  }
}

@Suite("Captions as they come back")
struct CaptionFormTests {
  @Test(
    "the same caption is recognised",
    arguments: [
      ("Morning light", "Morning light"), ("two  spaces\nand lines", "two spaces and lines"),
      ("with @max.outside", "with max.outside"), (" padded ", "padded"), ("🌅 é", "🌅 é"),
    ]
  )
  func matches(sent: String, read: String) {
    #expect(CaptionForm(sent).matches(read))
  }

  @Test(
    "another caption is not",
    arguments: [("Morning light", "morning light"), ("", ""), ("@", ""), ("a", "a b"), ("  ", "")]
  )
  func differs(sent: String, read: String) {
    #expect(!CaptionForm(sent).matches(read))
  }
}

@Suite("The platform's breaker")
struct PlatformBreakerTests {
  func account(_ id: Int64) -> AccountReference {
    AccountReference(
      persona: PersonaID(rawValue: id),
      name: "p\(id)",
      login: .facebook,
      accountID: "\(id)"
    )
  }

  @Test("three accounts with one error within five minutes open it, one success closes it")
  func opens() {
    let breaker = PlatformBreaker()
    let start = ContinuousClock.now
    #expect(!breaker.failed(account(1), sign: "code 2", at: start))
    #expect(!breaker.failed(account(1), sign: "code 2", at: start + .seconds(1)))
    #expect(!breaker.failed(account(2), sign: "code 2", at: start + .seconds(2)))
    #expect(!breaker.isOpen)
    #expect(breaker.failed(account(3), sign: "code 2", at: start + .seconds(3)))
    #expect(breaker.isOpen && breaker.sign == "code 2")
    #expect(!breaker.failed(account(4), sign: "code 2", at: start + .seconds(4)))
    #expect(breaker.succeeded())
    #expect(!breaker.isOpen && breaker.sign == nil)
    #expect(!breaker.succeeded())
  }

  @Test("different errors, or errors far apart, do not open it")
  func staysClosed() {
    let breaker = PlatformBreaker()
    let start = ContinuousClock.now
    for (id, sign) in [(1, "code 2"), (2, "no answer"), (3, "code 1")] {
      #expect(!breaker.failed(account(Int64(id)), sign: sign, at: start))
    }
    #expect(!breaker.failed(account(4), sign: "code 2", at: start + .seconds(301)))
    #expect(!breaker.failed(account(5), sign: "code 2", at: start + .seconds(302)))
    #expect(!breaker.isOpen)
  }

  @Test("probes come with growing pauses")
  func probes() {
    let breaker = PlatformBreaker()
    let start = ContinuousClock.now
    for id in 1...3 { _ = breaker.failed(account(Int64(id)), sign: "no answer", at: start) }
    #expect(breaker.takeProbe(at: start + .seconds(29)) == nil)
    #expect(breaker.takeProbe(at: start + .seconds(30)) != nil)
    #expect(breaker.takeProbe(at: start + .seconds(31)) == nil)
    #expect(breaker.takeProbe(at: start + .seconds(90)) != nil)
  }
}
