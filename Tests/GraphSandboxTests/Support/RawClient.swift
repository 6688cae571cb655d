import Dispatch
import Glibc

@testable import GraphSandbox

/// A client on bare sockets, that sees exactly what came over the wire, also when it is nothing.
struct RawClient {
  /// `http://127.0.0.1:PORT`.
  let baseURL: String

  struct Response: Sendable {
    var status: Int
    var head: String
    var body: [UInt8]

    var json: JSON { JSON(parsing: body) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  enum Failure: Error, Equatable { case connect, timedOut }

  /// Sends one request on a connection of its own; nil when the connection ended without a byte.
  func send(
    _ method: String,
    _ target: String,
    headers: [String: String] = [:],
    body: String = ""
  ) async throws -> Response? {
    var text = "\(method) \(target) HTTP/1.1\r\nConnection: close\r\n"
    if headers["Host"] == nil { text += "Host: 127.0.0.1\r\n" }
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    text += "Content-Length: \(body.utf8.count)\r\n\r\n" + body
    let bytes = try await exchange(Array(text.utf8))
    guard !bytes.isEmpty else { return nil }
    let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))
    let head = String(decoding: bytes[..<(end?.lowerBound ?? bytes.count)], as: UTF8.self)
    let words = head.split(separator: " ", maxSplits: 2)
    return Response(
      status: words.count > 1 ? Int(words[1]) ?? 0 : 0,
      head: head,
      body: Array(bytes[(end?.upperBound ?? bytes.count)...])
    )
  }

  /// A form POST, or a GET with the same parameters in its query.
  func graph(
    _ method: String,
    _ path: String,
    _ parameters: [String: String]
  ) async throws -> Response? {
    let form = parameters.map { "\($0.key)=\(PercentCoding.encode($0.value))" }
      .joined(separator: "&")
    guard method == "POST" else { return try await send(method, path + "?" + form) }
    return try await send(
      method,
      path,
      headers: ["Content-Type": "application/x-www-form-urlencoded"],
      body: form
    )
  }

  /// Writes the bytes and reads to the end, on a thread that may block.
  func exchange(_ bytes: [UInt8]) async throws -> [UInt8] {
    let port = UInt16(baseURL.split(separator: ":").last ?? "") ?? 0
    return try await withCheckedThrowingContinuation { continuation in
      // A queue of its own: the global ones share their few threads with Swift's pool.
      DispatchQueue(label: "raw-client").async { @Sendable in
        continuation.resume(with: Result { try Self.blockingExchange(bytes, port: port) })
      }
    }
  }

  private static func blockingExchange(_ bytes: [UInt8], port: UInt16) throws -> [UInt8] {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    unsafe setsockopt(
      descriptor,
      SOL_SOCKET,
      SO_RCVTIMEO,
      &limit,
      socklen_t(MemoryLayout<timeval>.size)
    )
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Failure.connect }
    guard unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0
    else { return [] }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return received }
      if count < 0 {
        if errno == EAGAIN { throw Failure.timedOut }
        return received  // The connection was reset: what came is all there is.
      }
      received += buffer[..<count]
    }
  }
}
