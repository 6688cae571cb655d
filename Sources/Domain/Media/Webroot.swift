import Glibc

/// The open directory that a web server serves; all its calls block.
///
/// Every name is resolved against the one open descriptor, so the directory cannot be exchanged
/// between two calls, and every name is a ``PublicName``, so none leads out of it.
struct Webroot: ~Copyable {
  private let directory: FileDescriptor

  init(_ path: String) throws(Errno) {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    directory = FileDescriptor(adopting: try Errno.check { unsafe open(path, flags) })
  }

  /// Makes `photo` appear under `name`, at once and whole; returns its length.
  func add(_ photo: borrowing OpenPhoto, as name: PublicName) throws(Errno) -> Int {
    let temporary = Self.temporaryName(of: name)
    try removeIfPresent(temporary)
    do throws(Errno) {
      let length = try fill(temporary, from: photo)
      try Errno.check {
        unsafe renameat(directory.raw, temporary, directory.raw, name.fileName)
      }
      // rename(2): when both names are links to the same file, it does nothing and reports success.
      // So a second publishing of the same photo would leave the temporary name behind.
      try removeIfPresent(temporary)
      return length
    } catch {
      try? removeIfPresent(temporary)
      throw error
    }
  }

  /// Removes `name`, and what an interrupted ``add(_:as:)`` left of it; gone already is fine.
  func remove(_ name: PublicName) throws(Errno) {
    try removeIfPresent(name.fileName)
    try removeIfPresent(Self.temporaryName(of: name))
  }

  /// The names of our form whose file has not changed for longer than `age`.
  func names(unchangedFor age: Duration) throws(Errno) -> Set<PublicName> {
    var now = timespec()
    try Errno.check { unsafe clock_gettime(CLOCK_REALTIME, &now) }
    var names: Set<PublicName> = []
    for entry in try entries() {
      guard let name = Self.publicName(of: entry) else { continue }
      var status = stat()
      do throws(Errno) {
        try Errno.check { unsafe fstatat(directory.raw, entry, &status, AT_SYMLINK_NOFOLLOW) }
      } catch  where error.code == ENOENT {
        continue  // withdrawn while we looked
      }
      guard status.st_mode & S_IFMT == S_IFREG, now.elapsed(since: status.st_ctim) >= age else {
        continue
      }
      names.insert(name)
    }
    return names
  }

  /// Links the photo to a new name, or copies it there when it cannot or must not be linked.
  private func fill(_ name: String, from photo: borrowing OpenPhoto) throws(Errno) -> Int {
    let everybodyReads = S_IRUSR | S_IRGRP | S_IROTH
    if photo.status.st_mode & everybodyReads == everybodyReads {
      // Through the open descriptor, so that what was inspected is what is linked, even if the
      // path means another file by now. Whatever fails here, copying either works or says why.
      let opened = "/proc/self/fd/\(photo.file.raw)"
      let linked = unsafe linkat(AT_FDCWD, opened, directory.raw, name, AT_SYMLINK_FOLLOW)
      if linked == 0 { return Int(photo.status.st_size) }
    }
    return try copy(photo, to: name)
  }

  private func copy(_ photo: borrowing OpenPhoto, to name: String) throws(Errno) -> Int {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let target = FileDescriptor(
      adopting: try Errno.check { unsafe openat(directory.raw, name, flags, 0o600) }
    )
    var length = 0
    var chunk: [UInt8] = []
    while try photo.file.read(upTo: 262_144, into: &chunk) > 0 {
      try target.write(chunk)
      length += chunk.count
      chunk.removeAll(keepingCapacity: true)
    }
    // Not through open's mode, which the umask cuts down; and not before the content is there.
    try Errno.check { fchmod(target.raw, 0o644) }
    return length
  }

  private func removeIfPresent(_ name: String) throws(Errno) {
    do throws(Errno) {
      try Errno.check { unsafe unlinkat(directory.raw, name, 0) }
    } catch  where error.code == ENOENT {
      return
    }
  }

  /// Every name in the directory, in no order.
  private func entries() throws(Errno) -> [String] {
    // A descriptor of its own, since `closedir` closes it and reading moves its position.
    let own = try Errno.check {
      unsafe openat(directory.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard let stream = unsafe fdopendir(own) else {
      let code = errno
      _ = close(own)
      throw Errno(code: code)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      // readdir(3): only `errno` tells the end from a failure.
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        let code = errno
        guard code == 0 else { throw Errno(code: code) }
        return names
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
  }

  /// Hidden, so that a web server that lists or matches `*.jpg` passes over it.
  private static func temporaryName(of name: PublicName) -> String { ".\(name.fileName).new" }

  private static func publicName(of entry: String) -> PublicName? {
    guard entry.hasPrefix("."), entry.hasSuffix(".new") else { return PublicName(entry) }
    return PublicName(String(entry.dropFirst().dropLast(4)))
  }
}

extension timespec {
  /// The time from `earlier` to this; negative when the clock was set back.
  fileprivate func elapsed(since earlier: timespec) -> Duration {
    .seconds(tv_sec - earlier.tv_sec) + .nanoseconds(tv_nsec - earlier.tv_nsec)
  }
}
