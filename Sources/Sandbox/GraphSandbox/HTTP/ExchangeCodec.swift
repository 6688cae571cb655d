import NIOCore
import NIOHTTP1

/// Joins the parts of a request into one value, and writes a ``Delivery`` as parts, or as none.
///
/// It stands behind NIO's HTTP handlers and lives on the channel's event loop.
final class ExchangeCodec: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = Delivery
  typealias OutboundOut = HTTPServerResponsePart

  /// The greatest body in bytes; calls carry parameters, never pictures.
  static let greatestBody = 4 * 1024 * 1024

  private let receive: (SandboxRequest, any Channel) -> Void
  private var pending: SandboxRequest?
  private var isHead = false
  private var keepsAlive = true

  /// Calls `receive` with each whole request and the channel that its delivery is to be written to.
  init(receive: @escaping (SandboxRequest, any Channel) -> Void) { self.receive = receive }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isHead = head.method == .HEAD
      keepsAlive = head.isKeepAlive
      pending = SandboxRequest(
        method: isHead ? "GET" : head.method.rawValue,
        target: head.uri,
        headers: head.headers.map { HeaderField(name: $0.name, value: $0.value) }
      )
    case .body(let buffer):
      pending?.body.append(contentsOf: buffer.readableBytesView)
      if (pending?.body.count ?? 0) > Self.greatestBody { context.close(promise: nil) }
    case .end:
      guard let request = pending else { return }
      pending = nil
      receive(request, context.channel)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // Writing an end lets the next pipelined request in, which changes these; the answer keeps its own.
    let (isHead, keepsAlive) = (isHead, keepsAlive)
    switch unwrapOutboundIn(data) {
    case .close:
      promise?.succeed()
      context.close(promise: nil)
    case .half(let answer):
      writeHead(of: answer, context)
      let half = ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2))
      let written = closing(context, after: promise)
      context.write(wrapOutboundOut(.body(.byteBuffer(half))), promise: written)
    case .whole(let answer):
      writeHead(of: answer, context)
      if !isHead {
        let body = ByteBuffer(bytes: answer.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
      }
      let written = keepsAlive ? promise : closing(context, after: promise)
      context.write(wrapOutboundOut(.end(nil)), promise: written)
    }
  }

  /// A promise that closes the channel once it is kept: closing earlier would drop what is not yet sent.
  private func closing(
    _ context: ChannelHandlerContext,
    after promise: EventLoopPromise<Void>?
  ) -> EventLoopPromise<Void> {
    let written = promise ?? context.eventLoop.makePromise(of: Void.self)
    let channel = context.channel
    written.futureResult.whenComplete { _ in channel.close(promise: nil) }
    return written
  }

  private func writeHead(of answer: SandboxAnswer, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
    headers.replaceOrAdd(name: "Content-Length", value: String(answer.body.count))
    if !keepsAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
    let status = HTTPResponseStatus(statusCode: answer.status)
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
  }
}
