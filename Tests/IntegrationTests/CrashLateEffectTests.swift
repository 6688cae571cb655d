import Glibc
import GraphSandbox
import HTTPTransport
import TestSupport
import Testing

@Suite("A publish that Instagram carries out long after it was cut off")
struct CrashLateEffectTests {
  // Two FINISHED reads said "not live", the post was queued again with the same container, and only then
  // the first request took effect. The next attempt sees a published container.
  @Test("never becomes a second container, even when the process dies as it finds out")
  func publishedAfterAll() async throws {
    try await CrashFixture.lay(personas: 1) { fixture in
      let gate = try await CrashGate(fixture)
      let id = try await fixture.post(0, caption: "[0] late")
      for change in ["marked", "unconfirmed>scheduled"] {
        try await gate.close(change, inside: true, post: id)
        let life = try fixture.start()
        try await gate.visitor()
        life.signal(SIGKILL)
        _ = await life.wait()
        try await gate.open()
      }
      try await eventually("it is queued again") {
        try await fixture.installation.post(id).status == "scheduled"
      }
      let container = try #require(try await fixture.installation.post(id).container)
      try await publish(container, of: fixture.personas[0].account, fixture.installation)

      try await gate.close("posting>unconfirmed", inside: false, post: id)
      let life = try fixture.start()
      try await gate.visitor()
      life.signal(SIGKILL)
      _ = await life.wait()
      try await gate.open()

      try await fixture.settle()
      await gate.tearDown()
      #expect(fixture.installation.sandbox.containers().count == 1)
      #expect(try await fixture.installation.post(id).attempts == 2)
      #expect(
        try await fixture.installation.sql("SELECT name FROM personas WHERE held_at IS NOT NULL")
          == ""
      )
      try await fixture.expectVerdict()
    }
  }

  /// What the cut-off request does in the end.
  private func publish(_ container: String, of account: String, _ installation: TestInstallation)
    async throws
  {
    let transport = try CurlTransport()
    let response = try await transport.send(
      HTTPRequest(
        method: .post,
        url: "\(installation.sandbox.facebookURL)/v26.0/\(account)/media_publish",
        headers: [
          "Authorization": "Bearer \(CrashFixture.token(0, .facebook))",
          "Content-Type": "application/x-www-form-urlencoded",
        ],
        body: Array("creation_id=\(container)".utf8)
      )
    )
    #expect(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
    transport.shutdown()
  }
}
