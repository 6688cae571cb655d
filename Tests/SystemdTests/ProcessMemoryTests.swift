import Glibc
import Testing

@testable import Systemd

@Suite("Process memory")
struct ProcessMemoryTests {
  @Test(
    "Once dumps are forbidden, nothing is dumped, and the process can still be told from others"
  )
  func forbidden() async {
    await #expect(processExitsWith: .success) {
      let before = try #require(MachineIdentity.current(environment: [:]))
      #expect(ProcessMemory.forbidDumps())
      #expect(!ProcessMemory.mayBeDumped)
      var limit = rlimit()
      let asked = unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
      #expect(asked == 0)
      #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
      // What the takeover of a dead instance's posts rests on.
      #expect(MachineIdentity.current(environment: [:]) == before)
    }
  }
}
