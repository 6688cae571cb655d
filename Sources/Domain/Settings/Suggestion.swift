/// The candidate that `text` is most likely a misspelling of, or nil when none is near.
///
/// Words that differ only in case or in their separators are the same (`maxInFlight`,
/// `max-in-flight`). A last part that stands at the end of exactly one candidate is taken for it,
/// because a forgotten section is a common mistake. Otherwise the smallest edit distance decides, up to
/// a third of the length.
public func nearest(to text: String, among candidates: [String]) -> String? {
  let wanted = folded(text)
  if let same = candidates.first(where: { folded($0) == wanted }) { return same }
  let lastPart = folded(text.split(separator: ".").last.map(String.init) ?? text)
  let withSameEnd = candidates.filter {
    folded($0.split(separator: ".").last.map(String.init) ?? $0) == lastPart
  }
  if withSameEnd.count == 1 { return withSameEnd.first }
  let ranked = candidates.map { (candidate: $0, distance: editDistance(wanted, folded($0))) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, wanted.count / 3) ? best.candidate : nil
}

/// How many insertions, deletions, replacements and swaps of neighbours turn `first` into `second`.
///
/// The "optimal string alignment" distance; quadratic, so both texts are cut at 100 characters.
func editDistance(_ first: [Character], _ second: [Character]) -> Int {
  let first = Array(first.prefix(100))
  let second = Array(second.prefix(100))
  var beforeLast: [Int] = []
  var last = Array(0...second.count)
  for row in 0..<first.count {
    var current = [row + 1]
    for column in 0..<second.count {
      let replaced = last[column] + (first[row] == second[column] ? 0 : 1)
      var best = min(replaced, last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current.append(best)
    }
    beforeLast = last
    last = current
  }
  return last[second.count]
}

private func folded(_ text: String) -> [Character] {
  Array(text.lowercased().filter { $0 != "_" && $0 != "-" && $0 != "." })
}
