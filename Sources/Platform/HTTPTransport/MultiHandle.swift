import CCurl

/// One `CURLM *`: the set of transfers in flight, with their connections.
///
/// Every function but the wake-up through ``waker`` belongs to the loop's thread.
@safe struct MultiHandle: ~Copyable {
  private let pointer: UnsafeMutableRawPointer

  static func make(idleConnections: Int) throws(CurlRefusal) -> MultiHandle {
    guard let pointer = unsafe curl_multi_init() else {
      throw CurlRefusal(code: CURLE_OUT_OF_MEMORY)
    }
    let multi = unsafe MultiHandle(owning: pointer)
    try multi.set(CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    try multi.set(CURLMOPT_MAXCONNECTS, idleConnections)
    return multi
  }

  private init(owning pointer: UnsafeMutableRawPointer) {
    unsafe self.pointer = pointer
  }

  deinit {
    unsafe curl_multi_cleanup(pointer)
  }

  /// What ends a ``poll(milliseconds:)`` from another thread.
  var waker: Waker { unsafe Waker(pointer) }

  private func set(_ option: CURLMoption, _ value: Int) throws(CurlRefusal) {
    guard unsafe belfry_curl_multi_set_long(pointer, option, value) == CURLM_OK else {
      throw CurlRefusal(code: CURLE_FAILED_INIT)
    }
  }

  func add(_ easy: borrowing EasyHandle) -> Bool {
    unsafe curl_multi_add_handle(pointer, easy.pointer) == CURLM_OK
  }

  func remove(_ easy: borrowing EasyHandle) {
    unsafe curl_multi_remove_handle(pointer, easy.pointer)
  }

  /// Moves every transfer on as far as it goes without waiting; false when libcurl itself is broken.
  func perform() -> Bool {
    var running: Int32 = 0
    return unsafe curl_multi_perform(pointer, &running) == CURLM_OK
  }

  /// Waits for traffic, for a timer of libcurl's, or to be woken; false when the wait itself failed.
  func poll(milliseconds: Int32) -> Bool {
    unsafe curl_multi_poll(pointer, nil, 0, milliseconds, nil) == CURLM_OK
  }

  /// The next transfer that has ended, once each.
  func nextFinished() -> (id: EasyHandle.ID, code: CURLcode)? {
    var code = CURLE_OK
    guard let easy = unsafe belfry_curl_multi_next_finished(pointer, &code) else { return nil }
    return (EasyHandle.ID(bitPattern: easy), code)
  }
}

/// Ends the wait of one ``MultiHandle``, from any thread.
///
/// Safety: `curl_multi_wakeup` may be called from any thread (curl_multi_wakeup(3)), but not on a handle
/// that is gone. ``Mailbox`` calls it under the lock that also guards its own closing, and the loop closes
/// the mailbox before it lets go of the handle.
@safe struct Waker: @unchecked Sendable {
  private let pointer: UnsafeMutableRawPointer

  init(_ pointer: UnsafeMutableRawPointer) {
    unsafe self.pointer = pointer
  }

  func wake() {
    unsafe curl_multi_wakeup(pointer)
  }
}
