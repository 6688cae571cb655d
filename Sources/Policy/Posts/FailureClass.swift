/// What a failure means for the post, the account and the operator.
///
/// The raw values are those of `scheduling_posts.failure_class` and of the journal field
/// `BELFRY_CLASS`. Classification is by subcode, then code, then HTTP status, never by text.
public enum FailureClass: String, Codable, Sendable, CaseIterable {
  /// Not ready yet, or a passing fault of the platform or the network: wait and ask again.
  case wait
  /// This container is of no use: make a new one, a bounded number of times.
  case newContainer = "new_container"
  /// The content is refused and stays refused until somebody edits the post.
  case permanent
  /// The account needs its owner: token, permission or restriction.
  case account
  /// A rate limit or quota: wait until it frees.
  case limit
  /// The call may have taken effect; nobody knows until the platform is asked.
  case unknown
  /// Something on this host is set up wrongly: key, credential, directory, URL.
  case configuration
}
