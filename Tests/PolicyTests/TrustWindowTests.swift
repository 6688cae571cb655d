import Leases
import Testing

@Suite("How long a lease is believed in")
struct TrustWindowTests {
  let start = ContinuousClock.now
  /// Trust ends 20 s after a heartbeat's departure, the lease 10 s later.
  let window = TrustWindow(lease: .seconds(30), margin: .seconds(10))

  private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

  @Test("Before the first heartbeat nothing is trusted")
  func closedAtFirst() {
    #expect(!window.isOpen(at: start))
    #expect(!window.trust().isOpen(at: start))
    #expect(!window.isOpen())
  }

  @Test("A heartbeat opens the window from its departure on")
  func opens() {
    window.confirm(departure: start)
    #expect(window.isOpen(at: start))
    #expect(window.trust().isOpen(at: start))
    #expect(window.isOpen(at: after(20) - .nanoseconds(1)))
  }

  @Test("Trust ends the margin before the lease does")
  func endsEarly() {
    #expect(window.length == .seconds(20))
    window.confirm(departure: start)
    let trust = window.trust()
    #expect(!window.isOpen(at: after(20)))
    #expect(!trust.isOpen(at: after(20)))
    #expect(!trust.isOpen(at: after(29)))
  }

  @Test("A heartbeat inside the window prolongs it for the leases that are held")
  func prolongs() {
    window.confirm(departure: start)
    let trust = window.trust()
    window.confirm(departure: after(15))
    #expect(trust.isOpen(at: after(34)))
    #expect(!trust.isOpen(at: after(35)))
  }

  @Test("A heartbeat that left in time counts although its answer comes late")
  func lateAnswer() {
    window.confirm(departure: start)
    let trust = window.trust()
    #expect(!trust.isOpen(at: after(25)))
    window.confirm(departure: after(19))
    #expect(trust.isOpen(at: after(25)), "the database has seen no gap")
  }

  @Test("An answer that overtakes an older one is not shortened by it")
  func outOfOrder() {
    window.confirm(departure: after(10))
    let trust = window.trust()
    window.confirm(departure: start)
    #expect(trust.isOpen(at: after(29)))
  }

  @Test(
    "After a gap the window opens again, but not for the leases of before",
    arguments: [20, 21, 3_600]
  )
  func gap(seconds: Int) {
    window.confirm(departure: start)
    let old = window.trust()
    window.confirm(departure: after(seconds))
    #expect(window.isOpen(at: after(seconds)))
    #expect(!old.isOpen(at: after(seconds)))
    #expect(window.trust().isOpen(at: after(seconds)))
    window.confirm(departure: after(seconds + 5))
    #expect(!old.isOpen(at: after(seconds + 6)), "no later heartbeat brings them back")
  }

  @Test("Trust taken while the window was closed is never worth anything")
  func takenTooEarly() {
    let early = window.trust()
    window.confirm(departure: start)
    #expect(!early.isOpen(at: start))
  }

  @Test("Closing ends all trust at once, and the next heartbeat does not bring the old one back")
  func closing() {
    window.confirm(departure: start)
    let old = window.trust()
    window.close()
    #expect(!window.isOpen(at: start))
    #expect(!old.isOpen(at: start))
    window.confirm(departure: after(1))
    #expect(window.isOpen(at: after(1)))
    #expect(!old.isOpen(at: after(1)))
    #expect(window.trust().isOpen(at: after(1)))
  }

  @Test("A margin that eats the whole lease leaves no trust at all")
  func noLength() {
    let none = TrustWindow(lease: .seconds(5), margin: .seconds(9))
    none.confirm(departure: start)
    #expect(none.length == .zero)
    #expect(!none.isOpen(at: start))
  }

  @Test("Two claims of one post are told apart by their tokens")
  func terms() {
    let first = LeaseTerm(post: 1, attempt: 1, token: 7)
    #expect(first != LeaseTerm(post: 1, attempt: 1, token: 8))
    #expect(first == LeaseTerm(post: 1, attempt: 1, token: 7))
  }
}
