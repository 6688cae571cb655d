import FoundationEssentials
import HTTPTransport
import Posts
import Sealing

/// One request to the platform, before it is put into bytes.
struct GraphCall {
  let operation: GraphOperation
  /// Without query.
  let url: String
  var query = Parameters()
  /// The body's fields; nil for a GET.
  var form: Parameters?
  /// Goes into the `Authorization` header.
  var bearer: Secret<String>?
  /// What must not come back in a message.
  var secrets: [Secret<String>] = []

  /// Signs the call as `account`'s: the token in a header, and the proof where the surface knows it.
  mutating func sign(as account: InstagramAccount) {
    bearer = account.accessToken
    secrets += [account.accessToken] + (account.appSecret.map { [$0] } ?? [])
    guard account.login == .facebook, let appSecret = account.appSecret else { return }
    let proof = appSecretProof(token: account.accessToken, secret: appSecret)
    secrets.append(Secret(proof))
    if form != nil {
      form?["appsecret_proof"] = proof
    } else {
      query["appsecret_proof"] = proof
    }
  }

  /// The request in bytes.
  func request(timeout: Duration) -> HTTPRequest {
    var headers: HTTPHeaders = ["Accept": "application/json"]
    bearer?.expose { headers.append(name: "Authorization", value: "Bearer \($0)") }
    if form != nil {
      headers.append(name: "Content-Type", value: "application/x-www-form-urlencoded")
    }
    let isPublish = operation == .publish
    return HTTPRequest(
      method: form == nil ? .get : .post,
      url: query.items.isEmpty ? url : url + "?" + query.encoded,
      headers: headers,
      body: form.map { Array($0.encoded.utf8) } ?? [],
      deadline: timeout,
      connectTimeout: min(timeout, .seconds(10)),
      // A publish must reach the platform at most once, whatever happens to the connection; and a kept
      // connection that was just closed would leave its outcome unknown for nothing.
      freshConnection: isPublish,
      atMostOnce: isPublish
    )
  }
}

/// Sends calls and sorts the answers: the one place where an answer becomes a value or an error.
struct GraphCaller: Sendable {
  let transport: any HTTPTransport
  let timeout: Duration
  let onUsage: (@Sendable (String, InstagramUsage) -> Void)?

  /// Performs `call` and reads the answer as a `Value`.
  func perform<Value: Decodable>(
    _ call: GraphCall,
    for accountID: String
  ) async throws(InstagramError) -> Value {
    try await perform(call, as: call.request(timeout: timeout), for: accountID)
  }

  /// Performs `call`, already in bytes, and reads the answer as a `Value`.
  func perform<Value: Decodable>(
    _ call: GraphCall,
    as request: HTTPRequest,
    for accountID: String
  ) async throws(InstagramError) -> Value {
    let response: HTTPResponse
    do {
      response = try await transport.send(request)
    } catch {
      throw Self.error(call, error)
    }
    let usage = InstagramUsage(response.headers)
    if let usage { onUsage?(accountID, usage) }
    let body = Data(response.body)
    if let failure = try? JSONDecoder().decode(FailureEnvelope.self, from: body).error {
      throw Self.error(call, response.status, failure, usage)
    }
    guard (200..<300).contains(response.status),
      let value = try? JSONDecoder().decode(Value.self, from: body)
    else {
      throw Self.error(call, response.status, nil, usage)
    }
    return value
  }

  private static func error(_ call: GraphCall, _ error: HTTPError) -> InstagramError {
    let failureClass = classify(operation: call.operation, transport: error)
    return InstagramError(
      operation: call.operation,
      failureClass: failureClass,
      transportCode: error.code,
      requestMayHaveBeenSent: error.requestMayHaveBeenSent,
      message: InstagramTexts.unanswered(call.operation, clean(error.message, of: call.secrets)),
      hint: InstagramTexts.hint(failureClass, transport: error.code)
    )
  }

  private static func error(
    _ call: GraphCall,
    _ status: Int,
    _ failure: GraphFailure?,
    _ usage: InstagramUsage?
  ) -> InstagramError {
    let failureClass = classify(
      operation: call.operation,
      httpStatus: status,
      code: failure?.code,
      subcode: failure?.subcode,
      symbol: failure?.symbol
    )
    let message =
      failure.map { failure in
        let text = clean(failure.message ?? "", of: call.secrets)
        return InstagramTexts.answered(
          call.operation,
          failure.code,
          failure.symbol ?? failure.subcode.map(String.init),
          status,
          text
        )
      } ?? InstagramTexts.unreadable(call.operation, status)
    return InstagramError(
      operation: call.operation,
      failureClass: failureClass,
      graphCode: failure?.code,
      graphSubcode: failure?.subcode,
      httpStatus: status,
      requestMayHaveBeenSent: true,
      retryAfter: retryAfter(failureClass, failure?.subcode, usage),
      message: message,
      hint: InstagramTexts.hint(failureClass, code: failure?.code, subcode: failure?.subcode),
      traceID: failure?.traceID.map { clean($0, of: call.secrets) }
    )
  }
}

/// How long to leave the platform alone after an error; nil when nothing in particular is known.
func retryAfter(
  _ failureClass: FailureClass,
  _ subcode: Int?,
  _ usage: InstagramUsage?
) -> Duration? {
  switch subcode {
  case 2_207_027: .seconds(5)
  case 2_207_003, 2_207_052: .seconds(10)
  case 2_207_008: .seconds(30)
  // Suspected spam: the block lengthens when one keeps knocking.
  case 2_207_051: .seconds(6 * 3600)
  // Moving windows of 24 hours; usage headers are about calls, not posts.
  case 2_207_042, 2_207_069: .seconds(3600)
  default: failureClass == .limit ? usage?.regainAccess ?? .seconds(3600) : nil
  }
}

/// `text` on one line, without secrets and without the queries of URLs, at most 300 characters.
func clean(_ text: String, of secrets: [Secret<String>]) -> String {
  // By bytes: as a character, the last one of a secret is another when a combining mark follows it.
  var bytes = Array(text.utf8)
  for secret in secrets {
    secret.expose { value in
      guard !value.isEmpty else { return }
      for form in [value, percentEncoded(value)] {
        bytes.replace(Array(form.utf8), with: Array("<redacted>".utf8))
      }
    }
  }
  let text = String(decoding: bytes, as: UTF8.self)
  let isBreak: (Character) -> Bool = { character in
    character.isWhitespace || character.unicodeScalars.contains { $0.value < 0x20 }
  }
  let words = text.split(whereSeparator: isBreak).map { word in
    word.contains("://") ? word.prefix { $0 != "?" } : word
  }
  return String(words.joined(separator: " ").prefix(300))
}
