public import Media
public import Posts
public import Store

/// What the steps of the pipeline build up.
public struct PublishState: Sendable {
  /// The leased post.
  public let post: LeasedPost
  /// The unguessable name under which the photo becomes public.
  public var publicName: PublicName
  /// Where Meta fetches the photo.
  public var imageURL: String?
  /// The container, once there is one.
  public var container: ContainerID?
  /// The media id, once the post is live.
  public var media: MediaID?
  /// The public address of the post, if the platform told it.
  public var permalink: String?

  /// The beginning for a leased post.
  public init(post: LeasedPost) {
    self.post = post
    self.publicName = .random()
  }
}
