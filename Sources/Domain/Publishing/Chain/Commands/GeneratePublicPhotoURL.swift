import Media
import Pipeline
import Posts
import Store

/// Makes the photo public under an unguessable name for as long as Meta needs it.
struct GeneratePublicPhotoURL: Command {
  static let name: StepName = "GeneratePublicPhotoURL"
  static let kind = StepKind.compensatable
  typealias Change = PostChange

  struct Input: Codable, Sendable {
    let photo: PhotoID
    let source: PhotoSource
    let name: PublicName
    let isInspected: Bool
  }

  let photos: Photos

  func execute(
    _ input: Input,
    with prepared: Void,
    in context: StepContext
  ) async throws(StepFailure) -> PublicMedia {
    if case .file(let path) = input.source {
      try await photos.inspect(input.photo, at: path, isKnown: input.isInspected)
    }
    let media: PublicMedia
    do {
      media = try await photos.host(for: input.source).publish(input.source, as: input.name)
    } catch {
      throw StepFailure(error.failureClass, error.message, hint: error.hint)
    }
    try await photos.verify(media)
    return media
  }

  func compensate(
    _ input: Input,
    _ output: PublicMedia?,
    in context: StepContext
  ) async throws(StepFailure) {
    let host = photos.host(for: input.source)
    try await withdraw(output?.handle ?? host.handle(for: input.source, as: input.name), from: host)
  }

  /// Meta fetched the photo while it answered CreateMediaContainer; nobody needs the URL any more.
  func cleanUp(
    _ input: Input,
    _ output: PublicMedia,
    in context: StepContext
  ) async throws(StepFailure) {
    try await withdraw(output.handle, from: photos.host(for: input.source))
  }

  private func withdraw(
    _ handle: MediaHandle,
    from host: any MediaHost
  ) async throws(StepFailure) {
    do {
      try await host.withdraw(handle)
    } catch {
      throw StepFailure(error.failureClass, error.message, hint: error.hint)
    }
  }
}
