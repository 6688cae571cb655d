public import Logging
import Posts

// The journal is an interface: operators filter it, and `journalctl -x` explains an entry from the catalogue.
//
// A `JournalMessage` is one row of a table: the id, event name and level of an entry, and what the catalogue says
// about it. `logger.log(.posted, "…")` is the only way to write an entry with a MESSAGE_ID, so that no call can
// use a level that the table does not have. `make docs` writes systemd/belfry.catalog and the lists of
// docs/journal.md from the table.
//
// A message that is written at several levels has a row for each; they share the id, because cause and repair are
// the same. A failure of a post has the id of its class for the same reason; what became of the post (deferred,
// failed, unconfirmed) is the event.

/// A fixed kind of journal entry.
///
/// Ids and event names never change and are never reused: `journalctl MESSAGE_ID=…` finds every entry of a
/// kind, on every host.
public struct JournalMessage: Sendable, Hashable {
  /// What `journalctl -x` prints; lines end at 80 characters, and `@FIELD@` stands for the entry's field.
  struct Explanation: Sendable, Hashable {
    /// The heading.
    let subject: String
    /// What happened, why, and what Belfry does.
    let cause: String
    /// What the operator does.
    let repair: String
  }

  /// The `MESSAGE_ID`.
  public let id: String
  /// The value of `BELFRY_EVENT`: what happened, in one word.
  public let event: String
  /// Who must act; `docs/journal.md` defines the levels.
  public let level: Logger.Level
  /// When it is written, in words that follow "happens when".
  let occasion: String
  /// The class of the failures that have this id; nil for what is no failure of a post.
  let failureClass: FailureClass?
  let explanation: Explanation

  /// A message with one level.
  init(
    _ id: String,
    _ event: String,
    _ level: Logger.Level,
    when occasion: String,
    subject: String,
    cause: String,
    repair: String
  ) {
    self.init(
      id: id,
      event: event,
      level: level,
      occasion: occasion,
      failureClass: nil,
      explanation: Explanation(subject: subject, cause: cause, repair: repair)
    )
  }

  init(
    id: String,
    event: String,
    level: Logger.Level,
    occasion: String,
    failureClass: FailureClass?,
    explanation: Explanation
  ) {
    self.id = id
    self.event = event
    self.level = level
    self.occasion = occasion
    self.failureClass = failureClass
    self.explanation = explanation
  }

  /// The same message at another level.
  func at(_ level: Logger.Level, when occasion: String) -> JournalMessage {
    JournalMessage(
      id: id,
      event: event,
      level: level,
      occasion: occasion,
      failureClass: failureClass,
      explanation: explanation
    )
  }

  /// Every row, in the order of the documentation.
  static let all: [JournalMessage] = ofPosts + ofFailures + ofPlatform + ofService

  /// A repair: there is none to make.
  static let nothingToDo = "Nothing needs to be done."

  /// A repair: the entry itself says it.
  static let seeHint = """
    What to do in this case is the field BELFRY_HINT:
    @BELFRY_HINT@
    """
}
