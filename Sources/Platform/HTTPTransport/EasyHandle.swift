import CCurl

/// A libcurl function's refusal.
struct CurlRefusal: Error {
  let code: CURLcode

  /// libcurl's sentence for the code; it is static text and names nothing of the request.
  var sentence: String { unsafe String(cString: curl_easy_strerror(code)) }
}

/// One `CURL *`: one transfer, used once.
///
/// Must not be destroyed while it is in a ``MultiHandle``.
@safe struct EasyHandle: ~Copyable {
  /// Tells handles apart while they live.
  typealias ID = UInt

  var id: ID { unsafe ID(bitPattern: pointer) }
  let pointer: UnsafeMutableRawPointer
  private let errorBuffer: UnsafeMutablePointer<CChar>

  static func make() throws(CurlRefusal) -> EasyHandle {
    guard let pointer = unsafe curl_easy_init() else {
      throw CurlRefusal(code: CURLE_OUT_OF_MEMORY)
    }
    let easy = unsafe EasyHandle(owning: pointer)
    // Safety: the buffer is freed in deinit only, after the handle that writes to it.
    try unsafe check(belfry_curl_set_error_buffer(easy.pointer, easy.errorBuffer))
    return easy
  }

  private init(owning pointer: UnsafeMutableRawPointer) {
    unsafe self.pointer = pointer
    unsafe errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    unsafe curl_easy_cleanup(pointer)
    unsafe errorBuffer.deallocate()
  }

  /// What libcurl wrote about the failure; empty when it wrote nothing.
  var errorText: String { unsafe String(cString: errorBuffer) }

  func set(_ option: CURLoption, _ value: Int) throws(CurlRefusal) {
    try unsafe Self.check(belfry_curl_set_long(pointer, option, value))
  }

  func set(_ option: CURLoption, _ value: String) throws(CurlRefusal) {
    try unsafe Self.check(belfry_curl_set_string(pointer, option, value))
  }

  /// Copies `body` into the handle as what is to be sent.
  func setBody(_ body: [UInt8]) throws(CurlRefusal) {
    let size = curl_off_t(body.count)
    try unsafe Self.check(belfry_curl_set_size(pointer, CURLOPT_POSTFIELDSIZE_LARGE, size))
    let code = unsafe body.withUnsafeBytes { bytes in
      // An empty array may have no address, and a null pointer would mean "read from stdin".
      unsafe bytes.baseAddress.map { unsafe belfry_curl_copy_body(pointer, $0) }
        ?? belfry_curl_set_string(pointer, CURLOPT_COPYPOSTFIELDS, "")
    }
    try Self.check(code)
  }

  /// Lends `list` to the handle; it must live until the transfer has ended.
  func setHeaders(_ list: borrowing HeaderList) throws(CurlRefusal) {
    try unsafe Self.check(belfry_curl_set_headers(pointer, list.head))
  }

  /// A number that libcurl knows about the transfer; nil when it does not.
  func number(_ info: CURLINFO) -> Int? {
    var value = 0
    let code = unsafe belfry_curl_get_long(pointer, info, &value)
    return code == CURLE_OK ? value : nil
  }

  static func check(_ code: CURLcode) throws(CurlRefusal) {
    guard code == CURLE_OK else { throw CurlRefusal(code: code) }
  }
}

/// A `curl_slist` of header lines.
@safe struct HeaderList: ~Copyable {
  private(set) var head: UnsafeMutablePointer<curl_slist>?

  static func make(_ lines: [String]) throws(CurlRefusal) -> HeaderList {
    var list = HeaderList()
    for line in lines {
      // "curl_slist_append returns a null pointer if anything went wrong, otherwise the new list
      // pointer is returned" (curl_slist_append(3)); the old
      // list then stays.
      guard let longer = unsafe curl_slist_append(list.head, line) else {
        throw CurlRefusal(code: CURLE_OUT_OF_MEMORY)
      }
      unsafe list.head = longer
    }
    return list
  }

  private init() {
    unsafe head = nil
  }

  deinit {
    unsafe curl_slist_free_all(head)
  }
}
