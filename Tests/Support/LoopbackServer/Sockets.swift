import Glibc

/// A socket call that failed.
public struct SocketError: Error {
  /// Which call.
  public let call: String
  /// Its `errno`.
  public let number: Int32
}

/// A port of 127.0.0.1 that refuses connections, and that nobody else gets while this lives.
public final class RefusingPort: Sendable {
  private let socket: Int32
  /// The port.
  public let number: UInt16

  /// Binds a free port without listening on it.
  ///
  /// - Throws: ``SocketError``
  public init() throws(SocketError) {
    (socket, number) = try bindLoopback(listening: false)
  }

  deinit {
    close(socket)
  }
}

/// A socket bound to a free port of 127.0.0.1.
func bindLoopback(listening: Bool) throws(SocketError) -> (socket: Int32, port: UInt16) {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  guard listener >= 0 else { throw SocketError(call: "socket", number: errno) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  // Safety: sockaddr_in begins like sockaddr, and `length` says how much there is.
  let failed: String? = unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      if unsafe bind(listener, address, length) != 0 { return "bind" }
      if listening, listen(listener, 1024) != 0 { return "listen" }
      if unsafe getsockname(listener, address, &length) != 0 { return "getsockname" }
      return nil
    }
  }
  if let failed {
    let number = errno
    close(listener)
    throw SocketError(call: failed, number: number)
  }
  return (listener, UInt16(bigEndian: address.sin_port))
}

/// Some bytes; none when the connection has ended.
func read(from socket: Int32) -> [UInt8] {
  unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
    count = max(0, unsafe recv(socket, buffer.baseAddress, buffer.count, 0))
  }
}

/// Writes all bytes; false when the connection has ended.
func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
  unsafe bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
      let count = unsafe send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      written += count
    }
    return true
  }
}

/// Cuts one connection's bytes into requests.
struct RequestReader {
  let socket: Int32
  let connection: Int
  private var buffer: [UInt8] = []

  init(socket: Int32, connection: Int) {
    self.socket = socket
    self.connection = connection
  }

  /// The next request; nil when the connection has ended or what came is not HTTP.
  mutating func next() -> LoopbackRequest? {
    let end = Array("\r\n\r\n".utf8)
    var headEnd = buffer.firstRange(of: end)
    while headEnd == nil {
      guard fill() else { return nil }
      headEnd = buffer.firstRange(of: end)
    }
    guard let headEnd, let head = Head(buffer[..<headEnd.lowerBound]) else { return nil }
    let length = head.headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
    let bodyEnd = headEnd.upperBound + length
    while buffer.count < bodyEnd {
      guard fill() else { return nil }
    }
    defer { buffer.removeFirst(bodyEnd) }
    return LoopbackRequest(
      connection: connection,
      method: head.method,
      target: head.target,
      headers: head.headers,
      body: Array(buffer[headEnd.upperBound..<bodyEnd]),
      bytes: Array(buffer[..<bodyEnd])
    )
  }

  private mutating func fill() -> Bool {
    let bytes = read(from: socket)
    buffer += bytes
    return !bytes.isEmpty
  }
}

/// A request line and its fields.
private struct Head {
  let method: String
  let target: String
  let headers: [(name: String, value: String)]

  init?(_ bytes: ArraySlice<UInt8>) {
    // A Character that is "\r\n" counts as one newline.
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
    method = String(words[0])
    target = String(words[1])
    headers = lines.dropFirst().compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (line[..<colon].lowercased(), String(value))
    }
  }
}
