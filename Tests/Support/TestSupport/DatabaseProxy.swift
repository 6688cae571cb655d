import Dispatch
import Glibc
import Synchronization

// A Unix socket between a program and PostgreSQL, for the one moment that no lock and no signal can hit: after
// the answer to a chosen commit has been passed on, and before the program does anything else.
//
// Each connection has two threads, one for each direction. The client's bytes are searched for a text; once it
// has been seen on a connection, the server's messages are read up to the ReadyForQuery that says "idle": that
// is the answer to the COMMIT. It is passed on whole, then every connection is cut and new ones are hung up on,
// until `restore()`. On a Unix socket libpq negotiates neither TLS nor GSS, so every byte of the server belongs
// to a message with a type and a length ("Message Formats" in PostgreSQL's manual).

/// Passes connections on to PostgreSQL, and cuts them all right after a chosen transaction was committed.
public final class DatabaseProxy: Sendable {
  private struct State {
    var trigger: [UInt8]
    var isCut = false
    var sockets: Set<Int32> = []
  }

  /// How the program reaches the database through this proxy.
  public let conninfo: String
  private let listener: Int32
  private let path: String
  private let upstream: String
  private let state: Mutex<State>

  /// Listens in `directory`, for the database that `conninfo` names.
  ///
  /// - Parameters:
  ///   - conninfo: of the real database: keywords, with the directory of its socket as `host`.
  ///   - directory: where the proxy's own socket is made; short, because socket paths are.
  ///   - text: a part of a statement; the commit of the first transaction that sends it is the last that
  ///     anybody hears of.
  /// - Throws: ``DatabaseProxyError``
  public init(to conninfo: String, in directory: String, cutAfterCommitOf text: String) throws {
    var words = conninfo.split(separator: " ").map(String.init)
    let port = words.first { $0.hasPrefix("port=") }?.dropFirst(5) ?? "5432"
    let host = words.first { $0.hasPrefix("host=") }?.dropFirst(5) ?? ""
    upstream = "\(host)/.s.PGSQL.\(port)"
    path = "\(directory)/.s.PGSQL.\(port)"
    words = words.map { $0.hasPrefix("host=") ? "host=\(directory)" : $0 }
    self.conninfo = words.joined(separator: " ")
    state = Mutex(State(trigger: Array(text.utf8)))
    listener = try unixSocket()
    guard unsafe withAddress(path, { unsafe bind(listener, $0, $1) }) == 0,
      listen(listener, 64) == 0
    else {
      throw DatabaseProxyError(call: "bind \(path)", number: errno)
    }
    Self.onItsOwnThread { self.accept() }
  }

  /// Whether the connections were cut and stay so.
  public var isCut: Bool { state.withLock(\.isCut) }

  /// Passes connections on again, and never cuts them any more.
  public func restore() {
    state.withLock { state in
      state.isCut = false
      state.trigger = []
    }
  }

  /// Ends all connections, and the proxy.
  public func close() {
    cut()
    shutdown(listener, Int32(SHUT_RDWR))
    unsafe unlink(path)
  }

  private func cut() {
    state.withLock { state in
      state.isCut = true
      // Each socket is closed by the thread that reads from it.
      for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  // MARK: Connections

  private static func onItsOwnThread(_ body: @escaping @Sendable () -> Void) {
    DispatchQueue(label: "database proxy").async(execute: body)
  }

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { break }
      guard !isCut, let server = try? unixSocket() else {
        Glibc.close(client)
        continue
      }
      guard unsafe withAddress(upstream, { unsafe connect(server, $0, $1) }) == 0 else {
        Glibc.close(client)
        Glibc.close(server)
        continue
      }
      state.withLock { $0.sockets.formUnion([client, server]) }
      let isTriggered = Flag()
      Self.onItsOwnThread { self.passRequests(from: client, to: server, isTriggered) }
      Self.onItsOwnThread { self.passAnswers(from: server, to: client, isTriggered) }
    }
    Glibc.close(listener)
  }

  private func passRequests(from client: Int32, to server: Int32, _ isTriggered: Flag) {
    var seen: [UInt8] = []
    while case let bytes = receive(from: client), !bytes.isEmpty {
      let trigger = state.withLock(\.trigger)
      seen = seen.suffix(max(0, trigger.count - 1)) + bytes
      if !trigger.isEmpty, seen.firstRange(of: trigger) != nil { isTriggered.set() }
      guard send(bytes, to: server) else { break }
    }
    end(client, and: server)
  }

  private func passAnswers(from server: Int32, to client: Int32, _ isTriggered: Flag) {
    var held: [UInt8] = []
    while case let bytes = receive(from: server), !bytes.isEmpty {
      held += bytes
      var passed = 0
      while let length = messageLength(held[passed...]) {
        let message = held[passed..<(passed + length)]
        passed += length
        let isIdle = message.first == UInt8(ascii: "Z") && message.last == UInt8(ascii: "I")
        if isIdle && isTriggered.isSet && !state.withLock(\.trigger).isEmpty {
          _ = send(Array(held[..<passed]), to: client)
          cut()
          return end(server, and: client)
        }
      }
      guard send(Array(held[..<passed]), to: client) else { break }
      held.removeFirst(passed)
    }
    end(server, and: client)
  }

  /// The reader of `own` ends its connection; the other side's reader sees that, and closes its own socket.
  private func end(_ own: Int32, and other: Int32) {
    state.withLock { state in
      if state.sockets.contains(other) { shutdown(other, Int32(SHUT_RDWR)) }
      state.sockets.remove(own)
      Glibc.close(own)
    }
  }
}

/// A socket call that failed.
public struct DatabaseProxyError: Error {
  /// Which call.
  public let call: String
  /// Its `errno`.
  public let number: Int32
}

/// Set once, by the thread that sees the text; read by the one that passes the answers on.
private final class Flag: Sendable {
  private let value = Atomic(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}

/// The length of the first whole message; nil when it is not complete.
private func messageLength(_ bytes: ArraySlice<UInt8>) -> Int? {
  guard bytes.count >= 5 else { return nil }
  let length = bytes.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) } + 1
  return bytes.count >= length ? length : nil
}

private func unixSocket() throws -> Int32 {
  let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  guard number >= 0 else { throw DatabaseProxyError(call: "socket", number: errno) }
  return number
}

private func withAddress(
  _ path: String,
  _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return -1 }
  // Safety: the path fits, and the rest of sun_path is zero; sockaddr_un begins like sockaddr.
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
  return unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}

private func receive(from socket: Int32) -> [UInt8] {
  unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
    count = max(0, unsafe recv(socket, buffer.baseAddress, buffer.count, 0))
  }
}

private func send(_ bytes: [UInt8], to socket: Int32) -> Bool {
  unsafe bytes.withUnsafeBytes { buffer in
    var sent = 0
    while sent < buffer.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
      let count = unsafe Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}
