import Instagram
import Pipeline
import Postgres
import Posts
import Store

/// What the account shows that no row of ours accounts for.
struct AccountMediaLookup: Sendable {
  let client: InstagramClient
  let owners: MediaStore

  /// Clocks of Meta, of the database and of this host may differ by this much, in seconds.
  static let clockTolerance = 120.0

  /// Feed media since then (seconds since 1970), newest first, that belong to no row.
  func unownedMedia(
    of account: InstagramAccount,
    since: Double
  ) async throws(StepFailure) -> [Media] {
    let recent: [Media]
    do {
      recent = try await media(of: account, since: since)
    } catch {
      throw StepFailure(error)
    }
    do {
      let owned = try await owners.owned(among: recent.map(\.id))
      return recent.filter { !owned.contains($0.id) && ($0.productType ?? "FEED") == "FEED" }
    } catch {
      throw StepFailure(.wait, error.message, hint: databaseHint)
    }
  }

  /// As many pages as it takes, at most ten.
  private func media(
    of account: InstagramAccount,
    since: Double
  ) async throws(InstagramError) -> [Media] {
    var found: [Media] = []
    var after: String?
    for _ in 0..<10 {
      let page = try await client.recentMedia(account, limit: 50, after: after)
      found += page.media.filter { Double($0.timestamp ?? .max) >= since }
      guard let next = page.after, let last = page.media.last,
        Double(last.timestamp ?? .max) >= since
      else { break }
      after = next
    }
    return found
  }
}
