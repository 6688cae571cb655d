/// What an import did, or in a rehearsal would do.
public struct RailsReport: Sendable {
  /// What became of the rows of one table.
  public struct Tally: Sendable {
    /// Of what.
    public let kind: RailsKind
    /// Rows there.
    public var found = 0
    /// New here.
    public var brought = 0
    /// Here already, made by somebody else, and left as they are.
    public var matched = 0
    /// Brought by an earlier import, and left as they are.
    public var known = 0
    /// Not brought.
    public var left = 0
  }

  /// One row that did not simply come over.
  public struct Finding: Sendable, Hashable {
    /// What it is.
    public let kind: RailsKind
    /// Its id in the Rails database.
    public let originID: Int64
    /// What happened, lower case.
    public let cause: String
    /// What to do, in words.
    public let advice: String
  }

  /// Whether anything was changed.
  public let isApplied: Bool
  /// The Rails database's name.
  public let database: String
  /// What `rails_imports` calls it.
  public let source: String
  /// A line for each table.
  public var tallies: [Tally]
  /// New posts by the state in which they arrived.
  public var states: [String: Int] = [:]
  /// Rows that came, but not as they were, or that somebody should look at.
  public var notes: [Finding] = []
  /// Rows that did not come, or contradict what is here: a human's turn.
  public var left: [Finding] = []
  /// Tables that an import does not bring over, with their rows.
  public let otherTables: [(table: String, rows: Int)]

  init(_ data: RailsData, isApplied: Bool) {
    self.isApplied = isApplied
    database = data.database
    source = data.source
    tallies = [
      Tally(kind: .persona, found: data.personas.count),
      Tally(kind: .cluster, found: data.clusters.count),
      Tally(kind: .photo, found: data.photos.count),
      Tally(kind: .post, found: data.posts.count),
    ]
    otherTables = data.strategyRows
  }

  /// Whether every row came, now or before.
  public var isComplete: Bool { left.isEmpty }

  /// New rows, of whatever kind.
  public var brought: Int { tallies.reduce(0) { $0 + $1.brought } }

  mutating func count(_ kind: RailsKind, _ change: (inout Tally) -> Void) {
    guard let index = tallies.firstIndex(where: { $0.kind == kind }) else { return }
    change(&tallies[index])
  }

  mutating func leave(_ kind: RailsKind, _ id: Int64, _ cause: String, advice: String) {
    left.append(Finding(kind: kind, originID: id, cause: cause, advice: advice))
    count(kind) { $0.left += 1 }
  }

  mutating func note(_ kind: RailsKind, _ id: Int64, _ cause: String, advice: String) {
    notes.append(Finding(kind: kind, originID: id, cause: cause, advice: advice))
  }
}
