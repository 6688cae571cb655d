import Glibc
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
