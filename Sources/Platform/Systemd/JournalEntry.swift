import Logging

/// A log message as the fields of one journal entry, each `NAME=value` in bytes.
///
/// Values may hold anything, also line breaks: the journal's protocol frames them by length. Sizes are
/// bounded, so that no message, however it came about, can flood the journal.
struct JournalEntry {
  static let messageLimit = 16_384
  static let valueLimit = 4_096
  static let fieldLimit = 64
  /// The names that this type sets by itself, and that metadata therefore cannot.
  private static let ownNames: Set<String> = ["BELFRY_ERROR", "BELFRY_LOGGER", "BELFRY_OTHER"]

  private(set) var fields: [[UInt8]] = []

  init(event: LogEvent, metadata: Logger.Metadata, label: String) {
    add("MESSAGE", event.message.description, limit: Self.messageLimit)
    add("PRIORITY", "\(event.level.syslogPriority)")
    add("SYSLOG_IDENTIFIER", "belfry")
    add("CODE_FILE", event.file)
    add("CODE_LINE", "\(event.line)")
    add("CODE_FUNC", event.function)
    add("BELFRY_LOGGER", label)
    if let error = event.error { add("BELFRY_ERROR", "\(error)") }
    addMetadata(metadata)
  }

  /// In the order of the keys, so that the same message is the same entry.
  private mutating func addMetadata(_ metadata: Logger.Metadata) {
    var seen = Self.ownNames
    var others: [String] = []
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      let text = value.description
      if key == "message_id", let id = Self.messageID(text) {
        add("MESSAGE_ID", id)
      } else if fields.count < Self.fieldLimit - 1, let field = JournalField(metadataKey: key),
        seen.insert(field.name).inserted
      {
        add(field.name, text)
      } else {
        // No field can have this name; what was said is kept all the same.
        others.append("\(key)=\(shortened(text, limit: Self.valueLimit))")
      }
    }
    if !others.isEmpty { add("BELFRY_OTHER", others.joined(separator: "\n")) }
  }

  private mutating func add(_ name: String, _ value: String, limit: Int = valueLimit) {
    fields.append(Array("\(name)=\(shortened(value, limit: limit))".utf8))
  }

  /// A 128-bit id as `MESSAGE_ID` wants it: 32 hexadecimal digits in lower case.
  private static func messageID(_ text: String) -> String? {
    let digits = text.lowercased().filter { $0 != "-" }
    let isHexadecimal = digits.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
    return digits.utf8.count == 32 && isHexadecimal ? digits : nil
  }
}

extension Logger.Level {
  /// The priority of syslog(3): 2 critical … 7 debug.
  var syslogPriority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
