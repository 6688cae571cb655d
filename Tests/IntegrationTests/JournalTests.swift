import FoundationEssentials
import Glibc
import GraphSandbox
import Postgres
import TestSupport
import Testing

/// One line of a log on standard error: its level, and the fields that the journal would have.
private struct LogLine {
  let level: String
  let fields: [String: String]

  init?(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count > 2, words[2] == "belfry:" else { return nil }
    level = String(words[1])
    let matches = line.matches(of: #/ ([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ "]*)/#)
    fields = Dictionary(
      matches.map { (String($0.output.1), String($0.output.2)) },
      uniquingKeysWith: { _, last in last }
    )
  }

  static func all(_ text: String) -> [LogLine] {
    text.split(separator: "\n").compactMap(LogLine.init)
  }
}

@Suite("What the journal tells", .timeLimit(.minutes(10)))
struct JournalTests {
  @Test("the whole life of a post: every entry names the post, its persona, attempt and instance")
  func lifeOfAPost() async throws {
    try await TestInstallation.stand { installation in
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(status: 500))
      )
      let id = try await installation.post(caption: "A life")
      let daemon = try await RunningDaemon.ready(installation)
      try await installation.wait(for: id, toBe: "posted", within: .seconds(40))
      await daemon.stop()
      let life = LogLine.all(daemon.process.stderr).filter { $0.fields["post"] == "\(id)" }
      let events = life.compactMap { $0.fields["event"] }
      #expect(events.first == "leased" && events.last == "reconciled", "\(events)")
      #expect(events.filter { $0 != "step" && $0 != "reconciled" } == ["leased", "unconfirmed"])
      let steps = life.filter { $0.fields["event"] == "step" }.compactMap { $0.fields["step"] }
      #expect(
        steps == [
          "GeneratePublicPhotoURL", "CreateMediaContainer", "AwaitMediaContainer",
          "PublishMediaContainer",
        ]
      )
      let instance = try await installation.sql("SELECT max(id) FROM instances")
      for line in life {
        #expect(line.fields["persona"] == "sarah" && line.fields["instance"] == instance)
        if line.fields["event"] != "reconciled" { #expect(line.fields["attempt"] == "1") }
      }
      #expect(life.first { $0.fields["event"] == "unconfirmed" }?.fields["class"] == "unknown")
    }
  }

  @Test("that a post was leased, is live and is recorded, when all goes well")
  func goodPost() async throws {
    try await TestInstallation.stand { installation in
      let id = try await installation.post(caption: "Well")
      let daemon = try await RunningDaemon.ready(installation)
      try await installation.wait(for: id, toBe: "posted")
      await daemon.stop()
      let life = LogLine.all(daemon.process.stderr).filter { $0.fields["post"] == "\(id)" }
      let events = life.compactMap { $0.fields["event"] }.filter { $0 != "step" }
      #expect(events == ["leased", "live", "posted"])
      let media = try await installation.post(id).media
      #expect(life.first { $0.fields["event"] == "live" }?.fields["media"] == media)
    }
  }

  @Test("no error on a good day: start, posts, a reload, a restart of PostgreSQL, and the end")
  func goodDay() async throws {
    try await TestInstallation.stand(on: TemporaryPostgres()) { installation in
      let daemon = try await RunningDaemon.ready(installation)
      let id = try await installation.post(caption: "Morning")
      try await installation.wait(for: id, toBe: "posted")
      daemon.process.signal(SIGHUP)
      try await daemon.process.waitForOutput("configuration reloaded", in: .stderr)
      await installation.postgres.stop()
      try await daemon.process.waitForOutput("PostgreSQL is away", in: .stderr)
      try await daemon.manager.wait("the outage") {
        $0.hasPrefix("STATUS=degraded · PostgreSQL is away: ")
      }
      try await installation.postgres.start()
      try await daemon.process.waitForOutput("PostgreSQL is back", in: .stderr)
      let next = try await installation.post(caption: "Evening")
      try await installation.wait(for: next, toBe: "posted", within: .seconds(40))
      await daemon.stop()
      let lines = LogLine.all(daemon.process.stderr)
      #expect(lines.filter { $0.level == "error" || $0.level == "critical" }.isEmpty)
      let warnings = lines.filter { $0.level == "warning" }.compactMap { $0.fields["event"] }
      #expect(warnings == ["database_away"], "\(daemon.process.stderr)")
      let events = lines.compactMap { $0.fields["event"] }
      for event in ["ready", "reloaded", "database_back", "draining", "stopped"] {
        #expect(events.count { $0 == event } == 1, "\(event): \(events)")
      }
    }
  }

  @Test("a configuration that is refused as an error with its repair, and so does the status line")
  func refusedReload() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation)
      try installation.write("schedule:\n  wakes: 3600\n", to: "belfry.yaml")
      daemon.process.signal(SIGHUP)
      try await daemon.manager.wait("the refusal") {
        $0.hasPrefix("STATUS=degraded · new configuration refused: cannot read ")
          && $0.contains("unknown key 'schedule.wakes'")
      }
      let refusal = LogLine.all(daemon.process.stderr).first {
        $0.fields["event"] == "reload_refused"
      }
      #expect(refusal?.level == "error")
      #expect(refusal?.fields["hint"]?.contains("did you mean 'schedule.wake'?") == true)

      // A good one ends the complaint.
      try installation.configure()
      let before = daemon.manager.lines.count
      daemon.process.signal(SIGHUP)
      try await daemon.manager.wait("the usual line", after: before) {
        $0.hasPrefix("STATUS=ok · 2 personas · ")
      }
      await daemon.stop()
    }
  }
}

@Suite("What the service manager hears", .timeLimit(.minutes(10)))
struct ManagerTests {
  @Test("while posts are finished: that the service stops, how many are left, and for more time")
  func draining() async throws {
    try await TestInstallation.stand { installation in
      // Longer than one portion of time, so that a second one is asked for.
      installation.sandbox.inject(
        SandboxFault("publish", effect: .after, answer: FaultAnswer(stall: 7))
      )
      let id = try await installation.post(caption: "Slow answer")
      let daemon = try await RunningDaemon.ready(
        installation,
        environment: [
          "BELFRY_INSTAGRAM_TIMEOUT": "10", "BELFRY_PUBLISHING_LEASE": "60",
          "BELFRY_PUBLISHING_HEARTBEAT": "1",
        ]
      )
      try await eventually("publishing is requested") { !installation.publishRequests.isEmpty }
      let before = daemon.manager.lines.count
      await daemon.stop()
      let heard = Array(daemon.manager.lines.dropFirst(before))
      let stopping = try #require(heard.firstIndex(of: "STOPPING=1"))
      #expect(heard[stopping...].contains("STATUS=draining · 1 post in flight"), "\(heard)")
      #expect(heard.count { $0 == "EXTEND_TIMEOUT_USEC=20000000" } >= 2, "\(heard)")
      #expect(!heard[stopping...].contains("READY=1"))
      #expect(heard.last == "STATUS=stopped")
      #expect(try await installation.post(id).status == "posted")
    }
  }

  @Test("nothing of readiness after SIGTERM, also when a reload was asked for at the same moment")
  func reloadAndStop() async throws {
    try await TestInstallation.stand { installation in
      let daemon = try await RunningDaemon.ready(installation)
      daemon.process.signal(SIGSTOP)
      daemon.process.signal(SIGHUP)
      daemon.process.signal(SIGTERM)
      daemon.process.signal(SIGCONT)
      let status = await daemon.process.wait()
      #expect(status == .exited(0), "\(daemon.process.stderr)")
      let lines = daemon.manager.lines
      let stopping = try #require(lines.firstIndex(of: "STOPPING=1"))
      #expect(!lines[stopping...].contains("READY=1"))
      // A reload that had begun was ended, one that had not was not begun.
      #expect(
        lines.count { $0 == "RELOADING=1" } == 0 || lines[..<stopping].contains("RELOADING=1")
      )
    }
  }

  @Test("nothing of readiness when SIGTERM comes while the instance is being registered")
  func stopsWhileRegistering() async throws {
    try await TestInstallation.stand { installation in
      let locker = PostgresConnection(
        ConnectionConfiguration(installation.conninfo, applicationName: "locker")
      )
      try await locker.connect()
      try await locker.execute("SELECT pg_advisory_lock(4713)")
      try await locker.script(
        """
        CREATE FUNCTION public.hold_instance() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4713); RETURN NEW; END $$;
        CREATE TRIGGER hold_instance BEFORE INSERT ON instances
          FOR EACH ROW EXECUTE FUNCTION public.hold_instance();
        """
      )
      let daemon = try RunningDaemon.start(installation)
      try await eventually("it registers") {
        try await installation.sql(
          "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4713 AND NOT granted"
        ) == "1"
      }
      daemon.process.signal(SIGTERM)
      try await locker.execute("SELECT pg_advisory_unlock(4713)")
      await daemon.stop()
      await locker.close()
      #expect(!daemon.manager.lines.contains("READY=1"))
      #expect(
        try await installation.sql("SELECT count(*) FROM instances WHERE stopped_at IS NULL") == "0"
      )
    }
  }

  @Test("why the service cannot start")
  func cannotStart() async throws {
    try await TestInstallation.stand { installation in
      try installation.write("schedule:\n  wakes: 3600\n", to: "belfry.yaml")
      let daemon = try RunningDaemon.start(installation)
      #expect(await daemon.process.wait() == .exited(78))
      #expect(
        daemon.manager.lines.contains {
          $0.hasPrefix("STATUS=stopped: cannot read ") && $0.contains("unknown key")
        }
      )
    }
  }
}
