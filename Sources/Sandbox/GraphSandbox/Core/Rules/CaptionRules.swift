/// Instagram's limits on the texts of a post.
enum CaptionRules {
  /// UTF-16 units of a caption.
  ///
  /// The unit is not documented; UTF-16 never counts less than code points.
  static let captionLength = 2200
  /// Accounts mentioned in a caption.
  static let mentions = 20
  /// Hashtags in a caption.
  static let hashtags = 30
  /// UTF-16 units of an alternative text.
  static let altTextLength = 1000

  /// Refuses a caption that is too long or names too many accounts or tags.
  static func check(caption: String) throws(GraphError) {
    let length = caption.utf16.count
    if length > captionLength { throw .captionTooLong(length, limit: captionLength) }
    if count("@", in: caption) > mentions {
      throw GraphError(
        code: 100,
        subcode: 2_207_040,
        message: "Invalid parameter",
        userTitle: "Too many tags",
        userMessage: "Cannot use more than \(mentions) tags per created media."
      )
    }
    // No body is known for this one: Meta documents the limit and not its error.
    if count("#", in: caption) > hashtags {
      throw .invalid("(#100) Cannot use more than \(hashtags) hashtags per created media.")
    }
  }

  /// How many words of a caption begin with `mark`: it follows no letter or digit, and one follows it.
  static func count(_ mark: Character, in caption: String) -> Int {
    var count = 0
    var previous: Character = " "
    var isPending = false
    for character in caption {
      if isPending, isWord(character) { count += 1 }
      isPending = character == mark && !isWord(previous)
      previous = character
    }
    return count
  }

  private static func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }
}
