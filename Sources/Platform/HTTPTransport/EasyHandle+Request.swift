import CCurl

extension EasyHandle {
  /// Sets everything that `request` asks for, and what this transport always wants.
  func configure(for request: HTTPRequest, userAgent: String) throws(CurlRefusal) {
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_USERAGENT, userAgent)
    try restrict()
    try setMethod(request)
    try set(CURLOPT_TIMEOUT_MS, request.deadline.wholeMilliseconds)
    try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
    if request.freshConnection {
      try set(CURLOPT_FRESH_CONNECT, 1)
      try set(CURLOPT_FORBID_REUSE, 1)
    } else if request.url.lowercased().hasPrefix("https:") {
      // Rather share the connection that is being made than make another one. Only for TLS, where the
      // handshake tells whether it can be shared; in plain text only the first answer would.
      try set(CURLOPT_PIPEWAIT, 1)
    }
  }

  /// What must hold for every request.
  private func restrict() throws(CurlRefusal) {
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    try set(CURLOPT_ACCEPT_ENCODING, "gzip")
    // Without this, dropping a transfer whose name is still being resolved joins the resolver's thread,
    // and every other transfer waits for a slow name server.
    try set(CURLOPT_QUICK_EXIT, 1)
  }

  private func setMethod(_ request: HTTPRequest) throws(CurlRefusal) {
    switch request.method {
    case .get where request.body.isEmpty:
      try set(CURLOPT_HTTPGET, 1)
    case .head:
      try set(CURLOPT_NOBODY, 1)
    case .delete where request.body.isEmpty:
      try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    case .get, .post, .put, .delete:
      try set(CURLOPT_POST, 1)
      try setBody(request.body)
      if request.method != .post {
        try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
      }
    }
  }
}

extension HTTPRequest {
  /// The header lines as libcurl takes them: `Name: value`, or `Name;` for an empty value.
  var headerLines: [String] {
    var lines = headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    // "Name:" removes a header that libcurl would add by itself. Expect: 100-continue costs a second
    // with servers that ignore it, and a 417 would make libcurl send the request again.
    lines.append("Expect:")
    if headers["Content-Type"] == nil {
      lines.append("Content-Type:")
    }
    return lines
  }

  /// Why the request cannot be sent as it stands; nil when it can.
  ///
  /// C strings end at a zero byte, and a line break in a header would begin another header.
  var flaw: String? {
    if url.isEmpty || url.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7f }) {
      return HTTPTexts.flawedURL
    }
    for field in headers.fields {
      let text = Array(field.name.utf8) + Array(field.value.utf8)
      if field.name.isEmpty || field.name.contains(":")
        || text.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f })
      {
        return HTTPTexts.flawedHeader
      }
    }
    return nil
  }
}

extension Duration {
  /// Whole milliseconds, at least 1 because libcurl takes 0 for "no limit", at most about 24 days.
  fileprivate var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
    return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }
}

extension HTTPError.Code {
  /// Sorts libcurl's codes (libcurl-errors(3)).
  init(_ code: CURLcode) {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      self = .invalidURL
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      self = .resolve
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_PROXY:
      self = .connect
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_INITFAILED:
      self = .tls
    case CURLE_OPERATION_TIMEDOUT:
      self = .timedOut
    default:
      self = .transport(curl: Int32(code.rawValue))
    }
  }
}
