extension JournalMessage {
  /// The fields of entries, by the key of the logging metadata: `post` is `BELFRY_POST` in the journal.
  static let fields: [(key: String, meaning: String)] = [
    ("post", "the post's id"),
    ("persona", "its persona's name"),
    ("step", "the step of the pipeline"),
    ("attempt", "1 for the first attempt at the post"),
    ("class", "the class of a failure ([errors.md](errors.md))"),
    ("instance", "the row of `instances` that did it"),
    ("event", "what happened, in one word: the first column below"),
    ("action", "what an operator did: `hold`, `release`, `retry`, `cancel`, `move` or `resolve`"),
    ("hint", "what to do, as a command or a sentence"),
    ("media", "Instagram's id of the published post"),
    ("permalink", "the public address of the published post"),
    ("container", "Instagram's id of the container"),
  ]
}
