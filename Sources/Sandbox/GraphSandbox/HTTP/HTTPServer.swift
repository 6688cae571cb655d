import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A listening socket whose requests are answered by one function.
///
/// The sockets belong to NIO's event loops, the answers to tasks: a connection hands each whole request to ``run(_:)``,
/// which is the parent of a task for it, and the task's ``Delivery`` goes back to the connection. NIO's pipeline handler
/// lets the next request of a connection in only when the one before is answered. Cancelling ``run(_:)`` ends everything: first
/// the listener, then every connection, then the tasks, also those that a fault keeps silent.
struct HTTPServer: Sendable {
  /// A request on its way to an answer.
  private struct Exchange: Sendable {
    var request: SandboxRequest
    var channel: any Channel
  }

  private let listener: any Channel
  private let connections: Connections
  private let exchanges: AsyncStream<Exchange>

  /// The port listened on.
  let port: Int

  /// Listens on `host` and `port`; port 0 lets the system choose.
  init(host: String, port: Int) async throws {
    let connections = Connections()
    let (exchanges, arrivals) = AsyncStream<Exchange>.makeStream()
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try connections.add(channel)
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          let codec = ExchangeCodec { request, channel in
            arrivals.yield(Exchange(request: request, channel: channel))
          }
          try channel.pipeline.syncOperations.addHandler(codec)
        }
      }
      .bind(host: host, port: port).get()
    self.connections = connections
    self.exchanges = exchanges
    self.port = listener.localAddress?.port ?? port
  }

  /// Serves until the task is cancelled, then closes the socket and every connection; to be called once.
  func run(_ answer: @escaping @Sendable (SandboxRequest) async -> Delivery) async {
    await withDiscardingTaskGroup { group in
      for await exchange in exchanges {
        group.addTask {
          let delivery = await answer(exchange.request)
          // A client that went away has no use for it, and nobody else has.
          exchange.channel.writeAndFlush(delivery, promise: nil)
        }
      }
      // Closing what is closed already is all that can fail here.
      try? await listener.close().get()
      await connections.closeAll()
      group.cancelAll()
    }
  }
}

/// The connections that are open, so that stopping can close them.
private final class Connections: Sendable {
  private struct State {
    var isStopped = false
    var channels: [ObjectIdentifier: any Channel] = [:]
  }

  private let state = Mutex(State())

  /// Remembers a new connection until it ends.
  ///
  /// - Throws: `CancellationError` once the server has stopped, which closes the connection.
  func add(_ channel: any Channel) throws {
    let key = ObjectIdentifier(channel)
    let isStopped = state.withLock { state in
      if !state.isStopped { state.channels[key] = channel }
      return state.isStopped
    }
    if isStopped { throw CancellationError() }
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { $0.channels[key] = nil }
    }
  }

  /// Closes all connections, takes no more, and returns when they are closed.
  func closeAll() async {
    let open = state.withLock { state in
      state.isStopped = true
      return Array(state.channels.values)
    }
    for channel in open { channel.close(promise: nil) }
    for channel in open { try? await channel.closeFuture.get() }
  }
}
