import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite("Child processes are started, watched and ended", .timeLimit(.minutes(2)))
struct ChildProcessTests {
  @Test("output, input, environment and exit code are those of the child")
  func run() async throws {
    let output = try await ChildProcess.run(
      "/bin/sh",
      ["-c", "cat; echo \"$WORD\" >&2; exit 7"],
      environment: ["WORD": "belfry"],
      input: "in\n"
    )
    #expect(output.status == .exited(7))
    #expect(output.stdout == "in\n")
    #expect(output.stderr == "belfry\n")
  }

  @Test("a megabyte of output is complete at the end")
  func large() async throws {
    let output = try await ChildProcess.run("head", ["-c", "1000000", "/dev/zero"])
    #expect(output.stdout.utf8.count == 1_000_000)
  }

  @Test("a signal ends it, and none is sent after the end")
  func signals() async throws {
    let child = try ChildProcess.spawn("/bin/sh", ["-c", "echo up; exec sleep 600"])
    try await child.waitForOutput("up")
    #expect(child.isRunning)
    #expect(child.signal(SIGTERM))
    #expect(await child.wait() == .signalled(SIGTERM))
    #expect(!child.signal(SIGTERM))
  }

  @Test("waiting for a text that never comes ends with the process")
  func missingText() async throws {
    let child = try ChildProcess.spawn("/bin/sh", ["-c", "echo other"])
    await #expect(throws: ChildProcessError.self) { try await child.waitForOutput("wanted") }
  }

  @Test("a program that does not exist is an error")
  func missingProgram() {
    #expect(throws: ChildProcessError.self) { try ChildProcess.spawn("/nonexistent/program") }
  }

  @Test("psql answers from the throw-away cluster")
  func psql() async throws {
    let cluster = try await TemporaryPostgres.shared
    let output = try await cluster.psql("SELECT 6 * 7;", database: "postgres")
    #expect(output.status == .exited(0))
    #expect(output.stdout == "42\n")
    let failed = try await cluster.psql("SELECT nonsense;", database: "postgres")
    #expect(failed.status == .exited(3))
    #expect(failed.stderr.contains("nonsense"))
  }
}

@Suite("What tests leave behind", .timeLimit(.minutes(2)))
struct TemporaryTests {
  @Test("a database is dropped when its test ends, whoever is connected, also when the test fails")
  func databases() async throws {
    let test = try #require(Test.current)
    let cluster = try await TemporaryPostgres.shared
    let made = Mutex("")
    await #expect(throws: ChildProcessError.self) {
      try await TemporaryDatabasesTrait.temporaryDatabases.provideScope(for: test, testCase: nil) {
        let conninfo = try await cluster.createDatabase()
        made.withLock { $0 = conninfo }
        _ = try await connection(conninfo)
        throw ChildProcessError("the test fails")
      }
    }
    let output = try await cluster.psql("SELECT 1", conninfo: made.withLock(\.self))
    #expect(output.stderr.contains("does not exist"), "\(output.stderr)")
  }

  @Test("a database that nobody would drop is refused, and the refusal names the trait")
  func forgotten() async throws {
    let error = await #expect(throws: ChildProcessError.self) {
      _ = try await TemporaryPostgres.shared.createDatabase()
    }
    #expect(error?.description.contains(".temporaryDatabases") == true)
  }

  @Test("a directory lies where TMPDIR says, and is gone with its last reference")
  func directory() throws {
    var directory: TemporaryDirectory? = try TemporaryDirectory("test")
    let path = try #require(directory?.path)
    let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    #expect(path.hasPrefix(base.hasPrefix("/") ? "\(base)/belfry-test-" : "/"))
    #expect(unsafe access(path, R_OK | W_OK | X_OK) == 0)
    directory = nil
    #expect(unsafe access(path, F_OK) == -1)
  }

  @Test("a path that is too long for a socket is refused, with the length that TMPDIR may have")
  func longPath() throws {
    let path = "/tmp/" + String(repeating: "x", count: 120)
    let error = #expect(throws: ChildProcessError.self) { try DatagramSocket(path: path) }
    #expect(error?.description.contains("HINT: Set TMPDIR to a shorter path") == true)
  }
}
