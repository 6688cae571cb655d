import ArgumentParser
import FoundationEssentials
import Glibc
import GraphSandbox

/// The command line of graph-sandbox.
struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph-sandbox",
    abstract: "A local stand-in for Meta's Graph API: publishes Instagram images to itself.",
    discussion: """
      Serves both of Meta's surfaces on one port, below /facebook and /instagram, a control API below \
      /_sandbox, and the published feeds as web pages at /. Nothing is stored: what it knows ends with it.

      It prints one line when it listens, and ends with 0 on SIGTERM or SIGINT.
      """
  )

  @Option(help: "The address to listen on.")
  var host: String = "127.0.0.1"

  @Option(help: "The port to listen on; 0 lets the system choose.")
  var port: Int = 0

  @Option(
    help: ArgumentHelp(
      "A JSON file with the accounts and settings to begin with.",
      valueName: "file"
    )
  )
  var seed: String?

  @Option(
    name: .customLong("url-file"),
    help: ArgumentHelp(
      "A file that receives the base URL, whole, once requests are served.",
      valueName: "file"
    )
  )
  var urlFile: String?

  @Option(
    name: .customLong("serve-directory"),
    help: ArgumentHelp(
      "A directory whose files are served below /_files/, so that pictures have a URL.",
      valueName: "directory"
    )
  )
  var serveDirectory: String?

  @Option(
    name: .customLong("clock-offset"),
    help: ArgumentHelp(
      "Seconds by which its clock is ahead of the machine's.",
      valueName: "seconds"
    )
  )
  var clockOffset: Double = 0

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("port \(port) is not within 0 to 65535")
    }
    guard clockOffset >= 0 else {
      throw ValidationError("the clock offset must not be negative")
    }
  }

  func run() async throws {
    let signals = await TerminationSignals()
    let sandbox = try await start()
    sandbox.advanceClock(bySeconds: clockOffset)
    if let urlFile {
      try Data((sandbox.baseURL + "\n").utf8).write(
        to: URL(fileURLWithPath: urlFile),
        options: .atomic
      )
    }
    say("graph-sandbox: listening on \(sandbox.baseURL)")
    await signals.wait()
    await sandbox.stop()
  }

  private func start() async throws -> GraphSandbox {
    var configuration = SandboxConfiguration()
    configuration.host = host
    configuration.port = port
    configuration.servedDirectory = serveDirectory
    if let seed {
      do {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: seed))
        try configuration.readSeed([UInt8](bytes))
      } catch {
        throw CommandFailure("cannot read the seed \(seed): \(error)")
      }
    }
    do {
      return try await GraphSandbox.start(configuration)
    } catch {
      throw CommandFailure(
        "cannot listen on \(host) port \(port): \(error)\n"
          + "HINT: another program may use the port; --port 0 takes a free one."
      )
    }
  }

  /// Writes a line to standard output at once, also into a pipe.
  private func say(_ line: String) {
    var rest = Array((line + "\n").utf8)
    while !rest.isEmpty {
      let written = unsafe write(STDOUT_FILENO, rest, rest.count)
      if written <= 0 { return }
      rest.removeFirst(written)
    }
  }
}

/// A failure that is told in its own words.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
