import Synchronization

/// The fencing tokens of the posts that this process is working on.
///
/// What the database says is leased by this instance, and is not in here, nobody works on any more: the next
/// wake recovers it. One registry per instance, shared by all that work under it, also across a reload.
public final class InFlightLeases: Sendable {
  private let tokens = Mutex<Set<Int64>>([])

  /// An empty registry.
  public init() {}

  /// How many posts are being worked on.
  public var count: Int { tokens.withLock(\.count) }

  /// The tokens, in no order.
  public var all: [Int64] { tokens.withLock { Array($0) } }

  /// Work on a lease begins.
  public func insert(_ token: Int64) { tokens.withLock { _ = $0.insert(token) } }

  /// Work on a lease has ended, however it ended.
  public func remove(_ token: Int64) { tokens.withLock { _ = $0.remove(token) } }
}
