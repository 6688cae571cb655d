public import HTTPTransport
public import Posts

// From an answer to a failure class. A pure function of numbers: texts are localised and change, and
// `is_transient` is false on errors that a retry cures.
//
// The rows come from Meta's "Error codes" page of the Instagram platform and its Graph API
// error-handling guide; rows without documentation carry the word "observed".
//
// Order: subcode, code, HTTP status. One asymmetry runs through all of it: what is not known to be a
// refusal is retried when it happened to a read or a creation, and is an *unknown outcome* when it
// happened to a publish.

/// The class of an answer that is an error.
///
/// `symbol` is a subcode that the platform spells as a word.
public func classify(
  operation: GraphOperation,
  httpStatus: Int?,
  code: Int?,
  subcode: Int?,
  symbol: String? = nil
) -> FailureClass {
  if symbol == "INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID" { return .permanent }
  if let subcode, let classes = publishingSubcodes[subcode] { return classes.on(operation) }
  if operation == .publish, let httpStatus, httpStatus >= 500 { return .unknown }
  if let subcode, isStrange(subcode, code: code, operation) {
    return undecided.on(operation)
  }
  if let code, let classes = classOfCode(code, subcode: subcode) { return classes.on(operation) }
  return classOfStatus(httpStatus, operation)
}

/// The class of an exchange that brought no answer.
public func classify(operation: GraphOperation, transport error: HTTPError) -> FailureClass {
  switch error.code {
  case .invalidURL: .configuration
  default: operation == .publish && error.requestMayHaveBeenSent ? .unknown : .wait
  }
}

/// One row: the same class for all calls, or three.
private struct ClassByCall {
  let read: FailureClass
  let create: FailureClass
  let publish: FailureClass

  init(_ all: FailureClass) {
    self.init(read: all, create: all, publish: all)
  }

  init(read: FailureClass, create: FailureClass, publish: FailureClass) {
    self.read = read
    self.create = create
    self.publish = publish
  }

  func on(_ operation: GraphOperation) -> FailureClass {
    switch operation {
    case .createContainer: create
    case .publish: publish
    default: read
    }
  }
}

/// What is neither known to pass nor known to stay.
private let undecided = ClassByCall(read: .wait, create: .newContainer, publish: .unknown)
/// A fault of the platform's servers.
private let serverFault = ClassByCall(read: .wait, create: .wait, publish: .unknown)

/// Subcodes of the publishing table.
private let publishingSubcodes: [Int: ClassByCall] = [
  2_207_001: ClassByCall(read: .wait, create: .newContainer, publish: .unknown),
  2_207_003: ClassByCall(.newContainer),  // fetching the media took too long
  2_207_004: ClassByCall(.permanent),  // image too large
  2_207_005: ClassByCall(.permanent),  // image format
  2_207_006: ClassByCall(.newContainer),  // media not found; once, then the account needs its owner
  2_207_008: ClassByCall(.wait),  // container missing or expired: again, reconcile, then a new one
  2_207_009: ClassByCall(.permanent),  // aspect ratio
  2_207_010: ClassByCall(.permanent),  // caption too long
  2_207_013: ClassByCall(.permanent),  // observed: invalid user id
  2_207_018: ClassByCall(.permanent),  // observed: a collaborator cannot be tagged
  2_207_020: ClassByCall(.newContainer),  // media expired
  2_207_023: ClassByCall(.permanent),  // media type unknown
  2_207_026: ClassByCall(.permanent),  // video format
  2_207_027: ClassByCall(.wait),  // not ready for publishing
  2_207_028: ClassByCall(.permanent),  // number of carousel children
  2_207_032: ClassByCall(.newContainer),  // creation failed
  2_207_035: ClassByCall(.permanent),  // product tag positions on a video
  2_207_036: ClassByCall(.permanent),  // product tag positions missing
  2_207_037: ClassByCall(.permanent),  // product tags
  2_207_040: ClassByCall(.permanent),  // too many tags
  2_207_042: ClassByCall(.limit),  // publishing limit
  2_207_050: ClassByCall(.account),  // account restricted
  // Suspected spam. Posts went live behind this answer (observed).
  2_207_051: ClassByCall(read: .limit, create: .limit, publish: .unknown),
  2_207_052: ClassByCall(.newContainer),  // media not fetched
  2_207_053: ClassByCall(.newContainer),  // unknown upload error
  2_207_057: ClassByCall(.permanent),  // thumbnail offset
  2_207_069: ClassByCall(.limit),  // observed: creation limit
  2_207_073: ClassByCall(.permanent),  // observed: cannot be deleted
  2_207_076: ClassByCall(.newContainer),  // observed: video not usable, or its URL not yet servable
  2_207_077: ClassByCall(.newContainer),  // observed: video not downloaded or not processed
  2_207_081: ClassByCall(.permanent),  // observed: the account has no trial reels
  2_207_082: ClassByCall(.permanent),  // observed: sound mixed into a video without a sound track
  2_207_085: ClassByCall(.newContainer),  // observed: video processing
]

/// Whether a subcode outside the table forbids to believe the code.
///
/// A new subcode of the publishing family always does. For a publish every strange one does, except below
/// codes that are about the caller and not about the request.
private func isStrange(_ subcode: Int, code: Int?, _ operation: GraphOperation) -> Bool {
  if (2_207_000..<2_208_000).contains(subcode) { return true }
  guard operation == .publish else { return false }
  guard let code else { return true }
  switch code {
  case 4, 17, 32, 102, 104, 190, 341, 368, 613, 80_000...80_014: return false
  default: return true
  }
}

/// The class of a code; nil for one that no table names.
private func classOfCode(_ code: Int, subcode: Int?) -> ClassByCall? {
  switch code {
  case 100 where subcode == 33:
    // Missing, forbidden or unsupported, or the reads' outage of May 2026: says nothing about a post.
    // A creation names only the account itself.
    ClassByCall(read: .wait, create: .account, publish: .unknown)
  case 1, 2: serverFault
  case -1: undecided
  case 10: ClassByCall(read: .account, create: .account, publish: .unknown)
  case 368 where subcode == 1_390_008: ClassByCall(.limit)  // observed: too frequent
  case 368 where subcode == 1_404_082: ClassByCall(.permanent)  // observed: already posted
  case 4, 9, 17, 32, 341, 613, 80_000...80_014: ClassByCall(.limit)
  case 3, 25, 102, 190, 200...299, 368, 9009: ClassByCall(.account)
  case 100, 110, 352, 506, 803, 36_000, 36_001, 36_003, 36_004: ClassByCall(.permanent)
  case -2, 24, 9004: ClassByCall(.newContainer)
  case 9007: ClassByCall(.wait)
  case 104, 2500: ClassByCall(.configuration)
  default: nil
  }
}

/// The class of an answer whose body says nothing usable.
private func classOfStatus(_ status: Int?, _ operation: GraphOperation) -> FailureClass {
  guard operation != .publish else { return .unknown }
  guard let status else { return undecided.on(operation) }
  return switch status {
  case 408, 500...: .wait
  case 429: .limit
  case 401: .account
  case 300..<400, 404: .configuration
  default: undecided.on(operation)
  }
}
