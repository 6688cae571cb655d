/// How long to wait before the next try: doubling from 0.1 to 30 seconds, at random below that bound.
///
/// The randomness keeps many hosts from knocking at one moment after a server comes back.
public struct Backoff: Sendable {
  private static let shortest = Duration.milliseconds(100)
  private static let longest = Duration.seconds(30)

  private var bound = Self.shortest

  /// Begins with the shortest wait.
  public init() {}

  /// The next wait, from 0.1 s up to a bound that doubles each time until 30 s.
  public mutating func next() -> Duration {
    var generator = SystemRandomNumberGenerator()
    return next(using: &generator)
  }

  /// The next wait, with the given source of randomness.
  public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    bound = min(bound * 2, Self.longest)
    let span = Self.shortest.milliseconds...bound.milliseconds
    return .milliseconds(Int64.random(in: span, using: &generator))
  }

  /// Begins again with the shortest wait.
  public mutating func reset() {
    bound = Self.shortest
  }
}
