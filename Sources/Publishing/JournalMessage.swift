/// The fixed `MESSAGE_ID`s of Belfry's journal entries; never changed, never reused.
///
/// `journalctl MESSAGE_ID=…` finds every entry of a kind, on every host.
public enum JournalMessage: String, Sendable, CaseIterable {
  /// Instagram answered with the media id; written before the database knows it.
  case live = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d01"
  /// A post is published and recorded.
  case posted = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d02"
  /// A post goes back to the queue for a later try.
  case deferred = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d03"
  /// A post is given up.
  case failed = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d04"
  /// A post may be live and nobody can prove it.
  case unconfirmed = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d05"
  /// Another instance owns the post now.
  case leaseLost = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d06"
  /// A dead owner's post was taken over.
  case takenOver = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d07"
  /// A persona was put on hold after an account error.
  case personaHeld = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d08"
  /// A post was leased.
  case leased = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d09"
  /// A step of a post changed its phase.
  case step = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0a"
  /// The service looked for due posts.
  case wake = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0b"
  /// The database is away, or back.
  case database = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0c"
  /// Instagram was asked about an unconfirmed post.
  case reconciled = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0e"
  /// Instagram fails for several accounts at once, or serves again.
  case platform = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0f"
  /// The service is ready, reloads, drains or ends.
  case service = "2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0d"
}
