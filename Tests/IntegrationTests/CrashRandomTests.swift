import FoundationEssentials
import Glibc
import GraphSandbox
import TestSupport
import Testing

@Suite("belfry run, killed at random")
struct CrashRandomTests {
  // `make test` kills 25 lives, `make crash` a thousand. The seed decides when each is killed; what a life
  // had reached by then also depends on the machine.
  @Test(
    "publishes every post exactly once, however often and whenever it dies",
    .timeLimit(.minutes(60))
  )
  func killedAtRandom() async throws {
    let environment = ProcessInfo.processInfo.environment
    let seed =
      environment["BELFRY_TEST_CRASH_SEED"].flatMap { UInt64($0) }
      ?? UInt64.random(in: 1...999_999_999)
    let kills = environment["BELFRY_TEST_CRASH_KILLS"].flatMap { Int($0) } ?? 25
    say("crash: seed \(seed), \(kills) kills; again: BELFRY_TEST_CRASH_SEED=\(seed) make crash")
    try await CrashFixture.lay(personas: 6) { fixture in
      fixture.installation.sandbox.configure { $0.listingDelay = 0.3 }
      // Calls take a while, so that many deaths fall between an effect and its answer.
      let latency = FaultAnswer(stall: 0.02)
      fixture.installation.sandbox.inject(
        SandboxFault("any", times: 0, effect: .after, answer: latency)
      )
      var hangman = Hangman(fixture, seed: seed)
      var nextReport = 50
      while hangman.kills < kills {
        try await hangman.oneRound()
        guard hangman.kills >= min(nextReport, kills) else { continue }
        nextReport += 50
        say("crash: \(hangman.kills) kills, \(hangman.posts) posts")
        try #require(fixture.installation.sandbox.duplicates == [], "seed \(seed)")
      }
      try await fixture.settle(within: .seconds(60))
      try await fixture.expectVerdict()
      let tally = try await fixture.tally()
      print("crash: \(hangman.kills) kills, \(hangman.posts) posts: \(tally)")
      #expect(tally.isClean)
      #expect(hangman.posts >= kills / 2, "the lives had something to do")
    }
  }
}

/// Prints at once, also into a pipe: a run takes minutes, and its seed must be known however it ends.
private func say(_ text: String) {
  print(text)
  fflush(nil)
}

/// Starts lives and ends them at moments that only its seed knows.
private struct Hangman {
  private let fixture: CrashFixture
  private var random: SplitMix
  private(set) var posts = 0
  private(set) var kills = 0

  init(_ fixture: CrashFixture, seed: UInt64) {
    self.fixture = fixture
    random = SplitMix(state: seed)
  }

  /// One or two lives from their beginning to SIGKILL.
  mutating func oneRound() async throws {
    if try await fixture.open() < 9 {
      for _ in 0..<6 {
        try await fixture.post(posts, caption: "[\(posts)] whatever happens")
        posts += 1
      }
    }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: try await endAtCall()
    case 1: try await endBesideAnother()
    default: try await end(try startAny())
    }
  }

  private mutating func startAny() throws -> ChildProcess {
    Int.random(in: 0..<4, using: &random) == 0 ? try fixture.startPass() : try fixture.start()
  }

  /// Kills after a while, anywhere from the first instruction to well inside the work of a life.
  private mutating func end(_ life: ChildProcess) async throws {
    // The moment is the experiment.
    try await Task.sleep(for: .milliseconds(Int.random(in: 5...800, using: &random)))
    await kill(life)
  }

  /// Kills, and counts it unless the life was over.
  private mutating func kill(_ life: ChildProcess) async {
    life.signal(SIGKILL)
    if await life.wait() == .signalled(SIGKILL) { kills += 1 }
  }

  /// Two lives at once; one sees the other die.
  private mutating func endBesideAnother() async throws {
    let first = try startAny()
    let second = try fixture.start()
    try await end(first)
    try await end(second)
  }

  /// Kills at one of the first calls of some kind, or after a while if none comes.
  private mutating func endAtCall() async throws {
    let operations = [
      "limit", "create", "status", "publish", "publish", "read_media", "list_media",
    ]
    let operation = operations.randomElement(using: &random) ?? "publish"
    let at = Int.random(in: 1...4, using: &random)
    let when = Bool.random(using: &random) ? FaultSignal.Moment.receipt : .beforeAnswer
    let sandbox = fixture.installation.sandbox
    var fault = ""
    let life = try await fixture.start { pid in
      let signal = FaultSignal(pid: pid, signal: "KILL", when: when)
      fault = sandbox.inject(SandboxFault(operation, at: at, signal: signal))
    }
    try? await eventually("the call", within: .seconds(1)) { !life.isRunning }
    await kill(life)
    sandbox.remove(fault: fault)
  }
}

/// A small generator with a seed (SplitMix64, Steele, Lea and Flood 2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
