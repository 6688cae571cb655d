import CCurl

/// One request in flight; lives on the loop's thread only.
final class Transfer {
  let ticket: Ticket
  private let request: HTTPRequest
  private let reply: Reply
  private let headers: HeaderList
  let easy: EasyHandle
  private var assembly: ResponseAssembly
  /// How often libcurl was about to write the request; above zero, bytes may have left.
  private var timesIssued = 0
  /// Why libcurl was told not to write the request, if it was.
  private var refusal: Refusal?

  private enum Refusal {
    case cancelled
    case repetition
    case withheld
  }

  /// Prepares the transfer, without adding it to a multi handle.
  init(_ request: HTTPRequest, ticket: Ticket, reply: Reply, userAgent: String) throws(CurlRefusal)
  {
    self.request = request
    self.ticket = ticket
    self.reply = reply
    assembly = ResponseAssembly(maximumBodyBytes: request.maximumResponseBytes)
    headers = try HeaderList.make(request.headerLines)
    easy = try EasyHandle.make()
    try easy.configure(for: request, userAgent: userAgent)
    try easy.setHeaders(headers)
    try installCallbacks()
  }

  /// Answers the caller according to how libcurl ended.
  func finish(_ code: CURLcode) {
    guard code == CURLE_OK, let status = easy.number(CURLINFO_RESPONSE_CODE) else {
      reply.resume(returning: .failure(failure(code)))
      return
    }
    let response = HTTPResponse(
      status: status,
      headers: assembly.headers,
      body: assembly.body,
      httpVersion: httpVersion
    )
    reply.resume(returning: .success(response))
  }

  /// Answers the caller although libcurl has not ended.
  func abandon(_ code: HTTPError.Code) {
    reply.resume(returning: .failure(error(code, because: HTTPTexts.abandoned(code))))
  }

  private var httpVersion: HTTPResponse.Version {
    switch easy.number(CURLINFO_HTTP_VERSION) {
    case Int(CURL_HTTP_VERSION_1_0): .http1_0
    case Int(CURL_HTTP_VERSION_1_1): .http1_1
    case Int(CURL_HTTP_VERSION_2_0): .http2
    default: .other
    }
  }

  private func failure(_ code: CURLcode) -> HTTPError {
    if assembly.isTooLarge {
      return error(.responseTooLarge, because: HTTPTexts.tooLarge(request.maximumResponseBytes))
    }
    if code == CURLE_ABORTED_BY_CALLBACK {
      switch refusal {
      case .repetition:
        return error(.transport(curl: Int32(code.rawValue)), because: HTTPTexts.notRepeated)
      case .withheld: return error(.withheld, because: HTTPTexts.abandoned(.withheld))
      case .cancelled, nil: return error(.cancelled, because: HTTPTexts.abandoned(.cancelled))
      }
    }
    let sentence = CurlRefusal(code: code).sentence
    let detail = HTTPTexts.detail(easy.errorText, sentence: sentence, request: request)
    return error(HTTPError.Code(code), because: detail)
  }

  private func error(_ code: HTTPError.Code, because reason: String) -> HTTPError {
    HTTPError(
      code: code,
      requestMayHaveBeenSent: timesIssued > 0,
      message: HTTPTexts.message(request, because: reason)
    )
  }
}

// MARK: - What libcurl calls

extension Transfer {
  /// Gives libcurl this transfer as the context of its callbacks.
  ///
  /// Safety: the context is unretained. libcurl calls only from within functions of the
  /// multi handle that holds `easy`, and the loop's table keeps the transfer alive from before it is
  /// added to until after it is removed from that handle.
  private func installCallbacks() throws(CurlRefusal) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    try unsafe EasyHandle.check(belfry_curl_on_body(easy.pointer, receiveBody, context))
    try unsafe EasyHandle.check(belfry_curl_on_header(easy.pointer, receiveHeader, context))
    try unsafe EasyHandle.check(belfry_curl_on_issue(easy.pointer, mayIssue, context))
  }

  fileprivate func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
    unsafe assembly.append(body: bytes)
  }

  fileprivate func receive(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
    unsafe assembly.append(headerLine: bytes)
  }

  /// Whether the request may now be written: the last moment at which it can be held back.
  fileprivate func mayBeIssued() -> Bool {
    if ticket.isCancelled {
      refusal = .cancelled
    } else if request.atMostOnce, timesIssued > 0 {
      refusal = .repetition
    } else if request.mayBeWritten?() == false {
      refusal = .withheld
    } else {
      timesIssued += 1
      return true
    }
    return false
  }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  unsafe context.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let chunk = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  let taken = unsafe transfer(context)?.receive(body: chunk) ?? false
  return taken ? chunk.count : Int(CURL_WRITEFUNC_ERROR)
}

private func receiveHeader(
  _ bytes: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  let taken = unsafe transfer(context)?.receive(headerLine: line) ?? false
  return taken ? line.count : Int(CURL_WRITEFUNC_ERROR)
}

private func mayIssue(
  _ context: UnsafeMutableRawPointer?,
  _ peer: UnsafeMutablePointer<CChar>?,
  _ local: UnsafeMutablePointer<CChar>?,
  _ peerPort: Int32,
  _ localPort: Int32
) -> Int32 {
  unsafe transfer(context)?.mayBeIssued() == true
    ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
}
