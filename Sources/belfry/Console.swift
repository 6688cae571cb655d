import ArgumentParser
import Daemon
import FoundationEssentials
import Glibc
import Logging
import Settings
import Systemd

/// Everything that reaches a terminal.
enum Console {
  /// Prints an error as `belfry: what happened` and `HINT: what to do`, and ends the process.
  static func fail(_ error: ProgramError) -> Never {
    complain(error)
    exit(error.exit.rawValue)
  }

  /// Prints an error without ending.
  static func complain(_ error: ProgramError) {
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
  static func printTable(_ headings: [String], _ rows: [[String]], indent: String = "") {
    let widths = headings.indices.map { column in
      max(headings[column].count, rows.map { $0[column].count }.max() ?? 0)
    }
    for row in [headings] + rows {
      let cells = row.indices.map { column in
        let padding = column == row.indices.last ? 0 : widths[column] - row[column].count
        return row[column] + String(repeating: " ", count: max(0, padding))
      }
      print(indent + cells.joined(separator: "  "))
    }
  }

  /// Breaks a text at spaces so that nothing is wider than 120 columns, unless a word is.
  static func wrapped(_ text: String, first: String, rest: String) -> String {
    var lines: [String] = []
    var line = first
    for word in text.split(separator: " ") {
      if line.count + word.count + 1 > 118 && !line.allSatisfy({ $0 == " " }) {
        lines.append(line)
        line = rest
      }
      line += (line.last == " " ? "" : " ") + word
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

  /// A logger that writes to the journal when standard error is one, else to standard error.
  static func logger(level: Logger.Level) -> Logger {
    let backend = LoggingBackend.choose(environment: environment)
    return Logger(label: "belfry") { label in backend.handler(label: label, level: level) }
  }

  /// Reads settings and credentials.
  func installation(level: Logger.Level = .warning) async throws -> Installation {
    try await Installation.load(
      file: config,
      environment: Self.environment,
      logger: Self.logger(level: level)
    )
  }
}
