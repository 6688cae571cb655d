import ArgumentParser
import Daemon
import FoundationEssentials
import Glibc
import Logging
import Operations
import Settings
import Systemd

/// Everything that reaches a terminal.
enum Console {
  /// Prints an error as `belfry: what happened` and `HINT: what to do`, and ends the process.
  static func fail(_ error: CommandError) -> Never {
    complain(error)
    exit(error.exit.rawValue)
  }

  /// Prints an error without ending.
  static func complain(_ error: CommandError) {
    writeError("belfry: \(error.message)\nHINT: \(error.hint)\n")
  }

  /// Writes to standard error.
  static func writeError(_ text: String) {
    let bytes = [UInt8](text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// Prints a value as JSON with snake_case keys.
  static func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Prints rows under headings, columns aligned; the last column is not padded.
  ///
  /// A note, where there is one, goes below its row.
  static func printTable(
    _ headings: [String],
    _ rows: [[String]],
    notes: [String?] = [],
    indent: String = ""
  ) {
    let widths = headings.indices.map { column in
      max(headings[column].count, rows.map { $0[column].count }.max() ?? 0)
    }
    let below = [nil] + notes
    for (number, row) in ([headings] + rows).enumerated() {
      let cells = row.indices.map { column in
        let padding = column == row.indices.last ? 0 : widths[column] - row[column].count
        return row[column] + String(repeating: " ", count: max(0, padding))
      }
      print(indent + cells.joined(separator: "  "))
      if number < below.count, let note = below[number] { print(note) }
    }
  }

  /// At most so many characters, with `…` for the rest.
  static func shorten(_ text: String, to width: Int) -> String {
    text.count > width ? text.prefix(width - 1) + "…" : text
  }

  /// Breaks at spaces so that nothing is wider than 118 columns.
  ///
  /// - Parameters:
  ///   - first: what the first line begins with; nil for the indent.
  ///   - indent: what every other line begins with.
  static func wrapped(_ text: String, first: String? = nil, indent: String) -> String {
    var lines: [String] = []
    var line = first ?? indent
    var isEmpty = true
    for word in text.split(whereSeparator: \.isWhitespace) {
      if line.count + word.count + 1 > 118 && !isEmpty {
        lines.append(line)
        line = indent
        isEmpty = true
      }
      line += (isEmpty && (line.isEmpty || line.last == " ") ? "" : " ") + word
      isEmpty = false
    }
    return (lines + [line]).joined(separator: "\n")
  }

  /// Reads a secret from standard input: one line, without echo when a person types it.
  static func readSecret(prompt: String) -> String? {
    var settings = termios()
    let isTerminal = isatty(STDIN_FILENO) == 1
    if isTerminal {
      writeError("\(prompt): ")
      unsafe tcgetattr(STDIN_FILENO, &settings)
      var quiet = settings
      quiet.c_lflag &= ~tcflag_t(ECHO)
      unsafe tcsetattr(STDIN_FILENO, TCSANOW, &quiet)
    }
    defer {
      if isTerminal {
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        writeError("\n")
      }
    }
    guard let line = readLine() else { return nil }
    let trimmed = line.drop(while: \.isWhitespace)
    guard let last = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return nil }
    return String(trimmed[...last])
  }
}

extension CommonOptions {
  /// The environment of the process.
  static var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// Where a command tells what it does: the journal when standard error is one, else standard error.
  static let backend = LoggingBackend.choose(environment: environment)

  /// A logger to the usual place.
  static func logger(level: Logger.Level) -> Logger {
    Logger(label: "belfry") { label in backend.handler(label: label, level: level) }
  }

  /// A logger of a command that changes posts: what it does belongs to their life, so it goes to the host's
  /// journal as well when a person runs it from a terminal.
  private static func witnessedLogger(level: Logger.Level) -> Logger {
    guard backend != .journal, LoggingBackend.journalListens else { return logger(level: level) }
    return Logger(label: "belfry") { label in
      MultiplexLogHandler([
        backend.handler(label: label, level: level),
        LoggingBackend.journal.handler(label: label, level: .info),
      ])
    }
  }

  /// Reads settings and credentials.
  ///
  /// - Parameters:
  ///   - level: what reaches standard error.
  ///   - changesPosts: whether the host's journal is told in any case.
  func context(
    level: Logger.Level = .warning,
    changesPosts: Bool = false
  ) async throws -> ServiceContext {
    try await ServiceContext.load(
      file: config,
      environment: Self.environment,
      logger: changesPosts ? Self.witnessedLogger(level: level) : Self.logger(level: level)
    )
  }
}
