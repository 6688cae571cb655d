import FoundationEssentials
import Glibc
import GraphSandbox
import TestSupport
import Testing

@Suite("Secrets of a daemon that publishes", .timeLimit(.minutes(10)))
struct SecrecyTests {
  private static let appSecret = "0123456789abcdef0123456789abcdef"

  /// What must not be seen: the texts themselves, and the key also as the bytes that it stands for.
  private struct Secrets {
    let texts: [(name: String, bytes: [UInt8])]

    init(_ installation: TestInstallation) throws {
      let path = "\(installation.directory)/credentials/belfry.key"
      let key = try String(contentsOfFile: path, encoding: .utf8)
      let text = key.filter { !$0.isWhitespace }
      let raw = try #require(Data(base64Encoded: text))
      #expect(raw.count == 32)
      let hexadecimal = raw.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
      texts = [
        ("token of sarah", Array(TestInstallation.sarahToken.utf8)),
        ("token of max", Array(TestInstallation.maxToken.utf8)),
        ("app secret", Array(SecrecyTests.appSecret.utf8)), ("key", Array(text.utf8)),
        ("key as bytes", Array(raw)),
        ("key in hexadecimal", Array(hexadecimal.joined().utf8)),
      ]
    }

    func found(in bytes: [UInt8]) -> [String] {
      texts.filter { bytes.contains($0.bytes) }.map(\.name)
    }

    func expectNone(
      in bytes: [UInt8],
      of place: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(!bytes.isEmpty, "\(place) is empty", sourceLocation: sourceLocation)
      #expect(found(in: bytes) == [], "\(place)", sourceLocation: sourceLocation)
    }
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }

  @Test("are in no argument, variable, log, status line, metrics file or dump of the database")
  func nowhere() async throws {
    try await TestInstallation.stand { installation in
      let metrics = "\(installation.directory)/belfry.prom"
      try installation.configure(more: "metrics:\n  file: \(metrics)")
      expectSuccess(
        try await installation.belfry(
          "credentials",
          "set",
          "sarah",
          "app_secret",
          input: Self.appSecret + "\n"
        )
      )
      let secrets = try Secrets(installation)
      // Failures are the talkative part: an account error for max, a lost answer for sarah.
      installation.sandbox.inject(
        SandboxFault(
          "create",
          account: TestInstallation.maxAccount,
          answer: FaultAnswer(error: FaultError(code: 190, subcode: 460))
        )
      )
      installation.sandbox.inject(
        SandboxFault(
          "publish",
          account: TestInstallation.sarahAccount,
          effect: .after,
          answer: FaultAnswer(status: 500)
        )
      )
      let sarah = try await installation.post(caption: "Sealed")
      try await installation.post("max", caption: "Refused")
      let daemon = try await RunningDaemon.ready(installation)
      try await installation.wait(for: sarah, toBe: "posted", within: .seconds(40))
      try await eventually("max is held") {
        try await installation.sql("SELECT held_by FROM personas WHERE name = 'max'") == "belfry"
      }
      try await eventually("there are metrics") { FileManager.default.fileExists(atPath: metrics) }
      // The secrets were used: what is looked for could have been found.
      let requests = installation.sandbox.requests
      #expect(requests.contains { $0.operation == "publish" })

      let process = "/proc/\(daemon.process.pid)"
      secrets.expectNone(in: try bytes("\(process)/cmdline"), of: "cmdline")
      if geteuid() == 0 {
        secrets.expectNone(in: try bytes("\(process)/environ"), of: "environ")
      } else {
        // A process that must not be dumped does not show its environment to its own user, either.
        #expect(throws: (any Error).self) { try bytes("\(process)/environ") }
      }
      let limits = try String(decoding: bytes("\(process)/limits"), as: UTF8.self)
      #expect(limits.contains(#/Max core file size +0 +0 /#))

      daemon.process.signal(SIGHUP)
      try await daemon.process.waitForOutput("configuration reloaded", in: .stderr)
      secrets.expectNone(in: try bytes(metrics), of: "the metrics file")
      await daemon.stop()
      secrets.expectNone(in: Array(daemon.process.stderr.utf8), of: "the log")
      #expect(daemon.process.stdout == "")
      let status = daemon.manager.lines.joined(separator: "\n")
      secrets.expectNone(in: Array(status.utf8), of: "the status line")

      let dump = try await installation.postgres.pgDump(installation.conninfo)
      #expect(dump.contains("COPY public.sealed_credentials"))
      secrets.expectNone(in: Array(dump.utf8), of: "the dump")
      // bytea is dumped in hexadecimal.
      for (name, text) in secrets.texts {
        let digits = text.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
        #expect(!dump.contains(digits.joined()), "\(name) in hexadecimal")
      }
      for request in requests {
        secrets.expectNone(in: Array(request.path.utf8), of: "the address of a request")
      }
    }
  }
}
