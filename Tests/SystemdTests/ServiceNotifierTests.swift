import Glibc
import TestSupport
import Testing

@testable import Systemd

// Each test that needs an environment of its own runs in a process of its own.
@Suite("Service notifier", .timeLimit(.minutes(1)))
struct ServiceNotifierTests {
  @Test("Every state arrives as the datagram that sd_notify(3) describes")
  func states() async {
    await #expect(processExitsWith: .success) {
      let socket = try DatagramSocket()
      unsafe setenv("NOTIFY_SOCKET", socket.path, 1)
      let notifier = ServiceNotifier()
      let expected: [(ServiceState, String)] = [
        (.ready, "READY=1"), (.stopping, "STOPPING=1"), (.watchdog, "WATCHDOG=1"),
        (.watchdogTrigger, "WATCHDOG=trigger"),
        (.status("ok · 3 personas"), "STATUS=ok · 3 personas"),
        (.extendTimeout(.milliseconds(1_500)), "EXTEND_TIMEOUT_USEC=1500000"),
        (.extendTimeout(.seconds(-1)), "EXTEND_TIMEOUT_USEC=0"), (.error(5), "ERRNO=5"),
      ]
      for (state, text) in expected {
        #expect(notifier.notify(state))
        #expect(socket.nextText() == text)
      }
      #expect(notifier.notify(.ready, .status("up")))
      #expect(socket.nextText() == "READY=1\nSTATUS=up")
      #expect(socket.receive() == nil)
    }
  }

  @Test("A status cannot smuggle in another assignment, and is cut")
  func sanitises() async {
    await #expect(processExitsWith: .success) {
      let socket = try DatagramSocket()
      unsafe setenv("NOTIFY_SOCKET", socket.path, 1)
      ServiceNotifier().notify(.status("a\nMAINPID=1\r\n\u{0}b\u{2028}c"))
      #expect(socket.nextText() == "STATUS=a MAINPID=1   b c")
      ServiceNotifier().notify(.status(String(repeating: "ü", count: 1_000)))
      let long = try #require(socket.nextText())
      #expect(long.utf8.count <= 512 + "STATUS=".utf8.count)
      #expect(long.hasSuffix("ü…"))
    }
  }

  @Test("A reload carries the monotonic time of its beginning")
  func reloading() async {
    await #expect(processExitsWith: .success) {
      let socket = try DatagramSocket()
      unsafe setenv("NOTIFY_SOCKET", socket.path, 1)
      ServiceNotifier().notify(.reloading)
      ServiceNotifier().notify(.reloading)
      let times = try (0..<2).map { _ in
        let lines = try #require(socket.nextText()).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last?.split(separator: "=").last)
        return try #require(Int64(time))
      }
      #expect(times[0] > 0)
      #expect(times[1] >= times[0])
    }
  }

  @Test("Without a manager nothing is sent and nothing fails")
  func noManager() async {
    await #expect(processExitsWith: .success) {
      unsafe unsetenv("NOTIFY_SOCKET")
      #expect(!ServiceNotifier().notify(.ready))
      unsafe setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
      ServiceNotifier().notify(.ready)
      ServiceNotifier().notify(.stopping)
      #expect(!ServiceNotifier().notify([]))
    }
  }

  @Test(
    "A manager that does not read keeps nobody waiting; of what piles up, only status lines are dropped"
  )
  func deafManager() async {
    await #expect(processExitsWith: .success) {
      let socket = try DatagramSocket()
      unsafe setenv("NOTIFY_SOCKET", socket.path, 1)
      let notifier = ServiceNotifier()
      let sent = 10_000
      for number in 0..<sent { notifier.notify(.status("\(number)")) }
      notifier.notify(.reloading)
      notifier.notify(.ready)
      var heard: [String] = []
      while heard.last != "READY=1", let text = socket.nextText() { heard.append(text) }
      #expect(heard.last == "READY=1")
      #expect(heard.dropLast().last?.hasPrefix("RELOADING=1") == true)
      #expect(heard.count < sent && heard.first == "STATUS=0")
    }
  }

  @Test("The watchdog's interval is what the manager said, to this process")
  func watchdog() async {
    await #expect(processExitsWith: .success) {
      unsafe unsetenv("WATCHDOG_USEC")
      #expect(ServiceNotifier().watchdogInterval == nil)
      unsafe setenv("WATCHDOG_USEC", "60000000", 1)
      unsafe setenv("WATCHDOG_PID", "\(getpid())", 1)
      #expect(ServiceNotifier().watchdogInterval == .seconds(60))
      unsafe setenv("WATCHDOG_PID", "1", 1)
      #expect(ServiceNotifier().watchdogInterval == nil)
    }
  }
}
