import Glibc
import Logging
import TestSupport
import Testing

@testable import Systemd

private func event(
  _ message: String,
  level: Logger.Level = .info,
  error: (any Error)? = nil
) -> LogEvent {
  LogEvent(
    level: level,
    message: "\(message)",
    error: error,
    metadata: nil,
    source: nil,
    file: "Publishing/Wake.swift",
    function: "run()",
    line: 42
  )
}

private func entry(_ message: String, _ metadata: Logger.Metadata = [:]) -> JournalEntry {
  JournalEntry(event: event(message), metadata: metadata, label: "belfry")
}

/// Whether this process has CAP_SYS_ADMIN (capability 21), as root in most containers has not.
private var mayMount: Bool {
  let status = readText("/proc/self/status") ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
  let effective = line.flatMap { UInt64($0.dropFirst(7).drop(while: \.isWhitespace), radix: 16) }
  return (effective ?? 0) & (1 << 21) != 0
}

/// Gives this thread a mount namespace with an empty `/run`, and the journal's directory in it.
///
/// The namespace belongs to the thread: nothing may be awaited afterwards.
private func enterPrivateRunDirectory() throws {
  // Swift's Glibc module lacks unshare(2).
  typealias Unshare = @convention(c) (Int32) -> Int32
  let symbol = try unsafe #require(dlsym(nil, "unshare"))
  let unshare = unsafe unsafeBitCast(symbol, to: Unshare.self)
  let newMountNamespace: Int32 = 0x0002_0000  // CLONE_NEWNS
  // One after the other: a mount that is not private to this thread must never happen.
  let unshared = unshare(newMountNamespace)
  try #require(unshared == 0)
  let isolated = unsafe mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil)
  try #require(isolated == 0)
  let mounted = unsafe mount("tmpfs", "/run", "tmpfs", 0, nil)
  try #require(mounted == 0)
  for directory in ["/run/systemd", "/run/systemd/journal"] {
    let made = unsafe mkdir(directory, 0o755)
    try #require(made == 0)
  }
}

extension JournalEntry {
  /// The fields by name, as text.
  fileprivate var byName: [String: String] {
    Dictionary(
      fields.map { field in
        let text = String(decoding: field, as: UTF8.self)
        let name = text.prefix { $0 != "=" }
        return (String(name), String(text.dropFirst(name.count + 1)))
      },
      uniquingKeysWith: { first, _ in first + " TWICE" }
    )
  }
}

private struct Boom: Error, CustomStringConvertible { let description = "boom" }

@Suite("Journal fields")
struct JournalFieldTests {
  @Test(
    "A metadata key becomes a field of ours",
    arguments: [
      ("post", "BELFRY_POST"), ("container_id", "BELFRY_CONTAINER_ID"),
      ("containerID", "BELFRY_CONTAINER_ID"), ("graph-code", "BELFRY_GRAPH_CODE"),
      ("a.b.c", "BELFRY_A_B_C"), ("maxInFlight", "BELFRY_MAX_IN_FLIGHT"),
      ("v26Beta", "BELFRY_V26_BETA"),
      ("POST", "BELFRY_POST"),
    ]
  )
  func names(key: String, name: String) { #expect(JournalField(metadataKey: key)?.name == name) }

  @Test(
    "A key that journald would drop makes no field",
    arguments: [
      "", "_post", "-post", "a__b", "a b", "a=b", "über", "a\n", String(repeating: "x", count: 58),
    ]
  )
  func refused(key: String) { #expect(JournalField(metadataKey: key) == nil) }

  @Test("The longest name has 64 bytes")
  func longest() {
    let key = String(repeating: "x", count: 57)
    #expect(JournalField(metadataKey: key)?.name.utf8.count == 64)
  }
}

@Suite("Journal entry")
struct JournalEntryTests {
  @Test("A message has its text, priority and place, and nothing else")
  func plain() {
    #expect(
      entry("woke").byName == [
        "MESSAGE": "woke", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "belfry",
        "CODE_FILE": "Publishing/Wake.swift", "CODE_LINE": "42", "CODE_FUNC": "run()",
        "BELFRY_LOGGER": "belfry",
      ]
    )
  }

  @Test(
    "Each level has its syslog priority",
    arguments: zip(Logger.Level.allCases, [7, 7, 6, 5, 4, 3, 2])
  )
  func priorities(level: Logger.Level, priority: Int) {
    let entry = JournalEntry(event: event("x", level: level), metadata: [:], label: "l")
    #expect(entry.byName["PRIORITY"] == "\(priority)")
  }

  @Test("Metadata become fields, and the message id its own")
  func metadata() {
    let fields = entry(
      "posted",
      [
        "post": "412", "persona": "sarah",
        "message_id": "C9A2F1D0-0000-4000-8000-0123456789AB",
      ]
    ).byName
    #expect(fields["BELFRY_POST"] == "412")
    #expect(fields["BELFRY_PERSONA"] == "sarah")
    #expect(fields["MESSAGE_ID"] == "c9a2f1d0000040008000" + "0123456789ab")
    #expect(fields["BELFRY_MESSAGE_ID"] == nil)
  }

  @Test("A message id that is none stays an ordinary field")
  func badMessageID() {
    let fields = entry("x", ["message_id": "posted"]).byName
    #expect(fields["MESSAGE_ID"] == nil)
    #expect(fields["BELFRY_MESSAGE_ID"] == "posted")
  }

  @Test("What can have no field of its own is kept in one field, and cannot forge another")
  func others() {
    let fields = entry(
      "x",
      ["a b": "1", "error": "forged", "post": "7", "Post": "8", "PRIORITY": "0"]
    ).byName
    #expect(fields["PRIORITY"] == "6")
    #expect(fields["BELFRY_PRIORITY"] == "0")
    #expect(fields["BELFRY_POST"] == "8")
    #expect(fields["BELFRY_OTHER"] == "a b=1\nerror=forged\npost=7")
    #expect(fields["BELFRY_ERROR"] == nil)
  }

  @Test("The error of an event is a field")
  func error() {
    let entry = JournalEntry(event: event("x", error: Boom()), metadata: [:], label: "l")
    #expect(entry.byName["BELFRY_ERROR"] == "boom")
  }

  @Test("Line breaks stay in the value")
  func lineBreaks() {
    #expect(entry("one\nPRIORITY=0\ntwo").byName["MESSAGE"] == "one\nPRIORITY=0\ntwo")
  }

  @Test("Sizes and the number of fields are bounded")
  func bounds() {
    var metadata: Logger.Metadata = ["huge": "\(String(repeating: "ü", count: 10_000))"]
    for number in 0..<500 { metadata["key\(number)"] = "v" }
    let entry = entry(String(repeating: "m", count: 100_000), metadata)
    #expect(entry.fields.count == 64)
    #expect(entry.fields[0].count <= "MESSAGE=".utf8.count + 16_384)
    #expect(entry.byName["MESSAGE"]?.hasSuffix("m…") == true)
    #expect(entry.fields.dropFirst().allSatisfy { $0.count <= 4_096 + 64 })
  }

  @Test(
    "The journal's socket receives the entry, line breaks and all",
    .enabled(if: mayMount, "needs a mount namespace of its own"),
    .timeLimit(.minutes(1))
  )
  func delivery() async {
    await #expect(processExitsWith: .success) {
      try enterPrivateRunDirectory()
      let socket = try DatagramSocket(path: "/run/systemd/journal/socket")
      var handler = JournalLogHandler(label: "test")
      handler.metadata["post"] = "412"
      handler.log(event: event("one\ntwo", level: .error))
      let bytes = try #require(socket.receive())
      // systemd's native protocol: a value with a line break follows its name and a 64-bit length.
      let message = Array("MESSAGE\n".utf8) + [7, 0, 0, 0, 0, 0, 0, 0] + Array("one\ntwo\n".utf8)
      #expect(bytes.starts(with: message))
      let rest = String(decoding: bytes.dropFirst(message.count), as: UTF8.self)
      #expect(rest.split(separator: "\n").contains("BELFRY_POST=412"))
      #expect(rest.split(separator: "\n").contains("PRIORITY=3"))
    }
  }
}

@Suite("Lines on standard error")
struct StderrLineTests {
  private func line(_ event: LogEvent, _ metadata: Logger.Metadata = [:]) -> String {
    StderrLogHandler.line(event, metadata, label: "belfry", prefix: "")
  }

  @Test("A line has level, logger, message and sorted metadata")
  func layout() {
    #expect(
      line(event("deferred", level: .warning), ["post": "412", "cause": "no answer", "id": "a=b"])
        == #"warning belfry: deferred cause="no answer" id="a=b" post=412"#
    )
  }

  @Test("Nothing can break the line or hide in it")
  func oneLineOnly() {
    let text = line(event("a\nb\u{1B}[2Jc"), ["k": "x\r\ny", "q": "say \"hi\" \\ now", "e": ""])
    #expect(text == #"info belfry: a b [2Jc e="" k="x  y" q="say \"hi\" \\ now""#)
  }

  @Test("The error is shown, the message id is not")
  func errorAndID() {
    let text = line(event("x", error: Boom()), ["message_id": "0123"])
    #expect(text == "info belfry: x error=boom")
  }

  @Test(
    "The time is ISO 8601 in UTC",
    arguments: [(0, "1970-01-01T00:00:00Z"), (1_795_615_269, "2026-11-25T14:01:09Z")]
  )
  func timestamp(seconds: Int, text: String) {
    #expect(StderrLogHandler.timestamp(seconds) == text)
  }

  @Test("The handler writes whole lines to standard error, with a priority when asked")
  func written() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      StderrLogHandler(label: "belfry", style: .priorities).log(event: event("bad", level: .error))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("<3>error belfry: bad\n"))
  }
}

@Suite("Log handlers")
struct LogHandlerTests {
  @Test(
    "Level and metadata are values of each logger",
    arguments: [
      LoggingBackend.journal, .standardError(.timestamps),
    ]
  )
  func valueSemantics(backend: LoggingBackend) {
    let first = Logger(label: "a", factory: { backend.handler(label: $0, level: .debug) })
    var second = first
    second.logLevel = .error
    second[metadataKey: "post"] = "7"
    #expect(first.logLevel == .debug)
    #expect(first[metadataKey: "post"] == nil)
    #expect(second.logLevel == .error)
    #expect(second[metadataKey: "post"] == "7")
  }

  @Test("The message's metadata override the task's, and those the logger's")
  func precedence() {
    let provider = Logger.MetadataProvider { ["a": "task", "b": "task"] }
    let all = merged(["a": "logger", "b": "logger", "c": "logger"], provider, ["a": "own"])
    #expect(all == ["a": "own", "b": "task", "c": "logger"])
  }

  @Test("The journal is chosen only when standard error is its stream")
  func choice() {
    var status = stat()
    let result = unsafe fstat(STDERR_FILENO, &status)
    #expect(result == 0)
    let own = "\(status.st_dev):\(status.st_ino)"
    #expect(LoggingBackend.choose(environment: ["JOURNAL_STREAM": own]) == .journal)
    for other in ["", "1:2", "\(own)0", "0\(own)"] {
      #expect(
        LoggingBackend.choose(environment: ["JOURNAL_STREAM": other])
          == .standardError(.timestamps)
      )
    }
    #expect(LoggingBackend.choose(environment: [:]) == .standardError(.timestamps))
  }
}

@Suite("Shortening text")
struct LineTextTests {
  @Test("Short text is kept, long text is cut between characters, never longer than the limit")
  func cuts() {
    for text in ["", "abc", "aüb", "日本語テキスト", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", String(repeating: "x", count: 50)] {
      for limit in 3...40 {
        let cut = shortened(text, limit: limit)
        #expect(cut.utf8.count <= limit)
        if text.utf8.count <= limit {
          #expect(cut == text)
        } else {
          #expect(cut.hasSuffix("…"))
          #expect(text.utf8.starts(with: cut.utf8.dropLast(3)))
        }
      }
    }
  }
}
