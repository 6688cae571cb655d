/// One claim of one post by one instance.
///
/// The token comes from a sequence, so a newer term has a larger one; it is the only thing that a
/// fenced write has to name besides the post.
public struct LeaseTerm: Hashable, Sendable, Codable {
  /// `scheduling_posts.id`.
  public let post: Int64
  /// `scheduling_posts.attempts` at the claim, 1 for the first.
  public let attempt: Int
  /// `scheduling_posts.lease_token`.
  public let token: Int64

  /// Names a claim.
  public init(post: Int64, attempt: Int, token: Int64) {
    self.post = post
    self.attempt = attempt
    self.token = token
  }
}
