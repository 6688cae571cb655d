import Synchronization

/// How a caller waits for its answer.
typealias Reply = CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>

/// One call of `send`, known to the caller and to the loop.
///
/// The flag is set before the loop is told, so a cancellation that overtakes its own request in the mailbox
/// is seen all the same.
final class Ticket: Sendable {
  private let cancelled = Atomic(false)

  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  func cancel() {
    cancelled.store(true, ordering: .releasing)
  }
}

/// What other threads ask of the loop.
enum Order {
  case start(HTTPRequest, Ticket, Reply)
  case cancel(Ticket)
  case ping(PingAnswer)
  case stop
}

/// The only way from other threads into the loop: a locked queue and a wake-up.
final class Mailbox: Sendable {
  private struct State {
    var orders: [Order] = []
    var isOpen = true
  }

  private let state = Mutex(State())
  private let waker: Waker
  private let counter = Atomic<UInt64>(0)

  init(waker: Waker) {
    self.waker = waker
  }

  /// How many times the loop has gone round.
  var ticks: UInt64 { counter.load(ordering: .relaxed) }

  func countTick() {
    counter.add(1, ordering: .relaxed)
  }

  /// Queues `order` and wakes the loop; false when nobody will ever read it.
  func post(_ order: Order) -> Bool {
    state.withLock { state in
      guard state.isOpen else { return false }
      state.orders.append(order)
      waker.wake()
      return true
    }
  }

  /// Takes all orders, in the order of posting.
  func take() -> [Order] {
    state.withLock { state in
      defer { state.orders = [] }
      return state.orders
    }
  }

  /// Refuses further orders and returns those that nobody has read.
  func close() -> [Order] {
    state.withLock { state in
      state.isOpen = false
      defer { state.orders = [] }
      return state.orders
    }
  }
}

/// The answer to one ping: the first of "alive" and "too late" counts.
final class PingAnswer: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Bool, Never>)
    case given(Bool)
  }

  private let state = Mutex(State.open)

  /// The answer, once there is one; for one caller.
  var value: Bool {
    get async {
      await withCheckedContinuation { continuation in
        let given: Bool? = state.withLock { state in
          if case .given(let alive) = state { return alive }
          state = .awaited(continuation)
          return nil
        }
        if let given { continuation.resume(returning: given) }
      }
    }
  }

  /// Answers, unless that has been done already.
  func give(_ alive: Bool) {
    let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
      switch state {
      case .open:
        state = .given(alive)
        return nil
      case .awaited(let continuation):
        state = .given(alive)
        return continuation
      case .given:
        return nil
      }
    }
    waiting?.resume(returning: alive)
  }
}
