import FoundationEssentials
import Instagram
import Operations
import Publishing
import Settings
import TestSupport
import Testing

/// Facts of the programs that units, manual pages and documents repeat by hand.
@Suite("Facts that stand outside the code of the programs, too")
struct RepeatedFactsTests {
  @Test("systemd does not repeat what only the operator can correct")
  func unit() throws {
    let unit = try repositoryText("systemd/belfry.service")
    let codes = [CommandExit.usage, .configuration].map { "\($0.rawValue)" }.joined(separator: " ")
    #expect(unit.contains("\nRestartPreventExitStatus=\(codes)\n"))
  }

  @Test("The exit codes of docs/errors.md and belfry(1) are those of the program")
  func exitCodes() throws {
    let codes = CommandExit.allCases.map { "\($0.rawValue)" }
    let errors = try repositoryText("docs/errors.md")
    let table = try #require(errors.firstMatch(of: /(?s)## Exit codes\n(.*?)`belfry status`/))
    let rows = table.output.1.matches(of: /(?m)^\| ([0-9]+) \|/)
    #expect(rows.map { String($0.output.1) } == codes)
    let manual = try repositoryText("docs/man/belfry.1")
    let section = try #require(manual.firstMatch(of: /(?s)\.Sh EXIT STATUS\n(.*?)\.El/))
    let entries = section.output.1.matches(of: /(?m)^\.It ([0-9]+)$/)
    #expect(entries.map { String($0.output.1) } == codes)
  }

  @Test("What the parts do without a configuration is what the keys do without a value")
  func defaults() async throws {
    let settings = try await Settings.load(
      file: repositoryRoot.appending(path: "etc/belfry.yaml").path,
      environment: ["BELFRY_MEDIA_HOST": "none"]
    )
    let instagram = InstagramConfiguration()
    #expect(instagram.version == settings.instagram.version)
    #expect(instagram.facebookGraphURL == settings.instagram.facebookGraphURL.text)
    #expect(instagram.instagramGraphURL == settings.instagram.instagramGraphURL.text)
    #expect(instagram.timeout == settings.instagram.timeout)
    let poll = settings.publishing.poll
    #expect(Polling() == Polling(first: poll.first, cap: poll.cap, giveUp: poll.giveUp))
    let reconcile = settings.publishing.reconcile
    let patience = ReconcilePatience(
      recheck: reconcile.recheck,
      grace: reconcile.grace,
      giveUp: reconcile.giveUp
    )
    #expect(ReconcilePatience() == patience)
  }
}
