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
    try await CrashField.lay(personas: 1) { field in
      let gate = try await CrashGate(field)
      let id = try await field.post(0, caption: "[0] late")
      for change in ["marked", "unconfirmed>scheduled"] {
        try await gate.close(change, inside: true, post: id)
        let life = try field.start()
        try await gate.visitor()
        life.signal(SIGKILL)
        _ = await life.wait()
        try await gate.open()
      }
      try await eventually("it is queued again") {
        try await field.tower.post(id).status == "scheduled"
      }
      let container = try #require(try await field.tower.post(id).container)
      try await publish(container, of: field.personas[0].account, field.tower)

      try await gate.close("posting>unconfirmed", inside: false, post: id)
      let life = try field.start()
      try await gate.visitor()
      life.signal(SIGKILL)
      _ = await life.wait()
      try await gate.open()

      try await field.settle()
      await gate.tearDown()
      #expect(field.tower.sandbox.containers().count == 1)
      #expect(try await field.tower.post(id).attempts == 2)
      #expect(
        try await field.tower.sql("SELECT name FROM personas WHERE held_at IS NOT NULL") == ""
      )
      try await field.expectVerdict()
    }
  }

  /// What the cut-off request does in the end.
  private func publish(_ container: String, of account: String, _ tower: Tower) async throws {
    let transport = try CurlTransport()
    let response = try await transport.send(
      HTTPRequest(
        method: .post,
        url: "\(tower.sandbox.facebookURL)/v26.0/\(account)/media_publish",
        headers: [
          "Authorization": "Bearer \(CrashField.token(0, .facebook))",
          "Content-Type": "application/x-www-form-urlencoded",
        ],
        body: Array("creation_id=\(container)".utf8)
      )
    )
    #expect(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
    transport.shutdown()
  }
}
