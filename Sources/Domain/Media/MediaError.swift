public import Posts

/// Why a photo cannot be used, or cannot be made public: what happened, and what to do about it.
public struct MediaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure, stable names for logs and tests.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// There is no file of that name.
    case missing
    /// The file is there, and this process may not read it.
    case unreadable
    /// The name leads to a directory, a FIFO, a device or a socket.
    case notAFile
    /// The file is longer than Instagram takes.
    case tooLarge
    /// The file is something other than a JPEG.
    case notJPEG
    /// A JPEG that Instagram documents as excluded, or that uses a coding nobody decodes.
    case unsupportedJPEG
    /// The file begins like a JPEG and ends early, or contradicts itself.
    case damaged
    /// Wider or taller than a feed takes.
    case ratio
    /// The photo is only a file, and no media host is configured that could make it public.
    case noPublicURL
    /// The URL is one that Meta cannot or should not fetch.
    case badURL
    /// The key `media.webroot.base_url` is one that Meta could not fetch from.
    case badBaseURL
    /// The directory of the media host is missing, or may not be written.
    case directory
    /// The file system refused: full, failing, or read-only.
    case storage
    /// A handle of another kind of host than the one configured now.
    case foreignHandle
  }

  /// What kind of failure it is.
  public let code: Code
  /// What happened with what: lower case, one line, no final period.
  public let message: String
  /// What to do about it: a sentence.
  public let hint: String

  /// Composes an error from its three parts.
  public init(_ code: Code, _ message: String, hint: String) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// The message, and the hint on a line of its own.
  public var description: String { "\(message)\nHINT: \(hint)" }

  /// What the failure means for the post.
  ///
  /// A refused photo is refused until somebody changes it; a host that is set up wrongly fails
  /// every photo alike; a full disk passes.
  public var failureClass: FailureClass {
    switch code {
    case .missing, .notAFile, .tooLarge, .notJPEG, .unsupportedJPEG, .damaged, .ratio, .badURL:
      .permanent
    case .unreadable, .noPublicURL, .badBaseURL, .directory, .foreignHandle: .configuration
    case .storage: .wait
    }
  }
}
