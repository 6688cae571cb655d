public import HTTPTransport
public import Media
import Pipeline
import Postgres
import Posts
public import Store

/// Finds, judges and exposes the photos of posts.
public struct Photos: Sendable {
  let host: any MediaHost
  let inspector: PhotoInspector
  let queue: QueueStore
  /// Directory of photos whose path is relative.
  let directory: String
  /// Fetches public URLs back before they are used; nil when that is switched off.
  let transport: (any HTTPTransport)?

  /// Puts the parts together.
  ///
  /// - Parameters:
  ///   - host: where files become public.
  ///   - queue: takes what inspections find out.
  ///   - directory: where relative paths begin.
  ///   - transport: used to fetch public URLs back; nil to skip that.
  public init(
    host: any MediaHost,
    queue: QueueStore,
    directory: String,
    transport: (any HTTPTransport)?
  ) {
    self.host = host
    self.inspector = PhotoInspector()
    self.queue = queue
    self.directory = directory
    self.transport = transport
  }

  /// Where the photo of a post is.
  ///
  /// A photo with a file is exposed from it; one with a URL only is public already.
  func source(of post: LeasedPost) throws(StepFailure) -> PhotoSource {
    if host is PassThroughHost, let url = post.photoURL { return .url(url) }
    if let path = post.photoPath {
      return .file(path: path.hasPrefix("/") ? path : directory + "/" + path)
    }
    if let url = post.photoURL { return .url(url) }
    throw StepFailure(
      .permanent,
      "photo \(post.photo.rawValue) has neither a path nor a url",
      hint: "Set photos.path or photos.url of photo \(post.photo.rawValue)."
    )
  }

  func host(for source: PhotoSource) -> any MediaHost {
    if case .url = source { PassThroughHost() } else { host }
  }

  /// Reads the file, refuses what Instagram would refuse, and remembers size and checksum.
  func inspect(_ photo: PhotoID, at path: String, isKnown: Bool) async throws(StepFailure) {
    let facts: PhotoFacts
    do {
      facts = try await inspector.inspect(path)
      try PhotoRequirements(facts, named: path).check()
    } catch {
      throw StepFailure(error.failureClass, error.message, hint: error.hint)
    }
    guard !isKnown else { return }
    do {
      let record = PhotoRecord(
        format: facts.format.rawValue,
        width: facts.width,
        height: facts.height,
        bytes: facts.bytes,
        sha256: facts.sha256
      )
      try await queue.inspected(photo, record)
    } catch {
      throw StepFailure(.wait, "cannot record the inspection: \(error.message)", hint: databaseHint)
    }
  }

  /// Fetches a public URL back, as Meta is about to: 200, an image, all of its bytes.
  func verify(_ media: PublicMedia) async throws(StepFailure) {
    guard let transport else { return }
    let limit = PhotoRules.maximumBytes + 1024
    let response: HTTPResponse
    do {
      let request = HTTPRequest(
        method: .get,
        url: media.url,
        deadline: .seconds(20),
        maximumResponseBytes: limit
      )
      response = try await transport.send(request)
    } catch {
      throw unreachable(media, "\(error.message)")
    }
    guard response.status == 200 else { throw unreachable(media, "it answers \(response.status)") }
    guard let type = response.headers["Content-Type"], type.lowercased().hasPrefix("image/jpeg")
    else {
      throw unreachable(
        media,
        "its content type is \(response.headers["Content-Type"] ?? "missing")"
      )
    }
    if let bytes = media.bytes, response.body.count != bytes {
      throw unreachable(media, "it has \(response.body.count) bytes, the photo has \(bytes)")
    }
  }

  private func unreachable(_ media: PublicMedia, _ why: String) -> StepFailure {
    StepFailure(
      .configuration,
      "the public URL of the photo does not work: \(why) (\(media.url))",
      hint: "Check that the web server serves media.webroot.directory at media.webroot.base_url."
    )
  }
}
