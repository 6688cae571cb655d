import HTTPTransport
import Instagram
import Posts
import Testing

/// A row of the reference's tables: what a read, a creation and a publish make of an answer.
struct Row: Sendable, CustomTestStringConvertible {
  let code: Int?
  let subcode: Int?
  let read: FailureClass
  let create: FailureClass
  let publish: FailureClass

  init(_ code: Int?, _ subcode: Int?, _ all: FailureClass) {
    self.init(code, subcode, all, all, all)
  }

  init(
    _ code: Int?,
    _ subcode: Int?,
    _ read: FailureClass,
    _ create: FailureClass,
    _ publish: FailureClass
  ) {
    self.code = code
    self.subcode = subcode
    self.read = read
    self.create = create
    self.publish = publish
  }

  var testDescription: String {
    "\(code.map(String.init) ?? "-")/\(subcode.map(String.init) ?? "-")"
  }

  func check(httpStatus: Int?) {
    for operation in GraphOperation.allCases {
      let expected =
        switch operation {
        case .createContainer: create
        case .publish: publish
        default: read
        }
      let actual = classify(
        operation: operation,
        httpStatus: httpStatus,
        code: code,
        subcode: subcode
      )
      #expect(actual == expected, "\(operation)")
    }
  }
}

/// Meta's publishing table.
private let publishingTable = [
  Row(-2, 2_207_003, .newContainer),
  Row(-2, 2_207_020, .newContainer),
  Row(-1, 2_207_001, .wait, .newContainer, .unknown),
  Row(-1, 2_207_032, .newContainer),
  Row(-1, 2_207_053, .newContainer),
  Row(1, 2_207_057, .permanent),
  Row(4, 2_207_051, .limit, .limit, .unknown),
  Row(9, 2_207_042, .limit),
  Row(9, 2_207_069, .limit),
  Row(24, 2_207_006, .newContainer),
  Row(24, 2_207_008, .wait),
  Row(25, 2_207_050, .account),
  Row(100, 2_207_023, .permanent),
  Row(100, 2_207_028, .permanent),
  Row(100, 2_207_035, .permanent),
  Row(100, 2_207_036, .permanent),
  Row(100, 2_207_037, .permanent),
  Row(100, 2_207_040, .permanent),
  Row(352, 2_207_026, .permanent),
  Row(9004, 2_207_052, .newContainer),
  Row(9007, 2_207_027, .wait),
  Row(36_000, 2_207_004, .permanent),
  Row(36_001, 2_207_005, .permanent),
  Row(36_003, 2_207_009, .permanent),
  Row(36_004, 2_207_010, .permanent),
]

/// Subcodes that clients have seen and Meta does not document.
private let observedSubcodes = [
  Row(110, 2_207_013, .permanent),
  Row(100, 2_207_018, .permanent),
  Row(100, 2_207_073, .permanent),
  Row(nil, 2_207_076, .newContainer),
  Row(nil, 2_207_077, .newContainer),
  Row(10, 2_207_081, .permanent),
  Row(nil, 2_207_082, .permanent),
  Row(nil, 2_207_085, .newContainer),
  // Other codes than the documented ones in front of known subcodes.
  Row(1, 2_207_005, .permanent),
  Row(1, 2_207_052, .newContainer),
]

/// The general errors of the Graph API.
private let generalTable =
  [
    Row(1, nil, .wait, .wait, .unknown),
    Row(2, nil, .wait, .wait, .unknown),
    Row(3, nil, .account),
    Row(4, nil, .limit),
    Row(10, nil, .account, .account, .unknown),
    Row(17, nil, .limit),
    Row(32, nil, .limit),
    Row(100, nil, .permanent),
    Row(100, 33, .wait, .account, .unknown),
    Row(102, nil, .account),
    Row(104, nil, .configuration),
    Row(110, nil, .permanent),
    Row(200, nil, .account),
    Row(299, nil, .account),
    Row(341, nil, .limit),
    Row(368, nil, .account),
    Row(368, 1_390_008, .limit),
    Row(368, 4_854_002, .account),
    Row(368, 1_404_082, .permanent),
    Row(506, nil, .permanent),
    Row(613, nil, .limit),
    Row(613, 1996, .limit),
    Row(803, nil, .permanent),
    Row(2500, nil, .configuration),
    Row(9009, nil, .account),
    Row(80_002, nil, .limit),
  ]
  + [nil, 458, 459, 460, 463, 464, 467, 492].map { Row(190, $0, .account) }

/// The codes of the publishing table when the subcode is missing.
private let bareCodes = [
  Row(-2, nil, .newContainer),
  Row(-1, nil, .wait, .newContainer, .unknown),
  Row(9, nil, .limit),
  Row(24, nil, .newContainer),
  Row(25, nil, .account),
  Row(352, nil, .permanent),
  Row(9004, nil, .newContainer),
  Row(9007, nil, .wait),
  Row(36_000, nil, .permanent),
  Row(36_001, nil, .permanent),
  Row(36_003, nil, .permanent),
  Row(36_004, nil, .permanent),
]

/// Numbers that no table knows.
private let strangers = [
  Row(100, 2_207_999, .wait, .newContainer, .unknown),
  Row(nil, 2_207_999, .wait, .newContainer, .unknown),
  Row(424_242, nil, .wait, .newContainer, .unknown),
  Row(424_242, 7, .wait, .newContainer, .unknown),
  Row(nil, nil, .wait, .newContainer, .unknown),
  // Strange below a code that is about the request: a publish is not believed to be refused.
  Row(100, 7, .permanent, .permanent, .unknown),
  // Strange below a code that is about the caller: nothing was carried out.
  Row(190, 7, .account),
  Row(4, 7, .limit),
]

@Suite("Sorting failures into classes")
struct ClassifierTests {
  @Test("Meta's publishing table", arguments: publishingTable)
  func publishing(row: Row) { row.check(httpStatus: 400) }

  @Test("subcodes that Meta does not document, and unusual pairs", arguments: observedSubcodes)
  func observed(row: Row) { row.check(httpStatus: 400) }

  @Test("the general errors of the Graph API", arguments: generalTable)
  func general(row: Row) { row.check(httpStatus: 400) }

  @Test("codes of the publishing table without their subcode", arguments: bareCodes)
  func bare(row: Row) { row.check(httpStatus: 400) }

  @Test("numbers that nobody knows", arguments: strangers)
  func strange(row: Row) { row.check(httpStatus: 400) }

  @Test("a location without coordinates is named by a word instead of a subcode")
  func symbol() {
    for operation in GraphOperation.allCases {
      let actual = classify(
        operation: operation,
        httpStatus: 400,
        code: nil,
        subcode: nil,
        symbol: "INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID"
      )
      #expect(actual == .permanent)
    }
  }

  @Test("an HTTP status does not outvote the numbers, but a publish that met a 5xx is unknown")
  func statusBesideNumbers() {
    Row(4, 2_207_051, .limit, .limit, .unknown).check(httpStatus: 403)
    Row(190, nil, .account).check(httpStatus: 401)
    Row(2, nil, .wait, .wait, .unknown).check(httpStatus: 500)
    Row(100, nil, .permanent, .permanent, .unknown).check(httpStatus: 500)
    Row(9007, 2_207_027, .wait).check(httpStatus: 500)
  }

  @Test("without numbers the status decides for reads and creations")
  func statusAlone() {
    let expected: [(Int, read: FailureClass, create: FailureClass)] = [
      (200, .wait, .newContainer), (301, .configuration, .configuration),
      (400, .wait, .newContainer), (401, .account, .account),
      (404, .configuration, .configuration), (408, .wait, .wait), (429, .limit, .limit),
      (500, .wait, .wait), (502, .wait, .wait), (503, .wait, .wait), (504, .wait, .wait),
    ]
    for (status, read, create) in expected {
      Row(nil, nil, read, create, .unknown).check(httpStatus: status)
    }
  }

  @Test("an exchange without answer: unknown for a publish that may have been sent, else wait")
  func transport() {
    let codes: [HTTPError.Code] = [
      .resolve, .connect, .tls, .timedOut, .responseTooLarge, .cancelled, .shutDown,
      .transport(curl: 52),
    ]
    for (code, sent) in codes.flatMap({ [($0, true), ($0, false)] }) {
      let error = HTTPError(code: code, requestMayHaveBeenSent: sent, message: "")
      for operation in GraphOperation.allCases {
        let expected: FailureClass = operation == .publish && sent ? .unknown : .wait
        #expect(classify(operation: operation, transport: error) == expected)
      }
    }
    let invalid = HTTPError(code: .invalidURL, requestMayHaveBeenSent: false, message: "")
    #expect(classify(operation: .publish, transport: invalid) == .configuration)
  }

  @Test("a container's own error is sorted by the number in its text")
  func containerErrors() {
    func failure(_ text: String?) -> FailureClass? {
      ContainerState(status: .error, statusText: text).failureClass
    }
    let prefix = "Error: Media upload has failed with error code "
    #expect(failure(prefix + "2207026") == .permanent)
    #expect(failure(prefix + "2207052") == .newContainer)
    #expect(failure(prefix + "2207077.") == .newContainer)
    #expect(failure(prefix + "2207082") == .permanent)
    #expect(failure(prefix + "2207999") == .newContainer)
    #expect(failure(prefix + "99999999999999999999") == .newContainer)
    #expect(failure("Error") == .newContainer)
    #expect(failure(nil) == .newContainer)
    #expect(ContainerState(status: .expired).failureClass == .newContainer)
    for status in [ContainerStatus.finished, .inProgress, .published, .unrecognised("NEW")] {
      #expect(ContainerState(status: status).failureClass == nil)
    }
  }
}
