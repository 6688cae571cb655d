import TestSupport
import Testing

@testable import Daemon

/// The document that repeats the table of metrics; `make docs` writes it through this suite.
@Suite("Generated documents of the metrics")
struct GeneratedDocumentTests {
  @Test("docs/metrics.md says what the table says")
  func manual() throws {
    try expectDocument("docs/metrics.md", has: rows(.gauge), between: "gauges")
    try expectDocument("docs/metrics.md", has: rows(.counter), between: "counters")
  }

  private func rows(_ kind: MetricFamily.Kind) -> String {
    let rows = MetricFamily.allCases.filter { $0.row.kind == kind }.map { family in
      let labels = family.row.labels.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      return "| `\(family.rawValue)` | \(labels.isEmpty ? "" : labels + " ")| \(family.row.help) |"
    }
    // An empty line on both sides, as Markdown wants it between a comment and a table.
    return (["", "| name | labels | help |", "|---|---|---|"] + rows + [""]).joined(separator: "\n")
  }
}

@Suite("The table of metrics")
struct MetricFamilyTests {
  @Test("Names, help and types follow the conventions of Prometheus")
  func conventions() {
    for family in MetricFamily.allCases {
      let name = family.rawValue
      #expect(name.wholeMatch(of: /belfry(_[a-z]+)+/) != nil, "\(name)")
      #expect(name.hasSuffix("_total") == (family.row.kind == .counter), "\(name)")
      #expect(family.row.help.hasSuffix("."), "\(name)")
    }
  }

  @Test(
    "Alerts and queries that we ship name only metrics, labels and values that exist",
    arguments: ["etc/examples/prometheus-belfry.rules.yaml", "docs/metrics.md"]
  )
  func alerts(path: String) throws {
    let text = try repositoryText(path)
    let names = Set(MetricFamily.allCases.map(\.rawValue))
    let used = text.matches(of: /\b(belfry(?:_[a-z]+)+)/).map { String($0.output.1) }
    #expect(Set(used).count >= 5)
    #expect(Set(used).isSubset(of: names), "\(Set(used).subtracting(names))")

    // A selector's labels belong to its metric, and the states in it exist.
    for match in text.matches(of: /(belfry(?:_[a-z]+)+)\{([a-z]+)=~?"([^"]*)"\}/) {
      let family = try #require(MetricFamily(rawValue: String(match.output.1)))
      let label = try #require(MetricFamily.Label(rawValue: String(match.output.2)))
      #expect(family.row.labels.contains(label), "\(match.output.0)")
      guard label == .state else { continue }
      for value in match.output.3.replacing("\\", with: "").split(separator: "|") {
        #expect(MetricState(rawValue: String(value)) != nil, "\(value)")
      }
    }
    // What is grouped by is a label of every metric in the aggregation.
    for match in text.matches(of: /by \(([a-z]+)\) \((belfry(?:_[a-z]+)+)/) {
      let family = try #require(MetricFamily(rawValue: String(match.output.2)))
      let label = try #require(MetricFamily.Label(rawValue: String(match.output.1)))
      #expect(family.row.labels.contains(label), "\(match.output.0)")
    }
  }

  @Test("The manual names the states that the label has, in order")
  func states() throws {
    let text = try repositoryText("docs/metrics.md")
    let sentence = try #require(text.firstMatch(of: #/(?s)The states are (.*?)\. /#))
    let named = sentence.output.1.matches(of: /`([a-z]+)`/).map { String($0.output.1) }
    #expect(named == MetricState.allCases.map(\.rawValue))
  }
}
