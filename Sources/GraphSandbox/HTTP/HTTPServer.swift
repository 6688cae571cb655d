import NIOCore
import NIOHTTP1
import NIOPosix

/// A listening socket whose connections are served by one function.
///
/// Each connection is a task that takes requests one after the other; ``run(_:)`` is the parent of them all, so
/// that cancelling it ends every one, also those that a fault keeps silent.
struct HTTPServer: Sendable {
  private typealias Connection = NIOAsyncChannel<SandboxRequest, Delivery>
  private let listener: NIOAsyncChannel<Connection, Never>

  /// The port listened on.
  let port: Int

  /// Listens on `host` and `port`; port 0 lets the system choose.
  init(host: String, port: Int) async throws {
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(ExchangeCodec())
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    self.port = listener.channel.localAddress?.port ?? port
  }

  /// Serves until the task is cancelled, then closes the socket and every connection.
  func run(_ answer: @escaping @Sendable (SandboxRequest) async -> Delivery) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        for try await connection in connections {
          group.addTask { await Self.serve(connection, answer) }
        }
      }
      group.cancelAll()
    }
  }

  /// One connection's life.
  ///
  /// What breaks it is the client's doing (it went away), and its end says enough.
  private static func serve(
    _ connection: Connection,
    _ answer: @Sendable (SandboxRequest) async -> Delivery
  ) async {
    try? await connection.executeThenClose { requests, writer in
      for try await request in requests {
        // The codec ends the connection, once the bytes are out, where the delivery asks for it.
        try await writer.write(await answer(request))
      }
    }
  }
}
