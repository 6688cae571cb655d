import FoundationEssentials
public import Testing

// Documents that repeat what a table in the code says: `make docs` writes them, the tests compare them.
//
// A test generates the text and calls one of the functions below. It fails when the file in the repository says
// something else; with BELFRY_TEST_ACCEPT=1, which `make docs` sets, it writes the file instead. So the tests
// are the only generator, nobody can forget to run it, and no program is built for it alone.

/// Expects that the file at `path` of the repository is `text`.
public func expectDocument(
  _ path: String,
  is text: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let current = try repositoryText(path)
  guard let difference = firstDifference(text, current) else { return }
  if isAccepting {
    let file = repositoryRoot.appending(path: path).path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return
  }
  Issue.record(
    """
    \(path), line \(difference.line), is not what its table says
    table: \(difference.expected)
    file:  \(difference.printed)
    HINT: Change the table that the document names at its top, then run 'make docs'.
    """,
    sourceLocation: sourceLocation
  )
}

/// Expects that a part of the file at `path` is `text`: the lines between the line that contains
/// "`name` begin" and the line that contains "`name` end".
public func expectDocument(
  _ path: String,
  has text: String,
  between name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let current = try repositoryText(path)
  let lines = current.split(separator: "\n", omittingEmptySubsequences: false)
  let begin = try #require(
    lines.firstIndex { $0.contains("\(name) begin") },
    "\(path) has no line with '\(name) begin'",
    sourceLocation: sourceLocation
  )
  let end = try #require(
    lines[begin...].firstIndex { $0.contains("\(name) end") },
    "\(path) has no line with '\(name) end'",
    sourceLocation: sourceLocation
  )
  let whole = lines[...begin] + text.split(separator: "\n", omittingEmptySubsequences: false)
  try expectDocument(
    path,
    is: (whole + lines[end...]).joined(separator: "\n"),
    sourceLocation: sourceLocation
  )
}

/// Breaks `text` into lines of at most `width` characters, each behind `prefix`.
public func wrapped(_ text: String, width: Int, prefix: String = "") -> String {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty, prefix.count + line.count + 1 + word.count > width {
      lines.append(prefix + line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " \(word)"
  }
  return (lines + [prefix + line]).joined(separator: "\n")
}
