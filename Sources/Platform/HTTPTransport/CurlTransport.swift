// How this module works
//
// One thread owns one `CURLM *` and every transfer in it. Nothing else touches libcurl but
// `curl_multi_wakeup`. A transfer is memory, not a thread: ten thousand of them wait in one poll(2).
//
//     any task ── send() ──► Mailbox ──wake──► CurlLoop ──► curl_multi_perform / _poll ──► the net
//        ▲                (lock, orders)       (the thread)            │ callbacks
//        └──────────── continuation ◄───────── Transfer ◄──────────────┘
//
// Who owns what. The loop's table owns a `Transfer` from before libcurl sees it until after libcurl has
// let go of it; that is what makes the unretained context of the callbacks sound. The thread owns the
// loop, the loop owns the multi handle. `CurlTransport` owns the mailbox and the duty to join the thread.
//
// States of a transfer: posted → in flight → answered. Every posted request is answered exactly once: by
// libcurl's end, by a cancellation, or by the loop's closing. Which one is decided on the loop's thread
// alone, so there is no race to win.
//
// What is known about sending. libcurl announces the moment before it writes a request (the "prereq"
// callback). Up to then a failure is certainly "not sent"; from then on it is "may have been sent", and
// nothing that happens later takes that back. A repetition by libcurl itself is announced in the same
// way, which is how `HTTPRequest.atMostOnce` is enforced rather than hoped for.
//
// Failures. Without memory for a transfer, that transfer fails. When libcurl's loop itself fails, all
// transfers fail, the mailbox closes, and `ping` answers false from then on.
//
// Not guaranteed. Answers come in any order. A cancelled or timed-out request may still be carried out
// by the server. Only the process's file descriptors bound the number of connections: HTTP/2 servers
// commonly take about 100 requests on one, libcurl opens another for more, and HTTP/1.1 and
// `freshConnection` take one each. Name resolution uses a thread of libcurl's for as long as it takes.
// A proxy is used when the environment names one (libcurl-env(3)).

import CCurl
import Glibc
import Synchronization

/// HTTP/1.1 and HTTP/2 over libcurl: any number of concurrent requests on one thread.
///
/// Redirects are answers, not followed. Certificates are verified. There are no cookies.
public final class CurlTransport: HTTPTransport {
  /// What all requests of a transport have in common.
  public struct Configuration: Sendable {
    /// The `User-Agent` of every request.
    public var userAgent: String
    /// How many idle connections are kept for later requests.
    public var idleConnections: Int

    /// Makes a configuration.
    public init(userAgent: String = "belfry", idleConnections: Int = 32) {
      self.userAgent = userAgent
      self.idleConnections = idleConnections
    }
  }

  private let mailbox: Mailbox
  private let thread: Mutex<pthread_t?>

  /// libcurl's process-wide set-up; a lazy global runs once, whoever comes first.
  private static let globalSetUp = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  /// Starts the thread.
  ///
  /// - Throws: ``HTTPError`` when libcurl or the thread cannot be set up.
  public init(configuration: Configuration = Configuration()) throws(HTTPError) {
    do throws(CurlRefusal) {
      try EasyHandle.check(Self.globalSetUp)
      let multi = try MultiHandle.make(idleConnections: configuration.idleConnections)
      mailbox = Mailbox(waker: multi.waker)
      let loop = CurlLoop(multi: multi, mailbox: mailbox, userAgent: configuration.userAgent)
      thread = try Mutex(Self.startThread(loop))
    } catch {
      throw HTTPError(
        code: .transport(curl: Int32(error.code.rawValue)),
        requestMayHaveBeenSent: false,
        message: HTTPTexts.noStart(error.sentence)
      )
    }
  }

  deinit {
    shutdown()
  }

  /// Sends `request` and returns the complete answer.
  ///
  /// - Throws: ``HTTPError`` when there is no complete answer.
  public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    let ticket = Ticket()
    let result: Result<HTTPResponse, HTTPError> = await withTaskCancellationHandler {
      await withCheckedContinuation { reply in
        if !mailbox.post(.start(request, ticket, reply)) {
          reply.resume(returning: .failure(Self.shutDownError(request)))
        }
      }
    } onCancel: {
      ticket.cancel()
      _ = mailbox.post(.cancel(ticket))
    }
    return try result.get()
  }

  /// Ends the thread and waits until it has ended; what is in flight fails with `shutDown`.
  ///
  /// Takes milliseconds. May be called more than once, from any thread.
  public func shutdown() {
    thread.withLock { thread in
      guard let running = thread.take() else { return }
      _ = mailbox.post(.stop)
      if pthread_equal(running, pthread_self()) != 0 {
        // Only if the last reference went away on the loop's own thread, which cannot join itself.
        pthread_detach(running)
      } else {
        pthread_join(running, nil)
      }
    }
  }

  /// How many times the thread has gone round; grows whenever there is something to do.
  public var ticks: UInt64 { mailbox.ticks }

  /// Sends a question through the thread and back: whether it still turns.
  ///
  /// False after `limit`, or at once when the transport is shut down. For a watchdog.
  public func ping(within limit: Duration = .seconds(5)) async -> Bool {
    let answer = PingAnswer()
    let timer = Task {
      try? await Task.sleep(for: limit)
      answer.give(false)
    }
    defer { timer.cancel() }
    if !mailbox.post(.ping(answer)) { answer.give(false) }
    return await answer.value
  }

  private static func shutDownError(_ request: HTTPRequest) -> HTTPError {
    let message = HTTPTexts.message(request, because: HTTPTexts.abandoned(.shutDown))
    return HTTPError(code: .shutDown, requestMayHaveBeenSent: false, message: message)
  }
}

// MARK: - The thread

extension CurlTransport {
  /// Starts a thread that runs `loop`.
  ///
  /// Signals stay blocked in it: the process's handlers run elsewhere, and SIGPIPE, which OpenSSL can
  /// raise on a dead socket, ends nobody.
  private static func startThread(_ loop: sending CurlLoop) throws(CurlRefusal) -> pthread_t {
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_BLOCK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }

    // Safety: the reference is handed over whole; the thread's first act is to take it.
    let context = unsafe Unmanaged.passRetained(loop)
    var thread = pthread_t()
    let code = unsafe pthread_create(&thread, nil, runLoop, context.toOpaque())
    guard code == 0 else {
      unsafe context.release()
      throw CurlRefusal(code: CURLE_OUT_OF_MEMORY)
    }
    return thread
  }
}

private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  _ = unsafe belfry_curl_name_thread("belfry-http")
  if let context = unsafe context {
    unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
  }
  return nil
}
