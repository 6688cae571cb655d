import Postgres
import TestSupport
import Testing

@Suite(
  "Notifications arrive while the connection is idle",
  .temporaryDatabases,
  .timeLimit(.minutes(2))
)
struct NotificationTests {
  @Test("what another session and the own one send arrives in order")
  func delivery() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let listener = try await connection(conninfo)
    let sender = try await connection(conninfo)
    let channel = "Due \"posts\" ü"
    try await listener.listen(on: channel)
    try await sender.execute("SELECT pg_notify($1, $2)", [.text(channel), "first"])
    try await listener.execute("SELECT pg_notify($1, $2)", [.text(channel), "own"])
    try await sender.execute("SELECT pg_notify($1, '')", [.text(channel)])
    var received: [Notification] = []
    for await notification in listener.notifications {
      received.append(notification)
      if received.count == 3 { break }
    }
    let senderID = try #require(await sender.backendProcessID)
    let ownID = try #require(await listener.backendProcessID)
    #expect(received.map(\.payload) == ["first", "own", ""])
    #expect(received.map(\.channel) == [channel, channel, channel])
    #expect(received.map(\.backendProcessID) == [senderID, ownID, senderID])
  }

  @Test("a waiting reader is woken without any statement of its own")
  func wakeUp() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let listener = try await connection(conninfo)
    let sender = try await connection(conninfo)
    try await listener.listen(on: "due")
    async let first = listener.notifications.first { _ in true }
    try await sender.execute("NOTIFY due, 'now'")
    #expect(await first?.payload == "now")
  }

  @Test("the stream ends when the server ends the session")
  func endOnLoss() async throws {
    let conninfo = try await TemporaryPostgres.shared.createDatabase()
    let listener = try await connection(conninfo)
    let killer = try await connection(conninfo)
    try await listener.listen(on: "due")
    let pid = try #require(await listener.backendProcessID)
    async let all = listener.notifications.reduce(into: 0) { count, _ in count += 1 }
    try await killer.execute("SELECT pg_terminate_backend($1)", [SQLValue(pid)])
    #expect(await all == 0)
    let error = try await failure { _ = try await listener.run(Ping()) }
    #expect(error.sqlState == .adminShutdown)
  }

  @Test("the stream ends when the connection is closed or forgotten")
  func endOnClose() async throws {
    let closed = try await freshConnection()
    try await closed.listen(on: "due")
    await closed.close()
    #expect(await closed.notifications.first { _ in true } == nil)
    var forgotten: PostgresConnection? = try await freshConnection()
    try await forgotten?.listen(on: "due")
    let stream = try #require(forgotten?.notifications)
    forgotten = nil
    #expect(await stream.first { _ in true } == nil)
  }
}
