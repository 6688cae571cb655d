/// What did not come true in time.
public struct NotEventually: Error, CustomStringConvertible {
  /// What was waited for, and for how long.
  public let description: String
}

/// Waits until `condition` holds, looking again after 20 ms, then less often.
///
/// For what tells nobody that it changed, such as a row or a directory. The time limit only bounds how
/// long a failing test takes; a passing one ends as soon as the condition holds.
///
/// - Throws: `NotEventually` with the text of `description` after `limit`, or what `condition` throws.
public func eventually(
  _ description: @autoclosure () -> String = "the condition",
  within limit: Duration = .seconds(20),
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  var pause = Duration.milliseconds(20)
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw NotEventually(description: "\(description()) did not come true within \(limit)")
    }
    try await Task.sleep(for: pause)
    // A look may be a process; many tests look at once.
    pause = min(pause * 1.5, .milliseconds(150))
  }
}
