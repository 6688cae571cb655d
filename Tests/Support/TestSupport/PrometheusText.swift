/// A file in Prometheus' text format, read more strictly than Prometheus does.
///
/// Every line must be a HELP, a TYPE or a sample; each family has both comments once, directly before its
/// samples; names and labels have the allowed characters; no series appears twice; and the file ends with a
/// line feed (https://prometheus.io/docs/instrumenting/exposition_formats/).
public struct PrometheusText: Sendable {
  /// What is wrong with the text.
  public struct Flaw: Error, CustomStringConvertible {
    /// The line and its flaw.
    public let description: String
  }

  /// The type of each family, by its name.
  public private(set) var types: [String: String] = [:]
  /// The value of each series: `name` or `name{label="value",…}` as written.
  public private(set) var values: [String: Double] = [:]

  /// Reads a whole file.
  public init(_ text: String) throws {
    guard text.hasSuffix("\n") else { throw Flaw(description: "the last line has no end") }
    var family = ""
    var helped = ""
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      func refuse(_ why: String) -> Flaw { Flaw(description: "'\(line)': \(why)") }
      if let help = line.wholeMatch(of: /# HELP ([a-z][a-z0-9_]*) (\S.*)/) {
        helped = String(help.output.1)
        guard types[helped] == nil else { throw refuse("the family appears twice") }
      } else if let type = line.wholeMatch(of: /# TYPE ([a-z][a-z0-9_]*) (counter|gauge)/) {
        family = String(type.output.1)
        guard family == helped else { throw refuse("TYPE does not follow the HELP of its family") }
        types[family] = String(type.output.2)
        guard (type.output.2 == "counter") == family.hasSuffix("_total") else {
          throw refuse("counters, and only counters, end in _total")
        }
      } else if let sample = line.wholeMatch(of: Self.sample) {
        guard sample.output.1 == family else { throw refuse("the sample is not in its family") }
        guard let value = Double(sample.output.3), value.isFinite else {
          throw refuse("the value is not a number")
        }
        let series = family + (sample.output.2.map(String.init) ?? "")
        guard values.updateValue(value, forKey: series) == nil else {
          throw refuse("the series appears twice")
        }
      } else {
        throw refuse("it is neither HELP, TYPE nor a sample")
      }
    }
    for name in types.keys where !values.keys.contains(where: { $0.hasPrefix(name) }) {
      throw Flaw(description: "\(name) has no sample")
    }
  }

  private static var sample: Regex<(Substring, Substring, Substring?, Substring)> {
    /([a-z][a-z0-9_]*)(\{[a-z][a-z0-9_]*="(?:[^"\\]|\\[\\n"])*"(?:,[a-z][a-z0-9_]*="(?:[^"\\]|\\[\\n"])*")*\})? (-?[0-9][0-9.e+-]*)/
  }

  /// The value of a series.
  public subscript(_ series: String) -> Double? { values[series] }
}
