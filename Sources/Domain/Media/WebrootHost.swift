import Glibc

/// The host of `media.host: webroot`: a directory that a web server serves.
///
/// A photo appears there as a hard link when it can and as a copy when it must: across file
/// systems or bind mounts (`EXDEV`), for a file of another user (`fs.protected_hardlinks` answers
/// `EPERM`), or when not everybody may read the original, whose mode a link would share. Either
/// way it is made under a temporary name and renamed, so the web server never serves half a photo.
///
/// The actor runs on a queue of its own: file calls block.
public actor WebrootHost: MediaHost {
  private let directory: String
  private let baseURL: String
  private let executor = QueueExecutor(label: "belfry.webroot-host")
  /// The actor's own queue: file calls block, and must not block others.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Serves `directory`, an absolute path, under `baseURL`; nothing is touched yet.
  ///
  /// Throws ``MediaError`` for a relative directory, and for a URL that is not https (http for
  /// this machine), or that has a query. A missing slash at its end is added.
  public init(directory: String, baseURL: String) throws(MediaError) {
    guard directory.hasPrefix("/"), !directory.utf8.contains(0) else {
      throw MediaError(
        .directory,
        "media.webroot.directory '\(directory)' is not an absolute path",
        hint: "Write the full path, as in /var/lib/belfry/public."
      )
    }
    let url = try PublicURL(
      baseURL,
      subject: "media.webroot.base_url '\(baseURL)'",
      code: .badBaseURL
    )
    guard !url.hasQueryOrFragment else {
      throw MediaError(
        .badBaseURL,
        "media.webroot.base_url '\(baseURL)' has a query or a fragment",
        hint: "Write only the address of the directory, as in https://media.example.org/."
      )
    }
    self.directory = directory
    self.baseURL = baseURL.hasSuffix("/") ? baseURL : baseURL + "/"
  }

  /// A file under `name`, or nothing for a photo that has a URL of its own.
  public nonisolated func handle(for photo: PhotoSource, as name: PublicName) -> MediaHandle {
    switch photo {
    case .file: .webroot(name)
    case .url: .nothing
    }
  }

  /// Puts the photo into the directory; one that has a URL of its own stays where it is.
  public func publish(
    _ photo: PhotoSource,
    as name: PublicName
  ) async throws(MediaError) -> PublicMedia {
    switch photo {
    case .url(let url):
      return try .alreadyPublic(url)
    case .file(let path):
      let original = try PhotoFile.open(path)
      let webroot = try openDirectory()
      let bytes: Int
      do throws(Errno) {
        bytes = try webroot.add(original, as: name)
      } catch {
        throw explain("photo \(path) cannot be published in \(directory)", error)
      }
      return PublicMedia(url: baseURL + name.fileName, handle: .webroot(name), bytes: bytes)
    }
  }

  /// Unlinks the file, and what a killed process left of its making; gone already is fine.
  public func withdraw(_ handle: MediaHandle) async throws(MediaError) {
    guard handle != .nothing else { return }
    guard handle.host == .webroot, let name = handle.name else {
      throw .foreign(handle, to: .webroot)
    }
    let webroot = try openDirectory()
    do throws(Errno) {
      try webroot.remove(name)
    } catch {
      throw explain("\(name) cannot be withdrawn from \(directory)", error)
    }
  }

  /// Unlinks what was put there longer than `age` ago, unless it is in `keeping`.
  ///
  /// Only names of our own form are looked at; the directory may hold other files. The age is
  /// that of the inode's last change, which linking and copying both set. A clock that was set
  /// back, or a change of the original behind a link, makes a file look younger, never older.
  public func sweep(olderThan age: Duration, keeping: Set<MediaHandle>) async -> SweepReport {
    var report = SweepReport()
    do throws(MediaError) {
      let webroot = try openDirectory()
      let found: Set<PublicName>
      do throws(Errno) {
        found = try webroot.names(unchangedFor: age)
      } catch {
        throw explain("\(directory) cannot be listed", error)
      }
      for name in found.sorted(by: { $0.fileName < $1.fileName }) {
        guard !keeping.contains(.webroot(name)) else { continue }
        do throws(Errno) {
          try webroot.remove(name)
          report.removed.append(.webroot(name))
        } catch {
          report.failures.append(explain("\(name) cannot be swept from \(directory)", error))
        }
      }
    } catch {
      report.failures.append(error)
    }
    return report
  }

  private func openDirectory() throws(MediaError) -> Webroot {
    do throws(Errno) {
      return try Webroot(directory)
    } catch {
      throw explain("media directory \(directory) cannot be opened", error)
    }
  }

  private nonisolated func explain(_ what: String, _ error: Errno) -> MediaError {
    switch error.code {
    case ENOENT, ENOTDIR, ELOOP:
      MediaError(
        .directory,
        "\(what): \(error)",
        hint: "Create the directory, or correct media.webroot.directory."
      )
    case EACCES, EPERM, EROFS:
      MediaError(
        .directory,
        "\(what): \(error)",
        hint: "Let the user of the service write there; under systemd, name it in ReadWritePaths=."
      )
    default:
      MediaError(
        .storage,
        "\(what): \(error)",
        hint: "Look at the file system of the media directory; the post is tried again."
      )
    }
  }
}
