/// How long a media container is good for.
public enum ContainerLife {
  /// How long after its creation a container is still published.
  ///
  /// Instagram forgets a container after 24 hours; an hour is left for publishing it.
  public static let usable: Duration = .seconds(23 * 3600)
}
