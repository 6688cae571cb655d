import CSystemd
import Glibc
public import Logging

/// Sends log messages to the systemd journal, with their metadata as fields.
///
/// Success is not delivery: `sd_journal_sendv(3)` reports none when no journal listens. So the choice
/// between this and ``StderrLogHandler`` is made once, by ``LoggingBackend``.
public struct JournalLogHandler: LogHandler {
  /// Messages below this level are not made.
  public var logLevel: Logger.Level
  /// What every message of this logger carries.
  public var metadata: Logger.Metadata = [:]
  /// Adds what the current task carries.
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String

  /// A handler for the logger `label`.
  public init(
    label: String,
    level: Logger.Level = .info,
    metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.label = label
    logLevel = level
    self.metadataProvider = metadataProvider
  }

  /// One metadata value of this logger.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Sends one entry; returns before the journal has stored it.
  public func log(event: LogEvent) {
    let all = merged(metadata, metadataProvider, event.metadata)
    JournalEntry(event: event, metadata: all, label: label).send()
  }
}

extension JournalEntry {
  /// Hands the fields to the journal; errors cannot be reported anywhere better, and are dropped.
  func send() {
    var bytes = fields.flatMap { $0 }
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard var next = buffer.baseAddress else { return }
      // Safety: the vectors point into `buffer`, one after the other, and are used before it ends.
      var vectors: [iovec] = unsafe []
      for field in fields {
        unsafe vectors.append(iovec(iov_base: next, iov_len: field.count))
        unsafe next += field.count
      }
      _ = unsafe sd_journal_sendv(vectors, Int32(vectors.count))
    }
  }
}

/// The logger's metadata, overridden by the task's, overridden by the message's.
func merged(
  _ logger: Logger.Metadata,
  _ provider: Logger.MetadataProvider?,
  _ message: Logger.Metadata?
) -> Logger.Metadata {
  var merged = logger
  if let provider { merged.merge(provider.get()) { _, task in task } }
  if let message { merged.merge(message) { _, own in own } }
  return merged
}
