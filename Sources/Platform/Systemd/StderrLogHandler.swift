import Glibc
public import Logging

/// Writes log messages to standard error, one line each, for people and for log files.
///
///     2026-11-25T14:00:00Z warning belfry: deferred post=412 persona=sarah
///
/// A line is written with one write(2), so that lines of several processes in one file stay whole as
/// long as they are short (4 KiB on a pipe). Nothing in a message can start a second line.
public struct StderrLogHandler: LogHandler {
  /// What stands at the beginning of a line.
  public enum Style: Sendable, Hashable {
    /// The time in UTC: for terminals and log files.
    case timestamps
    /// `<N>`, the priority that the service manager strips and stores (sd-daemon(3)).
    case priorities
  }

  /// Messages below this level are not made.
  public var logLevel: Logger.Level
  /// What every message of this logger carries.
  public var metadata: Logger.Metadata = [:]
  /// Adds what the current task carries.
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let style: Style

  /// A handler for the logger `label`.
  public init(
    label: String,
    level: Logger.Level = .info,
    style: Style = .timestamps,
    metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.label = label
    logLevel = level
    self.style = style
    self.metadataProvider = metadataProvider
  }

  /// One metadata value of this logger.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes one line; a line that standard error does not take is lost.
  public func log(event: LogEvent) {
    let all = merged(metadata, metadataProvider, event.metadata)
    let line = Self.line(event, all, label: label, prefix: prefix(event.level))
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes {
        unsafe write(STDERR_FILENO, $0.baseAddress, $0.count)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return }
      rest = rest.dropFirst(written)
    }
  }

  static func line(
    _ event: LogEvent,
    _ metadata: Logger.Metadata,
    label: String,
    prefix: String
  ) -> String {
    var line = "\(prefix)\(event.level) \(label): "
    line += oneLine(event.message.description, limit: JournalEntry.messageLimit)
    if let error = event.error { line += " error=\(quoted("\(error)"))" }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != "message_id" {
      line += " \(oneLine(key, limit: 64))=\(quoted(value.description))"
    }
    return line
  }

  private func prefix(_ level: Logger.Level) -> String {
    switch style {
    case .priorities: "<\(level.syslogPriority)>"
    case .timestamps: Self.timestamp(time(nil)) + " "
    }
  }

  /// The moment `seconds` after the epoch as ISO 8601 in UTC.
  static func timestamp(_ seconds: time_t) -> String {
    var seconds = seconds
    var parts = unsafe tm()
    guard unsafe gmtime_r(&seconds, &parts) != nil else { return "?" }
    let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
    let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):\(two(second))Z"
  }

  /// A value in one line, in quotation marks when it would otherwise look like several.
  private static func quoted(_ text: String) -> String {
    let line = oneLine(text, limit: JournalEntry.valueLimit)
    guard line.isEmpty || line.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else {
      return line
    }
    let escaped = line.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    return "\"\(escaped)\""
  }
}
