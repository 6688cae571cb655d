import Glibc
import Synchronization

/// Held while a descriptor lacks its close-on-exec mark, and while a child is made.
///
/// Swift does not see `pipe2`, and a pipe end inherited by a stranger would keep a lifeline open.
private let inheritance = Mutex(())

/// The two ends of a pipe; the read end does not block, neither end is inherited by accident.
struct Pipe {
  let readEnd: Int32
  let writeEnd: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    let code = inheritance.withLock { _ -> Int32 in
      guard unsafe pipe(&ends) == 0 else { return errno }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return 0
    }
    guard code == 0 else { throw ChildProcessError("pipe", errno: code) }
    (readEnd, writeEnd) = (ends[0], ends[1])
    _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
  }
}

/// A standard input that is complete before the program starts: no writer, no SIGPIPE, no deadlock.
struct InputFile {
  private static let count = Atomic<Int>(0)

  let descriptor: Int32

  init(_ text: String?) throws {
    guard let text else {
      descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw ChildProcessError("open /dev/null", errno: errno) }
      return
    }
    let number = Self.count.add(1, ordering: .relaxed).newValue
    let path = "\(TemporaryDirectory.base)/belfry-input-\(getpid())-\(number)"
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ChildProcessError("open \(path)", errno: errno) }
    unsafe unlink(path)
    var left = Array(text.utf8)[...]
    while !left.isEmpty {
      let count = unsafe left.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw ChildProcessError("write", errno: errno) }
      left = left.dropFirst(count)
    }
    lseek(descriptor, 0, SEEK_SET)
  }
}

/// Starts a program with exactly the given descriptors, default signal actions and no blocked signal.
func spawnProcess(
  _ path: String,
  _ arguments: [String],
  environment: [String: String]?,
  descriptors: [Int32: Int32]
) throws -> Int32 {
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  // First up, above every wanted number, so that no dup2 overwrites a source that is still needed.
  let floor = max(100, (descriptors.values.max() ?? 0) + 1)
  for (offset, (_, source)) in descriptors.sorted(by: { $0.key < $1.key }).enumerated() {
    unsafe posix_spawn_file_actions_adddup2(&actions, source, floor + Int32(offset))
  }
  for (offset, (target, _)) in descriptors.sorted(by: { $0.key < $1.key }).enumerated() {
    unsafe posix_spawn_file_actions_adddup2(&actions, floor + Int32(offset), target)
    unsafe posix_spawn_file_actions_addclose(&actions, floor + Int32(offset))
  }
  // Not every library marks its sockets: a connection of the sandbox in this process that a child holds
  // open, too, would not end for its client when the sandbox closes it.
  // (Swift does not see posix_spawn_file_actions_addclosefrom_np. Closing what is not open is no error.)
  for descriptor in (descriptors.keys.max() ?? 2) + 1..<1024 {
    unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
  }

  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  var all = sigset_t()
  unsafe sigemptyset(&none)
  unsafe sigfillset(&all)
  unsafe posix_spawnattr_setsigmask(&attributes, &none)
  unsafe posix_spawnattr_setsigdefault(&attributes, &all)
  unsafe posix_spawnattr_setflags(
    &attributes,
    Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
  )

  let variables = environment.map { $0.map { "\($0)=\($1)" }.sorted() }
  var pid: pid_t = 0
  let code = inheritance.withLock { _ in
    unsafe start(&pid, path, &actions, &attributes, [path] + arguments, variables)
  }
  guard code == 0 else { throw ChildProcessError("cannot start \(path)", errno: code) }
  return pid
}

private func start(
  _ pid: inout pid_t,
  _ path: String,
  _ actions: inout posix_spawn_file_actions_t,
  _ attributes: inout posix_spawnattr_t,
  _ command: [String],
  _ variables: [String]?
) -> Int32 {
  unsafe withMutableCStrings(command) { argv in
    guard let variables else {
      return unsafe posix_spawnp(&pid, path, &actions, &attributes, argv, environ)
    }
    return unsafe withMutableCStrings(variables) { envp in
      unsafe posix_spawnp(&pid, path, &actions, &attributes, argv, envp)
    }
  }
}

/// Lends `strings` as a NULL-terminated array, which posix_spawn wants mutable but leaves alone.
private func withMutableCStrings<R>(
  _ strings: [String],
  _ body: ([UnsafeMutablePointer<CChar>?]) -> R
) -> R {
  let copies = unsafe strings.map { unsafe strdup($0) }
  defer { unsafe copies.forEach { unsafe free($0) } }
  return unsafe body(copies + [nil])
}

extension [UInt8] {
  /// Whether `other` occurs in it.
  func contains(_ other: [UInt8]) -> Bool {
    guard let first = other.first else { return true }
    return indices.contains { self[$0] == first && self[$0...].starts(with: other) }
  }
}
