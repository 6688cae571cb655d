import Posts
import Testing

@Suite("What becomes of a post after a failure")
struct RetryPolicyTests {
  let policy = RetryPolicy()

  private func decision(
    _ failureClass: FailureClass,
    attempt: Int = 1,
    retryAfter: Duration? = nil,
    fraction: Double = 1
  ) -> RetryDecision {
    policy.decision(
      on: failureClass,
      attempt: attempt,
      retryAfter: retryAfter,
      fraction: fraction
    )
  }

  @Test("Every class has its decision on the first attempt", arguments: FailureClass.allCases)
  func firstAttempt(failureClass: FailureClass) {
    let expected: RetryDecision =
      switch failureClass {
      case .wait, .newContainer: .defer(after: .seconds(30))
      case .limit: .defer(after: .seconds(3600))
      case .configuration: .defer(after: .seconds(300))
      case .permanent: .fail
      case .account: .holdPersona
      case .unknown: .leaveUnconfirmed
      }
    #expect(decision(failureClass) == expected)
  }

  @Test(
    "What more attempts cannot change is decided alike however often it was tried",
    arguments: [1, 5, 20, 10_000]
  )
  func attemptsDoNotMatter(attempt: Int) {
    #expect(decision(.permanent, attempt: attempt) == .fail)
    #expect(decision(.account, attempt: attempt) == .holdPersona)
    #expect(decision(.unknown, attempt: attempt) == .leaveUnconfirmed)
    #expect(
      decision(.unknown, attempt: attempt, retryAfter: .seconds(1)) == .leaveUnconfirmed,
      "a doubtful post is never tried again by itself"
    )
  }

  @Test(
    "The delay doubles with every attempt up to its cap",
    arguments: [
      (FailureClass.wait, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]),
      (.newContainer, [30, 60, 120, 240]),
      (.limit, [3600, 7200, 14400, 21600, 21600]),
      (.configuration, [300, 600, 1200, 2400, 3600, 3600]),
    ]
  )
  func growth(failureClass: FailureClass, seconds: [Int]) {
    for (index, expected) in seconds.enumerated() {
      let decision = decision(failureClass, attempt: index + 1)
      #expect(decision == .defer(after: .seconds(expected)), "attempt \(index + 1)")
    }
  }

  @Test("The jitter covers the upper half of the range, and nothing else")
  func jitter() {
    #expect(decision(.wait, attempt: 3, fraction: 0) == .defer(after: .seconds(60)))
    #expect(decision(.wait, attempt: 3, fraction: 0.5) == .defer(after: .seconds(90)))
    #expect(decision(.wait, attempt: 3, fraction: 1) == .defer(after: .seconds(120)))
    #expect(decision(.wait, attempt: 3, fraction: -7) == .defer(after: .seconds(60)))
    #expect(decision(.wait, attempt: 3, fraction: 7) == .defer(after: .seconds(120)))
  }

  @Test(
    "What the platform asked for is never shortened",
    arguments: [FailureClass.wait, .newContainer, .limit, .configuration]
  )
  func retryAfter(failureClass: FailureClass) {
    let long = Duration.seconds(86_400)
    #expect(decision(failureClass, retryAfter: long, fraction: 0) == .defer(after: long))
    #expect(
      decision(failureClass, retryAfter: .seconds(1)) == decision(failureClass),
      "a short wish does not shorten our own delay either"
    )
  }

  @Test("A passing fault is given up at the 200th attempt, not before, whatever was asked for")
  func passingFaults() {
    #expect(decision(.wait, attempt: 199) == .defer(after: .seconds(3600)))
    #expect(decision(.wait, attempt: 200) == .fail)
    #expect(decision(.wait, attempt: 200, retryAfter: .seconds(5)) == .fail)
    #expect(decision(.wait, attempt: .max) == .fail)
  }

  @Test("New containers are given up at the fifth attempt")
  func newContainers() {
    #expect(decision(.newContainer, attempt: 4) == .defer(after: .seconds(240)))
    #expect(decision(.newContainer, attempt: 5) == .fail)
  }

  @Test("Limits and faults of the set-up never make a post fail", arguments: [20, 1_000, Int.max])
  func neverFail(attempt: Int) {
    #expect(decision(.limit, attempt: attempt) == .defer(after: .seconds(21_600)))
    #expect(decision(.configuration, attempt: attempt) == .defer(after: .seconds(3600)))
  }

  @Test("The bounds can be set")
  func bounds() {
    let strict = RetryPolicy(attemptsForPassingFaults: 2, attemptsForNewContainers: 1)
    let newContainer = strict.decision(on: .newContainer, attempt: 1, retryAfter: nil, fraction: 0)
    #expect(newContainer == .fail)
    let first = strict.decision(on: .wait, attempt: 1, retryAfter: nil, fraction: 0)
    #expect(first == .defer(after: .seconds(15)))
    #expect(strict.decision(on: .wait, attempt: 2, retryAfter: nil, fraction: 0) == .fail)
  }

  @Test("An attempt below one counts as the first")
  func oddAttempts() {
    #expect(decision(.wait, attempt: 0) == decision(.wait, attempt: 1))
    #expect(decision(.wait, attempt: -5) == decision(.wait, attempt: 1))
  }

  @Test("All attempts at a passing fault span about a week")
  func span() {
    var total = Duration.zero
    for attempt in 1..<200 {
      guard case .defer(let delay) = decision(.wait, attempt: attempt, fraction: 0.5) else {
        continue
      }
      total += delay
    }
    #expect(total > .seconds(5 * 86_400) && total < .seconds(8 * 86_400))
  }
}
