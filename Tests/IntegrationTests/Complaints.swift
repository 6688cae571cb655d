import GraphSandbox
import TestSupport
import Testing

/// Expects that a program refused as Belfry refuses: nothing on standard output, and two lines on standard
/// error, what happened and what to do.
func expectComplaint(
  _ output: ChildProcess.Output,
  exit code: Int32,
  _ message: String,
  hint: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let lines = output.stderr.split(separator: "\n", omittingEmptySubsequences: false).map(
    String.init
  )
  #expect(output.status == .exited(code), "\(output.stderr)", sourceLocation: sourceLocation)
  #expect(output.stdout == "", sourceLocation: sourceLocation)
  #expect(lines.count == 3 && lines.last == "", "\(lines)", sourceLocation: sourceLocation)
  guard lines.count > 1 else { return }
  #expect(lines[0].hasPrefix("belfry: "), sourceLocation: sourceLocation)
  #expect(lines[0].contains(message), "\(lines[0])", sourceLocation: sourceLocation)
  #expect(lines[1].hasPrefix("HINT: "), sourceLocation: sourceLocation)
  #expect(lines[1].contains(hint), "\(lines[1])", sourceLocation: sourceLocation)
}

/// Expects that a program did what it was asked for.
func expectSuccess(
  _ output: ChildProcess.Output,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    output.status == .exited(0),
    "\(output.stdout)\(output.stderr)",
    sourceLocation: sourceLocation
  )
}

extension TestInstallation {
  /// Expects that every row that says `posted` is exactly one post on its account, and the other way round.
  func expectTruth(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let rows = try await posts("post.status = 'posted'")
    let media = sandbox.published()
    #expect(rows.count == media.count, sourceLocation: sourceLocation)
    for row in rows {
      let match = media.filter { $0.id == row.media }
      #expect(match.map(\.caption) == [row.caption], "\(row)", sourceLocation: sourceLocation)
    }
    #expect(sandbox.duplicates == [], sourceLocation: sourceLocation)
  }
}
