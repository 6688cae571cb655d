import Glibc
public import Logging

/// Where log messages go; decided once, at the start.
public enum LoggingBackend: Sendable, Hashable {
  /// To the journal, natively, with fields.
  case journal
  /// To standard error as text.
  case standardError(StderrLogHandler.Style)

  /// The journal when standard error is connected to it, else standard error.
  ///
  /// systemd.exec(5) defines `$JOURNAL_STREAM` as the device and inode number of the stream, and asks to
  /// compare them: a child whose output was redirected inherits the variable all the same.
  ///
  /// - Parameter environment: the process environment.
  public static func choose(environment: [String: String]) -> LoggingBackend {
    var status = stat()
    guard
      let stream = environment["JOURNAL_STREAM"],
      unsafe fstat(STDERR_FILENO, &status) == 0,
      stream == "\(status.st_dev):\(status.st_ino)"
    else { return .standardError(.timestamps) }
    return .journal
  }

  /// Whether a journal listens on this host, wherever our standard error goes (sd_journal_print(3)).
  public static var journalListens: Bool {
    unsafe access("/run/systemd/journal/socket", W_OK) == 0
  }

  /// A handler of this kind, as `LoggingSystem.bootstrap` wants it.
  public func handler(
    label: String,
    level: Logger.Level = .info,
    metadataProvider: Logger.MetadataProvider? = nil
  ) -> any LogHandler {
    switch self {
    case .journal:
      JournalLogHandler(label: label, level: level, metadataProvider: metadataProvider)
    case .standardError(let style):
      StderrLogHandler(label: label, level: level, style: style, metadataProvider: metadataProvider)
    }
  }
}
