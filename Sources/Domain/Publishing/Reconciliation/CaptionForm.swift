/// A caption as it can be compared: white space folded, and a second form without `@`.
///
/// Meta returns captions without the `@` sign unless the app's user can perform admin-equivalent tasks
/// (IG Media reference). An empty caption matches nothing.
struct CaptionForm: Hashable, Sendable {
  private let text: String
  private let withoutAt: String

  init(_ caption: String) {
    text = caption.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    withoutAt = text.filter { $0 != "@" }
  }

  var isEmpty: Bool { withoutAt.isEmpty }

  func matches(_ other: String) -> Bool {
    let other = CaptionForm(other)
    guard !isEmpty else { return false }
    return text == other.text || withoutAt == other.withoutAt
  }
}
