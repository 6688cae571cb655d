import Logging
import Synchronization
import TestSupport
import Testing

@testable import Daemon

/// Keeps what was logged.
private final class Memory: LogHandler, Sendable {
  private let kept = Mutex<[String]>([])

  /// Level and event of each entry.
  var entries: [String] { kept.withLock(\.self) }

  var logLevel: Logger.Level {
    get { .info }
    set {}
  }

  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {
    kept.withLock { $0.append("\(event.level) \(event.metadata?["event"]?.description ?? "")") }
  }
}

@Suite("The journal of an outage")
struct OutageLogTests {
  private let memory = Memory()

  private func outages(patience: Duration) -> OutageLog {
    OutageLog(Logger(label: "test", factory: { _ in memory }), patience: patience)
  }

  @Test("A short one is a warning and a notice, however often it is noticed")
  func short() {
    let outages = outages(patience: .seconds(3600))
    outages.ended()
    for _ in 1...100 { outages.began("PostgreSQL is away", "refused", hint: "") }
    outages.ended()
    outages.ended()
    #expect(memory.entries == ["warning database_away", "notice database_back"])
  }

  @Test("One that lasts is an error as well, once; the next one begins anew")
  func lasting() async throws {
    let outages = outages(patience: .milliseconds(20))
    outages.began("PostgreSQL is away", "refused", hint: "")
    try await eventually("it is an error") { memory.entries.count == 2 }
    outages.began("PostgreSQL is away", "refused", hint: "")
    outages.ended()
    #expect(
      memory.entries == [
        "warning database_away", "error database_still_away", "notice database_back",
      ]
    )
    outages.began("PostgreSQL is away", "refused", hint: "")
    #expect(memory.entries.last == "warning database_away")
  }
}
