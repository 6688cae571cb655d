import CCurl

/// The loop that drives every transfer; it and all it owns live on one thread.
final class CurlLoop {
  private let multi: MultiHandle
  private let mailbox: Mailbox
  private let userAgent: String
  /// Owns the transfers while libcurl knows them.
  private var transfers: [EasyHandle.ID: Transfer] = [:]
  /// Finds a transfer by what its caller knows.
  private var idsByTicket: [ObjectIdentifier: EasyHandle.ID] = [:]

  /// An upper bound only: traffic, libcurl's timers and the mailbox end the wait.
  private static let longestWait: Int32 = 3_600_000

  init(multi: consuming MultiHandle, mailbox: Mailbox, userAgent: String) {
    self.multi = multi
    self.mailbox = mailbox
    self.userAgent = userAgent
  }

  /// Runs until it is told to stop, then answers everybody who still waits.
  func run() {
    var reason = HTTPError.Code.shutDown
    while obey(mailbox.take()) {
      guard multi.perform() else {
        reason = .transport(curl: Int32(CURLE_FAILED_INIT.rawValue))
        break
      }
      finishEnded()
      mailbox.countTick()
      guard multi.poll(milliseconds: Self.longestWait) else {
        reason = .transport(curl: Int32(CURLE_FAILED_INIT.rawValue))
        break
      }
    }
    close(reason)
  }

  /// Carries the orders out; false when the loop shall end.
  private func obey(_ orders: [Order]) -> Bool {
    var goOn = true
    for order in orders {
      switch order {
      case .start(let request, let ticket, let reply): start(request, ticket, reply)
      case .cancel(let ticket): cancel(ticket)
      case .ping(let answer): answer.give(true)
      case .stop: goOn = false
      }
    }
    return goOn
  }

  private func start(_ request: HTTPRequest, _ ticket: Ticket, _ reply: Reply) {
    if let flaw = request.flaw {
      Self.refuse(reply, .invalidURL, request, because: flaw)
      return
    }
    if ticket.isCancelled {
      Self.refuse(reply, .cancelled, request)
      return
    }
    do throws(CurlRefusal) {
      let transfer = try Transfer(request, ticket: ticket, reply: reply, userAgent: userAgent)
      add(transfer)
    } catch {
      Self.refuse(reply, HTTPError.Code(error.code), request, because: error.sentence)
    }
  }

  private func add(_ transfer: Transfer) {
    let id = transfer.easy.id
    transfers[id] = transfer
    guard multi.add(transfer.easy) else {
      transfers[id] = nil
      transfer.abandon(.transport(curl: Int32(CURLE_FAILED_INIT.rawValue)))
      return
    }
    idsByTicket[ObjectIdentifier(transfer.ticket)] = id
  }

  private func cancel(_ ticket: Ticket) {
    guard let id = idsByTicket[ObjectIdentifier(ticket)] else { return }
    release(id)?.abandon(.cancelled)
  }

  private func finishEnded() {
    while let ended = multi.nextFinished() {
      release(ended.id)?.finish(ended.code)
    }
  }

  /// Takes the transfer away from libcurl and from the table.
  private func release(_ id: EasyHandle.ID) -> Transfer? {
    guard let transfer = transfers[id] else { return nil }
    multi.remove(transfer.easy)
    transfers[id] = nil
    idsByTicket[ObjectIdentifier(transfer.ticket)] = nil
    return transfer
  }

  private func close(_ reason: HTTPError.Code) {
    for order in mailbox.close() {
      switch order {
      case .start(let request, _, let reply): Self.refuse(reply, reason, request)
      case .ping(let answer): answer.give(false)
      case .cancel, .stop: break
      }
    }
    for id in Array(transfers.keys) {
      release(id)?.abandon(reason)
    }
  }

  /// Answers a caller whose request libcurl never saw.
  private static func refuse(
    _ reply: Reply,
    _ code: HTTPError.Code,
    _ request: HTTPRequest,
    because reason: String? = nil
  ) {
    let reason = reason ?? HTTPTexts.abandoned(code)
    let message = HTTPTexts.message(request, because: reason)
    reply.resume(
      returning: .failure(
        HTTPError(code: code, requestMayHaveBeenSent: false, message: message)
      )
    )
  }
}
