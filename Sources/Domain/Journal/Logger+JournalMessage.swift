public import Logging

extension Logger {
  /// Writes `message`, at its level and with its id and event.
  ///
  /// - Parameters:
  ///   - message: the row of the table.
  ///   - text: what happened with what, in lower case, without a period.
  ///   - fields: what the entry is about; the names are those of ``JournalMessage/fields``.
  public func log(
    _ message: JournalMessage,
    _ text: @autoclosure () -> Logger.Message,
    _ fields: @autoclosure () -> Logger.Metadata = [:],
    file: String = #fileID,
    function: String = #function,
    line: UInt = #line
  ) {
    // Every entry that a test writes shows that the documents know it.
    assert(JournalMessage.all.contains(message), "\(message.event) is not in JournalMessage.all")
    assert(
      fields().keys.allSatisfy { JournalMessage.fields.map(\.key).contains($0) },
      "\(fields().keys.sorted()) are not all in JournalMessage.fields"
    )
    log(
      level: message.level,
      text(),
      metadata: message.metadata.merging(fields()) { own, _ in own },
      file: file,
      function: function,
      line: line
    )
  }
}

extension JournalMessage {
  /// What makes an entry this message; no field of the entry replaces it.
  fileprivate var metadata: Logger.Metadata { ["message_id": "\(id)", "event": "\(event)"] }
}
