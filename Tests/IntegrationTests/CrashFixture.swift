import FoundationEssentials
import Glibc
import GraphSandbox
import Postgres
import Synchronization
import TestSupport
import Testing

// How crash tests work.
//
// The program under test is the real `belfry`, on a database and a stand-in for Instagram that outlive it.
// A *life* is one process of it; a test starts lives and kills them, and at the end asks two sources that
// cannot be fooled: the list of what was really published, and the table. Each post has a caption of its
// own, so that the two can be matched without believing in anything that Belfry recorded.
//
// No test sleeps to hit a moment. A life is killed at a call by a fault of the sandbox, which sends the
// signal itself; at a commit by a gate in the database (CrashGate.swift); only the random form counts
// milliseconds, because there the moment is the experiment.

/// An installation with many accounts, for tests that kill its processes.
struct CrashFixture: Sendable {
  let installation: TestInstallation
  let database: Database
  /// The personas by number, from 0: ids of rows, and account ids.
  let personas: [(id: Int64, account: String)]

  /// The pace of these tests: short leases, and a patience that a test can wait for.
  ///
  /// The trust window is what the lease leaves beside one call and two seconds: two seconds here.
  static let pace: [String: String?] = [
    "BELFRY_PUBLISHING_LEASE": "5", "BELFRY_PUBLISHING_HEARTBEAT": "0.5",
    "BELFRY_INSTAGRAM_TIMEOUT": "1", "BELFRY_PUBLISHING_POLL_FIRST": "0.01",
    "BELFRY_PUBLISHING_RECONCILE_RECHECK": "0.2", "BELFRY_PUBLISHING_RECONCILE_GRACE": "1",
    "BELFRY_PUBLISHING_RECONCILE_GIVE_UP": "3600",
  ]

  /// Lends a fixture with this many personas to `body`.
  static func lay(
    personas count: Int,
    on postgres: TemporaryPostgres? = nil,
    _ body: (CrashFixture) async throws -> Void
  ) async throws {
    try await TestInstallation.stand(on: postgres) { installation in
      let database = Database(
        ConnectionConfiguration(installation.conninfo, applicationName: "crash tests")
      )
      let fixture = try await CrashFixture(installation, database, count)
      do {
        try await body(fixture)
      } catch {
        await database.close()
        throw error
      }
      await database.close()
    }
  }

  private init(_ installation: TestInstallation, _ database: Database, _ count: Int) async throws {
    self.installation = installation
    self.database = database
    try FileManager.default.createDirectory(
      atPath: installation.directory + "/photos/crash",
      withIntermediateDirectories: true
    )
    installation.sandbox.configure { settings in
      settings.quotaTotal = 1_000_000
      settings.creationLimit = 1_000_000
    }
    var personas: [(id: Int64, account: String)] = []
    for number in 0..<count {
      let account = "178415000000\(10_000 + number)"
      let login = number.isMultiple(of: 2) ? SandboxLogin.facebook : .instagram
      installation.sandbox.setAccount(
        SandboxAccount(
          id: account,
          username: "crash.\(number)",
          login: login,
          token: Self.token(number, login)
        )
      )
      let id = try await database.run(
        NewPersona(name: "crash\(number)", account: account, login: login.rawValue)
      )
      personas.append((try #require(id.first), account))
    }
    self.personas = personas
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<count {
        if number >= 4 { try await group.next() }
        let login = number.isMultiple(of: 2) ? SandboxLogin.facebook : .instagram
        group.addTask {
          let token = Self.token(number, login) + "\n"
          let set = try await installation.belfry(
            "credentials",
            "set",
            "crash\(number)",
            input: token
          )
          #expect(set.status.isSuccess, "\(set.stderr)")
        }
      }
      try await group.waitForAll()
    }
  }

  static func token(_ number: Int, _ login: SandboxLogin) -> String {
    let prefix = login == .facebook ? "EAA" : "IGAA"
    return "\(prefix)crash\(100_000 + number)abcdefghijklmnopqrstuv"
  }

  // MARK: Posts

  /// Queues a post that is due now, with a photo of its own.
  @discardableResult
  func post(_ persona: Int, caption: String) async throws -> Int64 {
    let owner = personas[persona % personas.count].id
    let ids = try await database.run(
      NewDuePost(persona: owner, path: try photo(), caption: caption)
    )
    return try #require(ids.first)
  }

  /// A new name for a photo, below `media.photos`.
  func photo() throws -> String {
    let name = "crash/\(PhotoNumber.next()).jpg"
    let original = installation.directory + "/photos/sarah/beach-014.jpg"
    guard unsafe link(original, installation.directory + "/photos/" + name) == 0 else {
      throw ChildProcessError("link \(name): errno \(errno)")
    }
    return name
  }

  /// Lets every deferred post and every look be tried now, as an impatient operator would.
  func hurry() async throws {
    try await database.execute(
      """
      UPDATE scheduling_posts SET next_attempt_at = clock_timestamp()
      WHERE status = 'scheduled' AND next_attempt_at > clock_timestamp()
      """
    )
  }

  /// Posts that somebody still has to do something about.
  func open() async throws -> Int { try await database.run(CountOpen()).first ?? 0 }

  // MARK: Lives

  /// Starts `belfry run`.
  func start(_ changes: [String: String?] = [:]) throws -> ChildProcess {
    try installation.start("run", environment: Self.pace.merging(changes) { $1 })
  }

  /// Starts `belfry post-scheduled`.
  func startPass() throws -> ChildProcess {
    try installation.start("post-scheduled", environment: Self.pace)
  }

  /// Makes the process, lets `prepare` act on its pid, and only then lets the program begin.
  func start(
    _ arguments: [String] = ["run"],
    preparing prepare: (Int32) async throws -> Void
  ) async throws -> ChildProcess {
    let life = try ChildProcess.spawn(
      "/bin/sh",
      ["-c", "kill -s STOP $$; exec \"$@\"", "sh", installation.program] + arguments
        + ["--config", installation.directory + "/belfry.yaml"],
      environment: installation.environment(Self.pace)
    )
    try await eventually("process \(life.pid) waits") { isStopped(life.pid) }
    try await prepare(life.pid)
    life.signal(SIGCONT)
    return life
  }

  /// Runs one life until nothing is left to do, and ends it in peace.
  func settle(within limit: Duration = .seconds(30)) async throws {
    let life = try start()
    try await life.waitForOutput("is ready", in: .stderr)
    try await settled(by: life, within: limit)
    life.signal(SIGTERM)
    let status = await life.wait()
    #expect(status == .exited(0), "\(life.stderr)")
  }

  /// Waits until nothing is left to do.
  func settled(by life: ChildProcess, within limit: Duration = .seconds(30)) async throws {
    do {
      try await eventually("the queue is quiet", within: limit) {
        try await hurry()
        return try await open() == 0
      }
    } catch let error as NotEventually {
      let rows = try await installation.posts(
        "post.status NOT IN ('posted', 'failed', 'cancelled')"
      )
      throw NotQuiet(description: "\(error)\n\(rows)\n\(life.stderr.suffix(4000))")
    }
  }

  // MARK: The result

  /// Every post of these captions is exactly one media on its account, and its row says so.
  ///
  /// - Parameter failed: captions of posts that have to end `failed`, with nothing published.
  func expectVerdict(
    failed: Set<String> = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let media = Dictionary(grouping: installation.sandbox.published(), by: \.caption)
    let rows = try await installation.posts()
    for row in rows {
      let live = media[row.caption, default: []]
      if failed.contains(row.caption) {
        #expect(
          row.status == "failed" && row.media == nil,
          "\(row)",
          sourceLocation: sourceLocation
        )
        #expect(live.isEmpty, "\(row)", sourceLocation: sourceLocation)
      } else {
        #expect(row.status == "posted", "\(row)", sourceLocation: sourceLocation)
        #expect(live.map(\.id) == [row.media], "\(row)", sourceLocation: sourceLocation)
      }
      #expect(!row.isLeased, "\(row)", sourceLocation: sourceLocation)
    }
    #expect(media.count == rows.count - failed.count, sourceLocation: sourceLocation)
    #expect(installation.sandbox.duplicates == [], sourceLocation: sourceLocation)
    let open = try await installation.sql(
      "SELECT count(*) FROM post_attempts WHERE outcome IS NULL"
    )
    #expect(open == "0", "attempts without an end", sourceLocation: sourceLocation)
  }
}

/// What a long run counts, for its last line.
struct CrashTally: CustomStringConvertible {
  var duplicates = 0
  var lost = 0
  var wrongIDs = 0
  var stuck = 0

  var isClean: Bool { duplicates + lost + wrongIDs + stuck == 0 }
  var description: String {
    "\(duplicates) duplicates, \(lost) lost, \(wrongIDs) wrong ids, \(stuck) posts stuck"
  }
}

extension CrashFixture {
  /// Compares the sandbox's media with the table, post by post.
  func tally() async throws -> CrashTally {
    let media = Dictionary(grouping: installation.sandbox.published(), by: \.caption)
    var tally = CrashTally()
    for row in try await installation.posts() {
      let live = media[row.caption, default: []]
      if live.isEmpty { tally.lost += 1 }
      if live.count > 1 { tally.duplicates += 1 }
      if row.status == "posting" || row.isLeased { tally.stuck += 1 }
      if row.media.map({ media in !live.contains { $0.id == media } }) ?? !live.isEmpty {
        tally.wrongIDs += 1
      }
    }
    return tally
  }
}

/// The queue did not become quiet; says what is left.
struct NotQuiet: Error, CustomStringConvertible {
  let description: String
}

/// Whether a process is stopped by a signal.
func isStopped(_ pid: Int32) -> Bool {
  guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
    let end = status.lastIndex(of: ")")
  else { return false }
  return status[end...].dropFirst().split(separator: " ").first == "T"
}

private enum PhotoNumber {
  private static let last = Mutex(0)

  static func next() -> Int {
    last.withLock {
      $0 += 1
      return $0
    }
  }
}

// MARK: - Statements

private protocol NumberStatement: Statement where Row == Int64 {}

extension NumberStatement {
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int64 { try row.decode(0) }
}

private struct NewPersona: NumberStatement {
  static let sql: SQLText = """
    INSERT INTO personas (name, instagram_account_id, login) VALUES ($1, $2, $3) RETURNING id
    """
  let name: String
  let account: String
  let login: String
  var bindings: [SQLValue] { [.text(name), .text(account), .text(login)] }
}

private struct NewDuePost: NumberStatement {
  static let sql: SQLText = """
    WITH photo AS (INSERT INTO photos (persona_id, path) VALUES ($1, $2) RETURNING id)
    INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at)
    SELECT $1, photo.id, $3, now() FROM photo RETURNING id
    """
  let persona: Int64
  let path: String
  let caption: String
  var bindings: [SQLValue] { [.int(persona), .text(path), .text(caption)] }
}

private struct CountOpen: Statement {
  static let sql: SQLText = """
    SELECT count(*) FROM scheduling_posts
    WHERE status IN ('scheduled', 'posting') OR (status = 'unconfirmed' AND next_attempt_at IS NOT NULL)
    """
  static func decode(_ row: borrowing RowView) throws(PostgresError) -> Int { try row.decode(0) }
}
