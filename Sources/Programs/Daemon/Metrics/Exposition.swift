/// Prometheus' text format, version 0.0.4: families of samples, each with HELP and TYPE.
struct Exposition {
  /// One number of a family.
  struct Sample {
    /// The values of the family's labels, in their order.
    let labels: [String]
    let value: Double

    init(_ value: Double, _ labels: String...) {
      self.value = value
      self.labels = labels
    }
  }

  private(set) var text = ""

  /// Adds a family; one without samples leaves nothing.
  mutating func add(_ family: MetricFamily, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    let name = family.rawValue
    let row = family.row
    text += "# HELP \(name) \(Self.escaped(row.help, quotes: false))\n"
    text += "# TYPE \(name) \(row.kind.rawValue)\n"
    for sample in samples {
      assert(sample.labels.count == row.labels.count, "\(name) has \(row.labels.count) labels")
      let labels = zip(row.labels, sample.labels).map { label, value in
        "\(label.rawValue)=\"\(Self.escaped(value, quotes: true))\""
      }
      let braces = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
      text += "\(name)\(braces) \(Self.number(sample.value))\n"
    }
  }

  /// Adds a family of one number; nil leaves nothing.
  mutating func add(_ family: MetricFamily, _ value: Double?) {
    add(family, value.map { [Sample($0)] } ?? [])
  }

  /// A label's value may be any text; backslash, quotation mark and line feed are escaped.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static func number(_ value: Double) -> String {
    if let whole = Int64(exactly: value) { return "\(whole)" }
    return "\(value)"
  }
}
