import Glibc
import Testing

@testable import Systemd

@Suite("Machine identity")
struct MachineIdentityTests {
  private let own: MachineIdentity

  /// A bare container has no `/etc/machine-id`; the comparisons then use one that is made up.
  init() throws {
    let current = try #require(MachineIdentity.current(environment: [:]))
    own = MachineIdentity(
      machineID: current.machineID ?? String(repeating: "a", count: 32),
      hostname: current.hostname,
      pidNamespace: current.pidNamespace,
      unit: current.unit,
      invocationID: nil,
      process: current.process
    )
  }

  /// This process's identity with some things changed.
  private func other(
    machineID: String?? = nil,
    hostname: String? = nil,
    pidNamespace: String?? = nil,
    process: ProcessIdentity
  ) -> MachineIdentity {
    MachineIdentity(
      machineID: machineID ?? own.machineID,
      hostname: hostname ?? own.hostname,
      pidNamespace: pidNamespace ?? own.pidNamespace,
      unit: own.unit,
      invocationID: nil,
      process: process
    )
  }

  /// A process of this boot that has ended and was waited for.
  private func endedProcess() throws -> ProcessIdentity {
    var pid: pid_t = 0
    let arguments: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("true"), nil]
    defer { unsafe free(arguments[0]) }
    let spawned = unsafe posix_spawnp(&pid, "true", nil, nil, arguments, nil)
    try #require(spawned == 0)
    // Until it is waited for it is at worst a zombie, and its entry can be read.
    let status = try #require(ProcessStatus(pid: pid))
    let reaped = waitpid(pid, nil, 0)
    try #require(reaped == pid)
    return ProcessIdentity(pid: pid, startTicks: status.startTicks, bootID: own.process.bootID)
  }

  @Test("The machine's and the boot's ids have 32 digits, and the machine's is not the raw one")
  func ids() throws {
    #expect(own.process.bootID.utf8.count == 32)
    #expect(own.process.pid == getpid())
    #expect(own.process.startTicks > 0)
    #expect(!own.hostname.isEmpty)
    #expect(own.pidNamespace?.isEmpty == false)
    if let raw = readText("/etc/machine-id")?.prefix(32), raw.utf8.count == 32 {
      #expect(own.machineID?.utf8.count == 32)
      #expect(own.machineID != String(raw))
    }
    let boot = try #require(readText("/proc/sys/kernel/random/boot_id"))
    #expect(own.process.bootID == boot.filter { $0 != "-" && $0 != "\n" })
  }

  @Test("The invocation id comes from the environment")
  func invocation() {
    let id = "0123456789abcdef0123456789abcdef"
    #expect(MachineIdentity.current(environment: ["INVOCATION_ID": id])?.invocationID == id)
    #expect(MachineIdentity.current(environment: ["INVOCATION_ID": ""])?.invocationID == nil)
  }

  @Test("A running process is never gone")
  func alive() {
    let process = own.process
    #expect(!process.isProvablyGone(currentBootID: process.bootID))
    #expect(!own.proves(gone: own))
  }

  @Test("A process that ended, one whose id was given away, and one of another boot are gone")
  func gone() throws {
    let ended = try endedProcess()
    let reused = ProcessIdentity(
      pid: getpid(),
      startTicks: own.process.startTicks - 1,
      bootID: own.process.bootID
    )
    let rebooted = ProcessIdentity(
      pid: getpid(),
      startTicks: own.process.startTicks,
      bootID: String(repeating: "0", count: 32)
    )
    for process in [ended, reused, rebooted] {
      #expect(process.isProvablyGone(currentBootID: own.process.bootID))
      #expect(own.proves(gone: other(process: process)))
    }
  }

  @Test("A zombie is gone")
  func zombie() throws {
    var pid: pid_t = 0
    let arguments: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("true"), nil]
    defer { unsafe free(arguments[0]) }
    let spawned = unsafe posix_spawnp(&pid, "true", nil, nil, arguments, nil)
    try #require(spawned == 0)
    var information = unsafe siginfo_t()
    // WNOWAIT waits for the end and leaves the zombie.
    let ended = unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
    try #require(ended == 0)
    let status = try #require(ProcessStatus(pid: pid))
    #expect(status.isDead)
    let process = ProcessIdentity(
      pid: pid,
      startTicks: status.startTicks,
      bootID: own.process.bootID
    )
    #expect(process.isProvablyGone(currentBootID: own.process.bootID))
    let reaped = waitpid(pid, nil, 0)
    #expect(reaped == pid)
  }

  @Test("Nothing is proven about another machine, a clone of this one, or another namespace")
  func notProven() throws {
    let ended = try endedProcess()
    let rebooted = ProcessIdentity(
      pid: 1,
      startTicks: 1,
      bootID: String(repeating: "0", count: 32)
    )
    for process in [ended, rebooted] {
      #expect(!own.proves(gone: other(machineID: "f", process: process)))
      #expect(!own.proves(gone: other(machineID: .some(nil), process: process)))
      #expect(!own.proves(gone: other(hostname: own.hostname + "x", process: process)))
    }
    #expect(!own.proves(gone: other(pidNamespace: "1", process: ended)))
    #expect(!own.proves(gone: other(pidNamespace: .some(nil), process: ended)))
    #expect(own.proves(gone: other(pidNamespace: "1", process: rebooted)))
  }

  @Test(
    "A record without a boot or a process id proves nothing",
    arguments: [
      (0, true), (-1, true), (4_000_000, false),
    ] as [(Int32, Bool)]
  )
  func incomplete(pid: Int32, hasBoot: Bool) {
    let bootID = hasBoot ? own.process.bootID : ""
    let process = ProcessIdentity(pid: pid, startTicks: 1, bootID: bootID)
    #expect(!process.isProvablyGone(currentBootID: own.process.bootID))
  }

  @Test("The status line is read after the last parenthesis")
  func statusLine() throws {
    let tail = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987 20"
    let status = try #require(ProcessStatus(stat: "12 (a) b) R (c) S \(tail)"))
    #expect(status.startTicks == 987)
    #expect(!status.isDead)
    #expect(ProcessStatus(stat: "12 (a) Z \(tail)")?.isDead == true)
    #expect(ProcessStatus(stat: "12 (a) S 1 2") == nil)
    #expect(ProcessStatus(stat: "") == nil)
  }
}
