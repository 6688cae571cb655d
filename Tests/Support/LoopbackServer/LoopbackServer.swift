// A small HTTP/1.1 server on 127.0.0.1 for tests, written on bare sockets so that it can also do what no
// HTTP library would: fall silent, hang up in the middle, or answer rubbish.
//
// One thread accepts, one thread serves each connection; both block. Every request is recorded, byte for
// byte, before it is answered. `stop()` (or deinit) closes every socket and joins every thread.

import Glibc
import Synchronization

/// What a test's server does with one request.
public enum LoopbackAnswer: Sendable {
  /// Answers properly and keeps the connection.
  case respond(status: Int, headers: [(String, String)] = [], body: [UInt8] = [])
  /// Writes these bytes as they are and keeps the connection.
  case raw([UInt8])
  /// Writes these bytes as they are and closes the connection.
  case rawThenClose([UInt8])
  /// Closes the connection without a word.
  case close
  /// Says nothing until the client goes away.
  case silence
}

/// One request as it came.
public struct LoopbackRequest: Sendable {
  /// Which connection brought it; 1 is the first.
  public let connection: Int
  /// The request line's method.
  public let method: String
  /// The request line's target: path and query.
  public let target: String
  /// The fields, names in lower case.
  public let headers: [(name: String, value: String)]
  /// The body, as long as `Content-Length` said.
  public let body: [UInt8]
  /// Every byte of it.
  public let bytes: [UInt8]

  /// The first value of the field of that lower-case name.
  public subscript(name: String) -> String? {
    headers.first { $0.name == name }?.value
  }

  /// The body as text.
  public var text: String { String(decoding: body, as: UTF8.self) }
}

/// A server on a free port of 127.0.0.1.
public final class LoopbackServer: Sendable {
  private struct State {
    var requests: [LoopbackRequest] = []
    var sockets: Set<Int32> = []
    var threads: [pthread_t] = []
    var connections = 0
    var closed = 0
    var stopped = false
    var waiters: [(condition: @Sendable (Int, Int) -> Bool, CheckedContinuation<Void, Never>)] = []
  }

  /// The threads hold this, not the server, so that letting go of the server stops them.
  private final class Shared: Sendable {
    let state = Mutex(State())
    let greeting: [UInt8]
    let handler: @Sendable (LoopbackRequest) -> LoopbackAnswer

    init(
      _ greeting: [UInt8],
      _ handler: @escaping @Sendable (LoopbackRequest) -> LoopbackAnswer
    ) {
      self.greeting = greeting
      self.handler = handler
    }
  }

  private let listener: Int32
  private let shared: Shared
  /// The port it listens on.
  public let port: UInt16

  /// Starts a server that answers each request with what `handler` says.
  ///
  /// `greeting` is written first thing on each connection, which no HTTP or TLS server would do.
  ///
  /// - Throws: ``SocketError``
  public init(
    greeting: [UInt8] = [],
    _ handler: @escaping @Sendable (LoopbackRequest) -> LoopbackAnswer
  ) throws(SocketError) {
    (listener, port) = try bindLoopback(listening: true)
    shared = Shared(greeting, handler)
    let (shared, listener) = (shared, listener)
    startThread(in: shared.state) { Self.accept(listener, shared) }
  }

  deinit {
    stop()
  }

  /// `http://127.0.0.1:PORT`.
  public var url: String { "http://127.0.0.1:\(port)" }

  /// Every request that has arrived so far, in the order of arrival.
  public var requests: [LoopbackRequest] { shared.state.withLock { $0.requests } }

  /// How many connections have been accepted so far.
  public var connections: Int { shared.state.withLock { $0.connections } }

  /// Returns when that many requests have arrived in all.
  public func received(_ count: Int) async {
    await wait { requests, _ in requests >= count }
  }

  /// Returns when that many connections have ended in all.
  public func closed(_ count: Int) async {
    await wait { _, closed in closed >= count }
  }

  /// Closes every socket and waits for every thread; may be called more than once.
  public func stop() {
    let first = shared.state.withLock { state in
      defer { state.stopped = true }
      for socket in state.sockets { Glibc.shutdown(socket, Int32(SHUT_RDWR)) }
      return !state.stopped
    }
    guard first else { return }
    Glibc.shutdown(listener, Int32(SHUT_RDWR))
    while let thread = shared.state.withLock({ $0.threads.popLast() }) {
      pthread_join(thread, nil)
    }
    Glibc.close(listener)
  }

  private func wait(for condition: @escaping @Sendable (Int, Int) -> Bool) async {
    await withCheckedContinuation { continuation in
      shared.state.withLock { state in
        if condition(state.requests.count, state.closed) {
          continuation.resume()
        } else {
          state.waiters.append((condition, continuation))
        }
      }
    }
  }
}

// MARK: - The threads

extension LoopbackServer {
  private static func accept(_ listener: Int32, _ shared: Shared) {
    while true {
      let socket = Glibc.accept(listener, nil, nil)
      guard socket >= 0 else { return }
      let number: Int? = shared.state.withLock { state in
        guard !state.stopped else { return nil }
        state.sockets.insert(socket)
        state.connections += 1
        return state.connections
      }
      guard let number else {
        Glibc.close(socket)
        return
      }
      startThread(in: shared.state) { serve(socket, number, shared) }
    }
  }

  private static func serve(_ socket: Int32, _ number: Int, _ shared: Shared) {
    _ = write(shared.greeting, to: socket)
    var reader = RequestReader(socket: socket, connection: number)
    while let request = reader.next() {
      change(shared) { $0.requests.append(request) }
      guard carryOut(shared.handler(request), on: socket) else { break }
    }
    change(shared) { state in
      state.sockets.remove(socket)
      state.closed += 1
      Glibc.close(socket)
    }
  }

  /// False when the connection shall end.
  private static func carryOut(_ answer: LoopbackAnswer, on socket: Int32) -> Bool {
    switch answer {
    case .respond(let status, let headers, let body):
      var head = "HTTP/1.1 \(status) Status\r\nContent-Length: \(body.count)\r\n"
      for (name, value) in headers { head += "\(name): \(value)\r\n" }
      return write(Array((head + "\r\n").utf8) + body, to: socket)
    case .raw(let bytes):
      return write(bytes, to: socket)
    case .rawThenClose(let bytes):
      _ = write(bytes, to: socket)
      return false
    case .close:
      return false
    case .silence:
      while !read(from: socket).isEmpty {}
      return false
    }
  }

  private static func change(_ shared: Shared, _ body: (inout State) -> Void) {
    shared.state.withLock { state in
      body(&state)
      let (requests, closed) = (state.requests.count, state.closed)
      state.waiters.removeAll { waiter in
        guard waiter.condition(requests, closed) else { return false }
        waiter.1.resume()
        return true
      }
    }
  }

  /// Starts a thread and notes it, so that it is joined.
  private static func startThread(in state: borrowing Mutex<State>, _ body: @escaping () -> Void) {
    final class Box {
      let body: () -> Void
      init(_ body: @escaping () -> Void) { self.body = body }
    }
    // Safety: the reference is handed over whole; the thread's first act is to take it.
    let context = unsafe Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread,
      nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
        }
        return nil
      },
      context.toOpaque()
    )
    precondition(code == 0, "pthread_create")
    state.withLock { $0.threads.append(thread) }
  }

  private func startThread(in state: borrowing Mutex<State>, _ body: @escaping () -> Void) {
    Self.startThread(in: state, body)
  }
}
