import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// Fetches pictures as Meta's fetcher does: one GET by HTTP/1.1, no redirects, a time limit.
///
/// Plain `http` only: what it plays is Meta reaching a public server, and on a test machine that server is a
/// local one. An `https` address can be led there by the setting `fetch_rewrites`.
struct PictureFetcher: Sendable {
  /// What the fetcher calls itself; of the family that Meta's uses.
  static let userAgent = "facebookexternalhit/1.1 (graph-sandbox)"

  /// Seconds until it gives up.
  var timeout: Double
  /// Whether loopback and private addresses may be fetched from.
  var allowsPrivateHosts: Bool
  /// Whether robots.txt is asked first.
  var honoursRobots: Bool
  /// Prefixes to replace.
  var rewrites: [String: String]

  init(settings: SandboxSettings) {
    timeout = settings.fetchTimeout
    allowsPrivateHosts = settings.fetchFromPrivateHosts
    honoursRobots = settings.honourRobots
    rewrites = settings.fetchRewrites
  }

  /// Fetches one picture.
  func fetch(_ url: String) async -> FetchResult {
    let longestFirst = rewrites.sorted { $0.key.count > $1.key.count }
    let rewritten = longestFirst.first { url.hasPrefix($0.key) }
      .map { $0.value + url.dropFirst($0.key.count) }
    guard let target = Target(rewritten ?? url) else { return .failed("not an http address") }
    guard allowsPrivateHosts || !target.isPrivate else { return .failed("a private address") }
    if honoursRobots {
      var robots = target
      robots.path = "/robots.txt"
      if case .body(let rules) = await get(robots),
        Robots(String(decoding: rules, as: UTF8.self)).forbids(target.path)
      {
        return .failed("forbidden by robots.txt")
      }
    }
    return await get(target)
  }

  private func get(_ target: Target) async -> FetchResult {
    let limit = TimeAmount.milliseconds(Int64(timeout * 1000))
    do {
      let (channel, result) = try await ClientBootstrap(
        group: MultiThreadedEventLoopGroup.singleton
      )
      .connectTimeout(limit)
      .connect(host: target.host, port: target.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let result = channel.eventLoop.makePromise(of: FetchResult.self)
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(
            PictureCollector(target: target, limit: limit, result: result)
          )
          return (channel, result.futureResult)
        }
      }
      // A sandbox that stops waits for no picture.
      return try await withTaskCancellationHandler {
        try await result.get()
      } onCancel: {
        channel.close(promise: nil)
      }
    } catch is ChannelError {
      return .timedOut
    } catch {
      return .failed("\(error)")
    }
  }
}

/// The address of a picture, taken apart.
struct Target: Sendable, Equatable {
  var host: String
  var port: Int
  /// Path and query.
  var path: String

  /// Understands `http://host[:port]/path`; nil for everything else.
  init?(_ url: String) {
    guard let components = URLComponents(string: url), components.scheme?.lowercased() == "http",
      let name = components.host, !name.isEmpty
    else { return nil }
    host = name.filter { $0 != "[" && $0 != "]" }
    port = components.port ?? 80
    path = components.percentEncodedPath.isEmpty ? "/" : components.percentEncodedPath
    if let query = components.percentEncodedQuery { path += "?" + query }
  }

  /// Whether the name is an address of this machine or of a private network, as far as a name can tell.
  var isPrivate: Bool {
    let prefixes = ["127.", "10.", "192.168.", "169.254.", "0."]
    return host == "localhost" || host == "::1" || prefixes.contains { host.hasPrefix($0) }
  }
}

/// The part of robots.txt that concerns Meta's fetcher: `Disallow` prefixes for it or for everyone.
struct Robots: Sendable {
  private var disallowed: [String] = []

  init(_ text: String) {
    var applies = false
    var isInNames = false
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.prefix { $0 != "#" }.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let value = String(parts[1].trimmingSpaces)
      switch parts[0].trimmingSpaces.lowercased() {
      case "user-agent":
        let isOurs = value == "*" || value.lowercased() == "facebookexternalhit"
        applies = isInNames ? applies || isOurs : isOurs
        isInNames = true
      case "disallow":
        isInNames = false
        if applies, !value.isEmpty { disallowed.append(value) }
      default:
        isInNames = false
      }
    }
  }

  func forbids(_ path: String) -> Bool { disallowed.contains { path.hasPrefix($0) } }
}

/// Sends the GET once connected and collects the answer; lives on the channel's event loop.
private final class PictureCollector: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let target: Target
  private let limit: TimeAmount
  private let result: EventLoopPromise<FetchResult>
  private var isDone = false
  private var isGood = false
  private var body: [UInt8] = []
  private var timer: Scheduled<Void>?

  init(target: Target, limit: TimeAmount, result: EventLoopPromise<FetchResult>) {
    self.target = target
    self.limit = limit
    self.result = result
  }

  func channelActive(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: limit) {
      let (collector, context) = bound.value
      collector.finish(.timedOut, context)
    }
    var headers = HTTPHeaders()
    headers.add(name: "Host", value: "\(target.host):\(target.port)")
    headers.add(name: "User-Agent", value: PictureFetcher.userAgent)
    headers.add(name: "Accept", value: "*/*")
    headers.add(name: "Connection", value: "close")
    let head = HTTPRequestHead(
      version: .http1_1,
      method: .GET,
      uri: target.path,
      headers: headers
    )
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isGood = head.status == .ok
      if !isGood { finish(.failed("HTTP status \(head.status.code)"), context) }
    case .body(let buffer):
      body.append(contentsOf: buffer.readableBytesView)
      if body.count > PictureRules.greatestSize { finish(.tooLarge, context) }
    case .end:
      finish(.body(body), context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(.failed("\(error)"), context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(.failed("the connection ended early"), context)
  }

  /// A connection that never came about ends here, with its error told by the bootstrap.
  func handlerRemoved(context: ChannelHandlerContext) {
    finish(.failed("no connection"), context)
  }

  private func finish(_ outcome: FetchResult, _ context: ChannelHandlerContext) {
    guard !isDone else { return }
    isDone = true
    timer?.cancel()
    result.succeed(outcome)
    context.close(promise: nil)
  }
}
