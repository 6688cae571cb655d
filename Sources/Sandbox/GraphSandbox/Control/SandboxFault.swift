/// A scripted misbehaviour: which calls it meets, and what then happens.
public struct SandboxFault: Sendable, Codable, Equatable {
  /// Whether the operation takes place before its answer is replaced.
  public enum Effect: String, Sendable, Codable {
    /// The operation is not done.
    case before
    /// The operation is done in full, then its answer is replaced.
    case after
  }

  /// Its id; assigned by the sandbox.
  public var id: String = ""
  /// The preset that it came from, for reading.
  public var preset: String?
  /// Operation names joined by `|`, or `any`.
  public var operation: String = "any"
  /// Only calls concerning this account id; nil: all.
  public var account: String?
  /// Only calls whose caption (a publish: its container's) contains this text; nil: all.
  public var caption: String?
  /// The matching call at which it begins, counted from 1 since the fault was set.
  public var at: Int = 1
  /// How many matching calls it meets from there on; 0: all until it is removed.
  public var times: Int = 1
  /// Whether the operation takes place; only with an answer.
  public var effect: Effect = .before
  /// What is answered instead; nil: the operation's own answer.
  public var answer: FaultAnswer?
  /// A signal sent to a process; nil: none.
  public var signal: FaultSignal?
  /// Matching calls so far.
  public var calls: Int = 0
  /// Calls that it met.
  public var hits: Int = 0

  /// A fault with the defaults of every property not named.
  public init(
    _ operation: String,
    account: String? = nil,
    caption: String? = nil,
    at: Int = 1,
    times: Int = 1,
    effect: Effect = .before,
    answer: FaultAnswer? = nil,
    signal: FaultSignal? = nil
  ) {
    self.operation = operation
    self.account = account
    self.caption = caption
    self.at = at
    self.times = times
    self.effect = effect
    self.answer = answer
    self.signal = signal
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, preset, operation, account, caption, at, times, effect, answer, signal, calls, hits
  }
}

/// The answer that a fault gives instead of the operation's own; its parts combine.
public struct FaultAnswer: Sendable, Codable, Equatable {
  /// Cut the connection without a byte.
  public var close: Bool?
  /// Seconds of silence first.
  ///
  /// Alone: then the operation's own answer, or a cut if it was not done.
  public var stall: Double?
  /// The HTTP status; 400 for an error, 200 for a body, when left out.
  public var status: Int?
  /// A Graph error; what is left out comes from the catalogue.
  public var error: FaultError?
  /// A body to send as it is.
  public var body: String?
  /// Send the head and half of the body, then cut the connection.
  public var truncate: Bool?
  /// Header fields to add.
  public var headers: [String: String]?

  /// An answer made of the parts named.
  public init(
    close: Bool? = nil,
    stall: Double? = nil,
    status: Int? = nil,
    error: FaultError? = nil,
    body: String? = nil,
    truncate: Bool? = nil,
    headers: [String: String]? = nil
  ) {
    self.close = close
    self.stall = stall
    self.status = status
    self.error = error
    self.body = body
    self.truncate = truncate
    self.headers = headers
  }
}

/// A Graph error as a fault names it.
public struct FaultError: Sendable, Codable, Equatable {
  /// Graph's code.
  public var code: Int
  /// Graph's subcode.
  public var subcode: Int?
  /// The message; nil: the catalogue's for this code and subcode.
  public var message: String?
  /// `is_transient`; nil: the catalogue's.
  public var isTransient: Bool?
  /// The type; nil: the catalogue's.
  public var type: String?

  /// An error whose other parts come from the catalogue.
  public init(code: Int, subcode: Int? = nil, message: String? = nil, isTransient: Bool? = nil) {
    self.code = code
    self.subcode = subcode
    self.message = message
    self.isTransient = isTransient
  }

  enum CodingKeys: String, CodingKey {
    case code, subcode, message, type
    case isTransient = "is_transient"
  }
}

/// A signal that a fault sends to a process, to stop or kill a client at an exact point of its work.
public struct FaultSignal: Sendable, Codable, Equatable {
  /// When it is sent.
  public enum Moment: String, Sendable, Codable {
    /// Once the request was read, before anything is done.
    case receipt
    /// Once the operation was done, before its answer is sent.
    case beforeAnswer = "before_answer"
  }

  /// The process; 0, negative numbers and the sandbox itself are refused.
  public var pid: Int32
  /// `KILL`, `STOP`, `CONT`, `TERM`, `INT`, `HUP`, `USR1` or `USR2`.
  public var signal: String
  /// When it is sent.
  public var when: Moment

  /// A signal for a process.
  public init(pid: Int32, signal: String, when: Moment) {
    self.pid = pid
    self.signal = signal
    self.when = when
  }
}
