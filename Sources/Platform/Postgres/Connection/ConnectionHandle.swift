import CLibPQ
import Glibc

/// Owns one `PGconn` in non-blocking mode.
///
/// Safety: the pointer is made by libpq, never null, freed once in `deinit`, and used by one thread at
/// a time, since its only owner is a `Session` and that never leaves its actor.
@safe struct ConnectionHandle: ~Copyable {
  private let connection: OpaquePointer

  /// Connects, or throws; waits on this thread up to the connect timeout for each host.
  init(keywords: [(String, String)], target: String) throws(PostgresError) {
    let connection = unsafe withCStrings(keywords.map(\.0)) { names in
      unsafe withCStrings(keywords.map(\.1)) { values in
        // "expand_dbname: … the value for the first dbname keyword is checked for being a connection
        // string": https://www.postgresql.org/docs/15/libpq-connect.html
        unsafe PQconnectdbParams(names, values, 1)
      }
    }
    guard let connection = unsafe connection else { throw .outOfMemory }
    guard unsafe PQstatus(connection) == CONNECTION_OK else {
      let report = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
      // A failed PGconn must be finished as well.
      unsafe PQfinish(connection)
      throw .connectionFailed(report, to: target)
    }
    unsafe PQsetnonblocking(connection, 1)
    unsafe self.connection = connection
  }

  deinit {
    unsafe PQfinish(connection)
  }

  /// The socket; libpq closes it by itself when the connection breaks.
  var socket: Int32 { unsafe PQsocket(connection) }
  /// Whether libpq has seen the connection break.
  var isBroken: Bool { unsafe PQstatus(connection) != CONNECTION_OK }
  /// Whether no transaction is open.
  var isOutsideTransaction: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_IDLE }
  /// The server process's id.
  var backendProcessID: Int32 { unsafe PQbackendPID(connection) }
  /// The server's version, such as 150020.
  var serverVersion: Int { Int(unsafe PQserverVersion(connection)) }

  /// What libpq reported last.
  var errorMessage: String {
    guard let message = unsafe PQerrorMessage(connection) else { return "" }
    return unsafe String(cString: message)
  }

  /// Quotes an identifier for use in a statement's text; nil when it is not valid UTF-8.
  func quoted(identifier: String) -> String? {
    let count = identifier.utf8.count
    guard let quoted = unsafe PQescapeIdentifier(connection, identifier, count) else { return nil }
    defer { unsafe PQfreemem(quoted) }
    return unsafe String(cString: quoted)
  }

  // MARK: Sending; each returns whether libpq took the command

  func sendScript(_ sql: SQLText) -> Bool {
    unsafe PQsendQuery(connection, sql.text) == 1
  }

  func sendPrepare(_ sql: SQLText, name: String) -> Bool {
    unsafe PQsendPrepare(connection, name, sql.text, 0, nil) == 1
  }

  func sendPrepared(_ name: String, _ parameters: EncodedParameters) -> Bool {
    unsafe parameters.withPointers { values in
      unsafe PQsendQueryPrepared(
        connection,
        name,
        parameters.count,
        values,
        parameters.lengths,
        parameters.formats,
        0
      ) == 1
    }
  }

  func send(_ sql: SQLText, _ parameters: EncodedParameters) -> Bool {
    unsafe parameters.withPointers { values in
      unsafe PQsendQueryParams(
        connection,
        sql.text,
        parameters.count,
        nil,
        values,
        parameters.lengths,
        parameters.formats,
        0
      ) == 1
    }
  }

  // MARK: Progress

  /// Sends what is buffered: true when all of it left, false when more remains, nil on failure.
  func flush() -> Bool? {
    switch unsafe PQflush(connection) {
    case 0: true
    case 1: false
    default: nil
    }
  }

  /// Reads what has arrived without waiting; false when the connection broke.
  func consumeInput() -> Bool { unsafe PQconsumeInput(connection) == 1 }

  /// Whether `nextResult` would wait.
  ///
  /// Parses what has arrived, notices and notifications included.
  var isBusy: Bool { unsafe PQisBusy(connection) == 1 }

  /// The next result of the command, or nil when it is complete.
  func nextResult() -> ResultHandle? {
    guard let result = unsafe PQgetResult(connection) else { return nil }
    return unsafe ResultHandle(adopting: result)
  }

  /// The next notification that has arrived.
  func nextNotification() -> Notification? {
    guard let pointer = unsafe PQnotifies(connection) else { return nil }
    defer { unsafe PQfreemem(pointer) }
    let notification = unsafe pointer.pointee
    return unsafe Notification(
      channel: String(cString: notification.relname),
      payload: String(cString: notification.extra),
      backendProcessID: notification.be_pid
    )
  }

  /// Waits until the socket can be read, or also written; false when `timeout` passed first.
  func wait(forWriting: Bool, milliseconds: Int32) -> Bool {
    let events = POLLIN | (forWriting ? POLLOUT : 0)
    var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
    // An interrupted wait looks like a ready one; the caller's loop checks again.
    return unsafe poll(&descriptor, 1, milliseconds) != 0
  }

  /// Sends notices to `sink`, which must outlive this handle.
  func deliverNotices(to sink: NoticeSink) {
    // Safety: `Session` owns both, and releases the sink after the handle.
    unsafe PQsetNoticeReceiver(
      connection,
      { context, result in
        guard let context = unsafe context, let result = unsafe result else { return }
        let sink = unsafe Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue()
        unsafe sink.receive(ResultHandle.notice(borrowing: result))
      },
      Unmanaged.passUnretained(sink).toOpaque()
    )
  }
}

/// Receives a connection's notices while libpq reads; owned by the `Session`.
final class NoticeSink {
  private let forward: (@Sendable (PostgresNotice) -> Void)?
  /// The farewell of a server that ended the session while nothing was running.
  private(set) var farewell: PostgresNotice?

  init(forward: (@Sendable (PostgresNotice) -> Void)?) {
    self.forward = forward
  }

  func receive(_ notice: PostgresNotice) {
    if notice.severity == "FATAL" || notice.severity == "PANIC" { farewell = notice }
    forward?(notice)
  }
}

/// What libpq makes of a connection string, without connecting.
enum ConnectionString {
  /// Names server, database and user for a message, never the password; throws when it is malformed.
  static func target(of conninfo: String) throws(PostgresError) -> String {
    // Anything else is the bare name of a database.
    guard isURI(conninfo) || conninfo.contains("=") else { return "PostgreSQL" }
    let found = try options(of: conninfo)
    let parts = [("dbname", "database"), ("host", "host"), ("port", "port"), ("user", "user")]
    let named = parts.compactMap { key, label in found[key].map { "\(label) \($0)" } }
    return named.isEmpty ? "PostgreSQL" : "PostgreSQL (\(named.joined(separator: ", ")))"
  }

  /// The keywords that it gives a value to, passwords among them.
  static func options(of conninfo: String) throws(PostgresError) -> [String: String] {
    var report: UnsafeMutablePointer<CChar>?
    let options = unsafe PQconninfoParse(conninfo, &report)
    defer {
      unsafe PQconninfoFree(options)
      unsafe PQfreemem(report)
    }
    guard let options = unsafe options else {
      // libpq quotes the words that it did not understand, and a password with a space is two words.
      let isSafe = !conninfo.contains("password") && !isURI(conninfo)
      throw .malformedConninfo(
        isSafe ? unsafe report.map { unsafe String(cString: $0) } : nil
      )
    }
    var found: [String: String] = [:]
    var option = unsafe options
    while let keyword = unsafe option.pointee.keyword {
      if let value = unsafe option.pointee.val {
        unsafe found[String(cString: keyword)] = unsafe String(cString: value)
      }
      unsafe option += 1
    }
    return found
  }

  /// The same test as libpq's own.
  private static func isURI(_ conninfo: String) -> Bool {
    conninfo.hasPrefix("postgresql://") || conninfo.hasPrefix("postgres://")
  }
}

/// Lends `strings` as a NULL-terminated array of C strings.
private func withCStrings<R>(
  _ strings: [String],
  _ body: ([UnsafePointer<CChar>?]) -> R
) -> R {
  var storage: [CChar] = []
  var offsets: [Int] = []
  for string in strings {
    offsets.append(storage.count)
    storage.append(contentsOf: string.utf8CString)
  }
  return unsafe storage.withUnsafeBufferPointer { buffer in
    let pointers = unsafe offsets.map { offset in
      unsafe buffer.baseAddress.map { unsafe $0 + offset }
    }
    return unsafe body(pointers + [nil])
  }
}
