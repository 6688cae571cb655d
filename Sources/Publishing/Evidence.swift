import Instagram
import Pipeline
import Postgres
import Posts
public import Store

/// Tells which media ids belong to rows already.
public struct MediaOwners: Sendable {
  let store: MediaStore

  /// Asks `store`.
  public init(store: MediaStore) { self.store = store }
}

/// Looks on the platform for proof that a container was published.
///
/// Only a proof counts: the container says PUBLISHED, and exactly one media of the account has the
/// caption, is not older than the request (less two minutes for clocks), and belongs to no other row.
/// Taking the newest media instead would bind somebody else's post.
struct Evidence: Sendable {
  let client: InstagramClient
  let owners: MediaOwners

  /// Clocks of Meta, of this host and of the database may differ by this much.
  private static let clockTolerance = 120.0

  func media(
    from container: ContainerID,
    caption: String,
    since requestedAt: Double,
    account: InstagramAccount
  ) async throws(StepFailure) -> MediaID {
    let status: ContainerStatus
    let candidates: [Media]
    do {
      status = try await client.containerStatus(container, account).status
      candidates =
        status == .published ? try await client.recentMedia(account, limit: 50).media : []
    } catch {
      throw undecided(error.message)
    }
    guard status == .published else {
      throw undecided("container \(container) is not published yet")
    }
    let wanted = CaptionForm(caption)
    guard !wanted.isEmpty else { throw undecided("a post without caption cannot be recognised") }
    let matches = candidates.filter { media in
      wanted.matches(media.caption ?? "")
        && Double(media.timestamp ?? 0) >= requestedAt - Self.clockTolerance
    }
    let owned: Set<MediaID>
    do {
      owned = try await owners.store.owned(among: matches.map(\.id))
    } catch {
      throw undecided("cannot compare with the database: \(error.message)")
    }
    let free = matches.filter { !owned.contains($0.id) }
    guard free.count == 1, let match = free.first else {
      throw undecided(
        free.isEmpty
          ? "no media with this caption is listed" : "\(free.count) media have this caption"
      )
    }
    return match.id
  }

  private func undecided(_ why: String) -> StepFailure {
    StepFailure(
      .unknown,
      "publishing was requested and its outcome is not proven: \(why)",
      hint: "Look at the account: the post may be live. It is not sent again by itself."
    )
  }
}

/// A caption as it can be compared: Meta folds white space and may return it without `@`.
struct CaptionForm: Hashable, Sendable {
  private let text: String
  private let withoutAt: String

  init(_ caption: String) {
    text = caption.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    withoutAt = text.filter { $0 != "@" }
  }

  var isEmpty: Bool { text.isEmpty }

  func matches(_ other: String) -> Bool {
    let other = CaptionForm(other)
    return text == other.text || withoutAt == other.withoutAt
  }
}
