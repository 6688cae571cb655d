import Posts
import TestSupport
import Testing

@Suite("What docs/errors.md says about pauses")
struct RetryTextTests {
  private let policy = RetryPolicy()

  /// The delay of a post that fails for the `attempt`th time, at one end of its range.
  private func delay(_ failureClass: FailureClass, _ attempt: Int, _ fraction: Double) -> Duration?
  {
    let decision = policy.decision(
      on: failureClass,
      attempt: attempt,
      retryAfter: nil,
      fraction: fraction
    )
    guard case .defer(let delay) = decision else { return nil }
    return delay
  }

  @Test("The numbers of attempts and the pauses are those of the retry policy")
  func numbers() throws {
    let text = try repositoryText("docs/errors.md").replacing("\n", with: " ")
    let passing = policy.attemptsForPassingFaults
    #expect(text.contains("first after 15 to 30 seconds, later up to an hour apart"))
    #expect(delay(.wait, 1, 0) == .seconds(15) && delay(.wait, 1, 1) == .seconds(30))
    #expect(delay(.wait, passing - 1, 1) == .seconds(3600))
    #expect(text.contains("after \(passing) attempts, about a week, the post is `failed`"))
    #expect(delay(.wait, passing, 1) == nil)
    let days = (1..<passing).compactMap { delay(.wait, $0, 0.5)?.components.seconds }.reduce(0, +)
    #expect((5...8).contains(days / 86_400))

    #expect(text.contains("with the same pauses; after five the post is `failed`"))
    #expect(policy.attemptsForNewContainers == 5)
    #expect(delay(.newContainer, 1, 0) == delay(.wait, 1, 0))

    #expect(text.contains("half an hour at least, up to six hours, never less than the platform"))
    #expect(delay(.limit, 1, 0) == .seconds(1800) && delay(.limit, 9, 1) == .seconds(6 * 3600))

    #expect(text.contains("defers the post, by minutes at first, up to an hour"))
    #expect(delay(.configuration, 1, 0) == .seconds(150))
    #expect(delay(.configuration, 1, 1) == .seconds(300))
    #expect(delay(.configuration, 9, 1) == .seconds(3600))
  }
}
