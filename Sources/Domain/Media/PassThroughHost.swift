/// The host of `media.host: none`: every photo must be public already.
public struct PassThroughHost: MediaHost {
  /// Makes the host; there is nothing to configure.
  public init() {}

  /// Always ``MediaHandle/nothing``.
  public func handle(for photo: PhotoSource, as name: PublicName) -> MediaHandle { .nothing }

  /// Answers the photo's own URL; throws for a photo that is only a file, or whose URL is not https.
  public func publish(
    _ photo: PhotoSource,
    as name: PublicName
  ) async throws(MediaError) -> PublicMedia {
    switch photo {
    case .url(let url):
      return try .alreadyPublic(url)
    case .file(let path):
      throw MediaError(
        .noPublicURL,
        "photo \(path) has no public URL, and no media host is configured to give it one",
        hint: "Set media.host to webroot or s3, or give the photo an https url."
      )
    }
  }

  /// Does nothing for what it answered itself; throws for what another host put somewhere.
  public func withdraw(_ handle: MediaHandle) async throws(MediaError) {
    guard handle == .nothing else { throw .foreign(handle, to: .none) }
  }

  /// Finds nothing, since nothing is ever put anywhere.
  public func sweep(olderThan age: Duration, keeping: Set<MediaHandle>) async -> SweepReport {
    SweepReport()
  }
}

extension PublicMedia {
  /// A photo that somebody else serves, after a look at its URL.
  static func alreadyPublic(_ url: String) throws(MediaError) -> PublicMedia {
    let checked = try PublicURL(url, subject: "photo URL '\(url)'", code: .badURL)
    return PublicMedia(url: checked.text, handle: .nothing, bytes: nil)
  }
}

extension MediaError {
  /// A handle reached a host that cannot know what it stands for.
  static func foreign(_ handle: MediaHandle, to host: MediaHandle.Host) -> MediaError {
    MediaError(
      .foreignHandle,
      "\(handle) cannot be withdrawn by the media host '\(host.rawValue)'",
      hint: "It was published under another media.host: remove it there, or set media.host back."
    )
  }
}
