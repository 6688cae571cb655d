import TestSupport
import Testing

@testable import Settings

/// Facts of the settings that units, manual pages and documents repeat by hand.
@Suite("Facts that stand outside the tables of the settings, too")
struct RepeatedFactsTests {
  private let defaults: Settings

  init() throws { defaults = try settings("", environment: ["BELFRY_MEDIA_HOST": "none"]) }

  @Test(
    "Credentials have the same names and files in units, programs and documents",
    arguments: [
      "systemd/belfry.service", "systemd/README.md", "docs/operations.md", "docs/man/belfry.1",
    ]
  )
  func loadedCredentials(path: String) throws {
    let loaded = try repositoryText(path).matches(
      of: #/LoadCredential(?:Encrypted)?=([a-z0-9_.]+):(\S+?)(?:\.encrypted)?(?=\s)/#
    )
    #expect(!loaded.isEmpty)
    for match in loaded {
      let name = Credentials.Name.all.first { $0.description == match.output.1 }
      #expect(name?.installedFile == String(match.output.2), "\(match.output.0)")
    }
  }

  @Test(
    "The sealing key lies where the package makes it, and where documents look for it",
    arguments: [
      "etc/debian/belfry.postinst", "etc/cron.d/belfry", "docs/man/belfry.1", "docs/operations.md",
      "README.md",
    ]
  )
  func key(path: String) throws {
    let text = try repositoryText(path)
      .replacing("$directory", with: Credentials.installedDirectory)
    #expect(text.contains(Credentials.Name.sealingKey.installedFile))
  }

  @Test("belfry(1) names every credential that there is")
  func manual() throws {
    let page = try repositoryText("docs/man/belfry.1")
    for name in Credentials.Name.all {
      #expect(page.contains(".Pa \(name)\n") == (name.content != nil), "\(name)")
    }
  }

  @Test("The directories of photos are those that unit and package make")
  func directories() throws {
    let webroot = try #require(SettingKey.byName["media.webroot.directory"]?.defaultText)
    let unit = try repositoryText("systemd/belfry.service")
    let state = try #require(unit.firstMatch(of: /(?m)^StateDirectory=(.*)$/))
    let made = state.output.1.split(separator: " ").map { "/var/lib/\($0)" }
    #expect(made == ["/var/lib/belfry", defaults.media.photos, webroot])
    let temporary = try repositoryText("systemd/belfry.tmpfiles").matches(of: /(?m)^d (\S+)/)
    #expect(temporary.map { String($0.output.1) } == made)
  }

  @Test("Times that nest are in docs/architecture.md, in the unit and in its manual as in the code")
  func times() throws {
    let call = defaults.instagram.timeout
    let lease = defaults.publishing.lease
    let drain = defaults.publishing.drain
    let trust = lease - defaults.trustMargin
    let heartbeat = defaults.publishing.heartbeat
    let reserve = seconds(Settings.trustReserve)
    let unit = try repositoryText("systemd/belfry.service")
    let stop = try #require(
      unit.firstMatch(of: /(?m)^TimeoutStopSec=([0-9]+)$/).flatMap { Int($0.output.1) }
    )
    let page = try repositoryText("docs/architecture.md")
    for row in [
      "| one call to Instagram | \(seconds(call)) s | `instagram.timeout` |",
      """
      | trust in a lease | \(seconds(trust)) s | `publishing.lease` − `instagram.timeout` − \(reserve) s; \
      more than a heartbeat (\(seconds(heartbeat)) s) |
      """,
      "| lease | \(seconds(lease)) s | `publishing.lease` |",
      """
      | the end of posts in flight when the service stops | \(seconds(drain + call)) s | `publishing.drain` + \
      `instagram.timeout` |
      """,
      "| systemd's limit for the stop | \(stop) s | `TimeoutStopSec=` of the unit;",
      "lease − (instagram.timeout + \(reserve) s)",
    ] { #expect(page.contains(row), "\(row)") }
    #expect(trust > heartbeat && lease > call && drain + call >= lease)
    #expect(Duration.seconds(stop) > drain + call)

    let configuration = try repositoryText("docs/configuration.md")
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(configuration.contains("`instagram.timeout` + \(reserve) seconds of a lease"))
    let sum = "(\(seconds(lease)) > \(seconds(call)) + \(reserve) + \(seconds(heartbeat)))"
    #expect(configuration.contains(sum), "\(sum)")
    #expect(Settings.heartbeatsPerLease == 3)
    #expect(configuration.contains("**A lease is three heartbeats or more**"))

    let readme = try repositoryText("systemd/README.md")
    let nested = """
      `instagram.timeout` (\(seconds(call)) s, one call) ≤
      `publishing.drain` (\(seconds(drain)) s) < `TimeoutStopSec=` (\(stop) s).
      """
    #expect(readme.contains(nested), "\(nested)")
  }

  private func seconds(_ duration: Duration) -> Int64 { duration.components.seconds }
}
