/// Makes the ids, short codes and trace ids that answers carry.
///
/// Ids are 17-digit decimals that only grow, and begin with the time, so that neither a reset nor a
/// restarted sandbox hands one out twice to a database that remembers the earlier ones.
struct IdentifierSource: Sendable {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  )
  private var state: UInt64
  private var last: UInt64 = 0

  /// Equal seeds make equal sequences for equal times.
  init(seed: UInt64) { state = seed }

  /// A fresh id for a container or a media.
  mutating func next(at now: Moment) -> String {
    let floor = 17_000_000_000_000_000 + UInt64(max(0, now.milliseconds)) * 500
    last = max(last, floor) + 1 + random() % 499
    return String(last)
  }

  /// A fresh `fbtrace_id`, shaped like `A64fo04Ql_J8awy5i6rs6so`.
  mutating func traceID() -> String {
    "A" + String((0..<22).map { _ in Self.alphabet[Int(random() % 64)] })
  }

  /// A fresh access token of the given prefix (`IGAA`, `EAA`).
  mutating func token(prefix: String) -> String {
    prefix + String((0..<48).map { _ in Self.alphabet[Int(random() % 62)] })
  }

  /// The short code that stands for a media id in its permalink; eleven characters.
  static func shortcode(of id: String) -> String {
    var rest = UInt64(id) ?? 0
    var digits: [Character] = []
    for _ in 0..<10 {
      digits.append(alphabet[Int(rest % 64)])
      rest /= 64
    }
    return "D" + String(digits.reversed())
  }

  /// SplitMix64, by its published constants (Steele, Lea, Flood 2014): small, and enough for ids.
  private mutating func random() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
