import FoundationEssentials
import Glibc
import Operations
import Posts
import Publishing
import TestSupport
import Testing

@testable import Daemon
@testable import Store

private func persona(
  _ name: String,
  lastSuccess: Double? = 1_795_615_269.25,
  tokenLeft: Double? = 3_542_400.5,
  quotaTotal: Int? = 100
) -> PersonaMetrics {
  PersonaMetrics(
    name: name,
    isHeld: true,
    scheduled: 14,
    deferred: 2,
    posting: 1,
    held: 3,
    unconfirmed: 4,
    failed: 5,
    lastSuccess: lastSuccess,
    tokenLeft: tokenLeft,
    quotaUsed: quotaTotal.map { _ in 3 },
    quotaTotal: quotaTotal
  )
}

@Suite("The metrics file's text")
struct MetricsTextTests {
  @Test("Every number is there under its name, and every line is in order")
  func complete() throws {
    var process = Metrics.Process(startedAt: 1_795_000_000.5)
    process.wakes = 7
    process.lastWakeAt = 1_795_615_000
    process.wakeLateness = 0.003
    process.counts.published = 412
    process.counts.deferred = [.wait: 3, .limit: 1]
    process.counts.failed = [.permanent: 2]
    process.counts.unconfirmed = 1
    var metrics = Metrics(process: process)
    metrics.queue = QueueMetrics(dueLag: 12.5, personas: [persona("sarah")])
    let text = try PrometheusText(metrics.text)
    let expected: [String: Double] = [
      #"belfry_build_info{version="\#(ServiceContext.version)"}"#: 1, "belfry_up": 1,
      "belfry_start_time_seconds": 1_795_000_000.5, "belfry_database_up": 1,
      "belfry_publishing_held": 0, "belfry_last_wake_timestamp_seconds": 1_795_615_000,
      "belfry_wake_lateness_seconds": 0.003, "belfry_wakes_total": 7,
      "belfry_posts_published_total": 412, "belfry_posts_unconfirmed_total": 1,
      #"belfry_posts_deferred_total{class="wait"}"#: 3,
      #"belfry_posts_deferred_total{class="limit"}"#: 1,
      #"belfry_posts_deferred_total{class="account"}"#: 0,
      #"belfry_posts_failed_total{class="permanent"}"#: 2, "belfry_due_lag_seconds": 12.5,
      #"belfry_posts{persona="sarah",state="scheduled"}"#: 14,
      #"belfry_posts{persona="sarah",state="deferred"}"#: 2,
      #"belfry_posts{persona="sarah",state="posting"}"#: 1,
      #"belfry_posts{persona="sarah",state="held"}"#: 3,
      #"belfry_posts{persona="sarah",state="unconfirmed"}"#: 4,
      #"belfry_posts{persona="sarah",state="failed"}"#: 5,
      #"belfry_persona_held{persona="sarah"}"#: 1,
      #"belfry_last_success_timestamp_seconds{persona="sarah"}"#: 1_795_615_269.25,
      #"belfry_token_remaining_seconds{persona="sarah"}"#: 3_542_400.5,
      #"belfry_quota_used_posts{persona="sarah"}"#: 3,
      #"belfry_quota_limit_posts{persona="sarah"}"#: 100,
    ]
    for (series, value) in expected { #expect(text[series] == value, "\(series)") }
    // Two families of classes; everything else is above.
    #expect(text.values.count == expected.count - 4 + 2 * FailureClass.allCases.count)
    #expect(text.types.keys.allSatisfy { $0.hasPrefix("belfry_") })
  }

  @Test("What is not known is not there: no quota, no token, no success, no database")
  func unknown() throws {
    var metrics = Metrics(process: .init(startedAt: 1))
    let away = try PrometheusText(metrics.text)
    #expect(away["belfry_database_up"] == 0)
    #expect(!away.values.keys.contains { $0.contains("persona") })
    #expect(away["belfry_due_lag_seconds"] == nil)
    metrics.queue = QueueMetrics(
      dueLag: 0,
      personas: [persona("new", lastSuccess: nil, tokenLeft: nil, quotaTotal: nil)]
    )
    let fresh = try PrometheusText(metrics.text)
    #expect(fresh[#"belfry_posts{persona="new",state="scheduled"}"#] == 14)
    for family in ["last_success_timestamp_seconds", "token_remaining_seconds", "quota_used_posts"]
    {
      #expect(fresh.types["belfry_\(family)"] == nil)
    }
  }

  @Test("A persona's name may be anything, and is escaped")
  func escaping() throws {
    var metrics = Metrics(process: .init(startedAt: 1))
    metrics.queue = QueueMetrics(
      dueLag: 0,
      personas: [persona(#"a"b\c"#), persona("två words, {x=\"y\"} 5")]
    )
    let text = try PrometheusText(metrics.text)
    #expect(text[#"belfry_persona_held{persona="a\"b\\c"}"#] == 1)
    #expect(text[#"belfry_persona_held{persona="två words, {x=\"y\"} 5"}"#] == 1)
  }

  @Test(
    "The strict reader refuses what is wrong",
    arguments: [
      "", "a 1", "# HELP a b\n# TYPE a gauge\na 1", "# HELP a b\n# TYPE a gauge\n\na 1\n",
      "# TYPE a gauge\na 1\n", "# HELP a b\n# TYPE a gauge\na 1\na 2\n",
      "# HELP a b\n# TYPE a gauge\nb 1\n", "# HELP a b\n# TYPE a counter\na 1\n",
      "# HELP a b\n# TYPE a gauge\na{x=\"y} 1\n", "# HELP a b\n# TYPE a gauge\na NaN\n",
      "# HELP a b\n# TYPE a gauge\n",
    ]
  )
  func strictReader(text: String) {
    #expect(throws: PrometheusText.Flaw.self) { try PrometheusText(text) }
  }
}

@Suite("The metrics file")
struct MetricsFileTests {
  private let scratch: TemporaryDirectory
  private var directory: String { scratch.path }

  init() throws { scratch = try TemporaryDirectory("metrics") }

  @Test("It is replaced, never rewritten: who has the old one open reads the old one to its end")
  func replaced() async throws {
    let file = MetricsFile(path: "\(directory)/belfry.prom")
    try await file.replace(with: "old\n")
    let descriptor = unsafe open(file.path, O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try await file.replace(with: "new\n")
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = unsafe read(descriptor, &buffer, buffer.count)
    #expect(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self) == "old\n")
    #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "new\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["belfry.prom"])
  }

  @Test("Others may read it, whatever the umask")
  func mode() async throws {
    await #expect(processExitsWith: .success) { [directory = directory as String] in
      umask(0o077)
      try await MetricsFile(path: "\(directory)/belfry.prom").replace(with: "x\n")
    }
    var status = stat()
    let result = unsafe stat("\(directory)/belfry.prom", &status)
    #expect(result == 0)
    #expect(status.st_mode & 0o777 == 0o644)
  }

  @Test("What cannot be written is said, and leaves the old file and no other")
  func failures() async throws {
    let missing = MetricsFile(path: "\(directory)/none/belfry.prom")
    let error = await #expect(throws: MetricsFileError.self) {
      try await missing.replace(with: "x\n")
    }
    #expect(
      error?.message
        == "cannot write the metrics file \(missing.path): open: No such file or directory"
    )
    #expect(error?.hint == "Create the directory, or correct metrics.file in belfry.yaml.")

    // A directory in its place: the draft is written and cannot be renamed.
    try FileManager.default.createDirectory(
      atPath: "\(directory)/belfry.prom/full",
      withIntermediateDirectories: true
    )
    await #expect(throws: MetricsFileError.self) {
      try await MetricsFile(path: "\(directory)/belfry.prom").replace(with: "x\n")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["belfry.prom"])
  }

  @Test("A link that stands in the way of the draft is not followed")
  func noLink() async throws {
    let file = MetricsFile(path: "\(directory)/belfry.prom")
    try "precious".write(toFile: "\(directory)/victim", atomically: false, encoding: .utf8)
    let linked = unsafe symlink("\(directory)/victim", "\(directory)/.belfry.prom.\(getpid())")
    try #require(linked == 0)
    await #expect(throws: MetricsFileError.self) { try await file.replace(with: "new\n") }
    #expect(try String(contentsOfFile: "\(directory)/victim", encoding: .utf8) == "precious")
  }
}
