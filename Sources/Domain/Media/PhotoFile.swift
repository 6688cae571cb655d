import Glibc

/// Opens photos, and only photos: no name that a user can queue makes the daemon wait or swell.
enum PhotoFile {
  /// Opens the regular file at `path` for reading, and answers its status.
  ///
  /// Symbolic links are followed, since a library of photos is often made of them. `O_NONBLOCK`
  /// keeps a FIFO without a writer from blocking the open, and `fstat` on the open descriptor
  /// leaves no time between looking and reading.
  static func open(_ path: String) throws(MediaError) -> OpenPhoto {
    guard path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw MediaError(
        .missing,
        "photo '\(path)' is not an absolute path",
        hint: "Register the photo under its full path, beginning with /."
      )
    }
    do throws(Errno) {
      let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
      let file = FileDescriptor(adopting: try Errno.check { unsafe Glibc.open(path, flags) })
      let status = try file.status()
      guard status.st_mode & S_IFMT == S_IFREG else { throw Errno(code: EISDIR) }
      return OpenPhoto(file: file, status: status)
    } catch {
      throw MediaError(opening: path, error)
    }
  }

  /// Reads the whole file, unless it is longer than `limit` bytes.
  static func read(
    _ photo: borrowing OpenPhoto,
    at path: String,
    limit: Int
  ) throws(MediaError) -> [UInt8] {
    guard photo.status.st_size <= limit else {
      throw .tooLarge(path, bytes: Int(photo.status.st_size))
    }
    var bytes: [UInt8] = []
    do throws(Errno) {
      // One byte more than the status promised, so that a file that grows meanwhile is noticed.
      var room = Int(photo.status.st_size) + 1
      while try photo.file.read(upTo: room, into: &bytes) > 0 {
        guard bytes.count <= limit else { break }
        room = min(65_536, limit + 1 - bytes.count)
      }
    } catch {
      throw MediaError(opening: path, error)
    }
    guard bytes.count <= limit else { throw .tooLarge(path, bytes: bytes.count) }
    return bytes
  }
}

/// A photo that is open for reading, with the status it had at that moment.
struct OpenPhoto: ~Copyable {
  let file: FileDescriptor
  let status: stat
}

extension MediaError {
  /// Explains why the photo at `path` did not open or read.
  init(opening path: String, _ error: Errno) {
    switch error.code {
    case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP:
      self.init(
        .missing,
        "photo \(path) does not exist",
        hint: "Put the file back, or point photos.path at where it is now."
      )
    case EISDIR, ENXIO, ENODEV:
      self.init(
        .notAFile,
        "photo \(path) is not a regular file",
        hint: "Point photos.path at the JPEG itself, not at a directory, device or pipe."
      )
    case EACCES, EPERM:
      self.init(
        .unreadable,
        "photo \(path) cannot be read: \(error)",
        hint: "Let the user of the service read the file and enter every directory above it."
      )
    default:
      self.init(
        .storage,
        "photo \(path) cannot be read: \(error)",
        hint: "Look at the file system that holds the photo; the post is tried again."
      )
    }
  }

  static func tooLarge(_ path: String, bytes: Int) -> MediaError {
    MediaError(
      .tooLarge,
      "photo \(path) has \(bytes) bytes, Instagram takes at most \(PhotoRules.maximumBytes)",
      hint: "Save it smaller: 1440 pixels wide at quality 85 is far below the limit."
    )
  }
}
