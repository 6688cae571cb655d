import Logging
import Posts
import Synchronization
import Testing

@testable import Journal

@Suite("The table of messages")
struct JournalMessageTests {
  /// Every id with its events, as they were when they were first written down.
  ///
  /// Lines are added here, and never changed: scripts of operators filter by both.
  private static let promised = """
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d01 live
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d02 posted
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d03 put_back
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d04 late
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d05 needs_human
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d06 lease_lost
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d07 taken_over
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d08 persona_held
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d09 leased
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0a step
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0b wake
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0c database_away
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0d ready
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0e reconciled
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d0f platform_fails
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d10 platform_serves
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d11 database_back
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d12 database_still_away
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d13 reloaded
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d14 reload_refused
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d15 restart_needed
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d16 draining
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d17 stopped
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d18 gave_up
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d19 stuck
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1a metrics_fail
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1b metrics_serve
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1c upkeep
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1d acted
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d1e unstuck
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d21 deferred failed unconfirmed wait
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d22 deferred failed unconfirmed new_container
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d23 deferred failed unconfirmed permanent
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d24 deferred failed unconfirmed account
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d25 deferred failed unconfirmed limit
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d26 deferred failed unconfirmed unknown
    2f0d3c6a8a4e4c0f9b6c1c5a7f3e1d27 deferred failed unconfirmed configuration
    """

  @Test("Ids and events are those that were promised")
  func promises() {
    let events = Dictionary(grouping: JournalMessage.all, by: \.id)
    let lines = events.map { id, rows in
      let names = Set(rows.map(\.event)).sorted()
      let failureClass = rows.compactMap(\.failureClass?.rawValue).prefix(1)
      return ([id] + names + failureClass).joined(separator: " ")
    }
    #expect(lines.sorted().joined(separator: "\n") == Self.promised)
  }

  @Test("No row is there twice, and rows that share an id differ in level or event")
  func unique() {
    let keys = JournalMessage.all.map { "\($0.id) \($0.event) \($0.level)" }
    #expect(Set(keys).count == keys.count)
  }

  @Test(
    "An entry is written at the level of its row, with its id and event, whatever the fields say"
  )
  func entries() {
    let kept = Kept()
    var logger = Logger(label: "test") { _ in kept }
    logger.logLevel = .trace
    for message in JournalMessage.all {
      logger.log(message, "said", ["post": "7", "event": "other"])
      let event = kept.last.withLock(\.self)
      #expect(event?.level == message.level)
      #expect(event?.message.description == "said")
      let metadata = event?.metadata ?? [:]
      #expect(metadata["message_id"]?.description == message.id)
      #expect(metadata["event"]?.description == message.event)
      #expect(metadata["post"]?.description == "7")
      #expect(event?.file.hasSuffix("JournalMessageTests.swift") == true)
    }
  }

  @Test("What happens to a post by itself is no error; what only the operator can end is one")
  func levels() {
    let errors = JournalMessage.all.filter { $0.level >= .error }.map(\.event)
    #expect(
      Set(errors) == [
        "needs_human", "deferred", "failed", "persona_held", "database_still_away",
        "reload_refused", "gave_up", "stuck",
      ]
    )
    #expect(
      FailureClass.allCases.filter { JournalMessage.deferred($0).level == .error } == [
        .configuration
      ]
    )
    #expect(
      FailureClass.allCases.filter { JournalMessage.deferred($0).level == .notice } == [.limit]
    )
  }
}

/// Keeps the last entry.
private final class Kept: LogHandler {
  let last = Mutex<LogEvent?>(nil)

  var logLevel: Logger.Level {
    get { .trace }
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

  func log(event: LogEvent) { last.withLock { $0 = event } }
}
