import Testing

@testable import Settings

/// The settings of a file with `text`, as if it lay in the default place.
func settings(
  _ text: String,
  environment: [String: String] = [:]
) throws(SettingsError) -> Settings {
  let file = try SettingsFile.parse(Array(text.utf8), path: Settings.defaultFile)
  return try Settings(file: file, environment: environment)
}

/// The error of a file with `text`.
func refusal(
  _ text: String,
  environment: [String: String] = [:],
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> SettingsError {
  let error = #expect(throws: SettingsError.self, sourceLocation: sourceLocation) {
    _ = try settings(text, environment: environment)
  }
  return try #require(error, sourceLocation: sourceLocation)
}

@Suite("Settings")
struct SettingsTests {
  @Test(
    "A file without any key is a file of defaults",
    arguments: [
      "", "\n", "# nothing\n", "{}", "---\n", "~", "media:\n", "media:\n  s3:\n", "media: {}",
    ]
  )
  func defaults(text: String) throws {
    let settings = try settings(text, environment: ["BELFRY_MEDIA_HOST": "none"])
    #expect(settings.database == "dbname=belfry")
    #expect(settings.schedule == .init(wake: .seconds(3600), punctual: true))
    #expect(
      settings.publishing
        == .init(
          maxInFlight: 256,
          lease: .seconds(60),
          heartbeat: .seconds(15),
          drain: .seconds(30),
          poll: .init(first: .seconds(3), cap: .seconds(30), giveUp: .seconds(300)),
          reconcile: .init(recheck: .seconds(60), grace: .seconds(600), giveUp: .seconds(86_400))
        )
    )
    #expect(settings.instagram.version == "v26.0")
    #expect(settings.instagram.timeout == .seconds(30))
    #expect(settings.instagram.facebookGraphURL.text == "https://graph.facebook.com")
    #expect(settings.instagram.instagramGraphURL.text == "https://graph.instagram.com")
    #expect(settings.media == .init(host: .none, photos: "/var/lib/belfry/photos"))
    #expect(settings.metrics.file == nil)
  }

  @Test("Every key of the file is honoured")
  func everyKey() throws {
    let settings = try settings(
      """
      database: host=/run/postgresql dbname=other
      schedule:
        wake: 900
        punctual: false
      publishing:
        max_in_flight: 8
        lease: 8.5
        heartbeat: 1.5
        drain: 20
        poll: { first: 0.05, cap: 1, give_up: 10 }
        reconcile: { recheck: 1, grace: 2, give_up: 3 }
      instagram:
        version: v27.0
        timeout: 5
        facebook_graph_url: http://127.0.0.1:8080/fb/
        instagram_graph_url: http://localhost:8080
      media:
        host: webroot
        photos: /srv/photos
        webroot: { directory: /srv/public, base_url: "https://Media.example.org/p/", verify: false }
      metrics:
        file: /srv/metrics/belfry.prom
      """
    )
    #expect(settings.database == "host=/run/postgresql dbname=other")
    #expect(settings.schedule == .init(wake: .seconds(900), punctual: false))
    #expect(
      settings.publishing
        == .init(
          maxInFlight: 8,
          lease: .milliseconds(8500),
          heartbeat: .milliseconds(1500),
          drain: .seconds(20),
          poll: .init(first: .milliseconds(50), cap: .seconds(1), giveUp: .seconds(10)),
          reconcile: .init(recheck: .seconds(1), grace: .seconds(2), giveUp: .seconds(3))
        )
    )
    #expect(settings.instagram.version == "v27.0")
    #expect(settings.instagram.timeout == .seconds(5))
    #expect(settings.instagram.facebookGraphURL.text == "http://127.0.0.1:8080/fb")
    #expect(settings.instagram.instagramGraphURL.text == "http://localhost:8080")
    guard case .webroot(let webroot) = settings.media.host else {
      Issue.record("the host is not webroot")
      return
    }
    #expect(webroot.directory == "/srv/public")
    #expect(webroot.baseURL.text == "https://media.example.org/p/")
    #expect(!webroot.verify)
    #expect(settings.media.photos == "/srv/photos")
    #expect(settings.metrics.file == "/srv/metrics/belfry.prom")
    #expect(settings.provenance.filter { $0.source == .file }.count == settings.provenance.count)
  }

  @Test("The variable of every key overrides it, under the name that the table says")
  func everyVariable() throws {
    let values = [
      "BELFRY_DATABASE": "dbname=e", "BELFRY_SCHEDULE_WAKE": "60",
      "BELFRY_SCHEDULE_PUNCTUAL": "false", "BELFRY_PUBLISHING_MAX_IN_FLIGHT": "3",
      "BELFRY_PUBLISHING_LEASE": "16", "BELFRY_PUBLISHING_HEARTBEAT": "4",
      "BELFRY_PUBLISHING_DRAIN": "11", "BELFRY_PUBLISHING_POLL_FIRST": "0.5",
      "BELFRY_PUBLISHING_POLL_CAP": "2", "BELFRY_PUBLISHING_POLL_GIVE_UP": "9",
      "BELFRY_PUBLISHING_RECONCILE_RECHECK": "5", "BELFRY_PUBLISHING_RECONCILE_GRACE": "6",
      "BELFRY_PUBLISHING_RECONCILE_GIVE_UP": "7", "BELFRY_INSTAGRAM_VERSION": "v25.0",
      "BELFRY_INSTAGRAM_TIMEOUT": "10",
      "BELFRY_INSTAGRAM_FACEBOOK_GRAPH_URL": "https://fb.example",
      "BELFRY_INSTAGRAM_INSTAGRAM_GRAPH_URL": "https://ig.example", "BELFRY_MEDIA_HOST": "webroot",
      "BELFRY_MEDIA_PHOTOS": "/p", "BELFRY_MEDIA_WEBROOT_DIRECTORY": "/w",
      "BELFRY_MEDIA_WEBROOT_BASE_URL": "https://w.example/",
      "BELFRY_MEDIA_WEBROOT_VERIFY": "false", "BELFRY_METRICS_FILE": "/m/b.prom",
    ]
    let settings = try settings("schedule: { wake: 1800 }", environment: values)
    #expect(Set(settings.provenance.map(\.environmentName)) == Set(values.keys))
    for value in settings.provenance {
      #expect(value.source == .environment)
      #expect(value.value == values[value.environmentName])
    }
    #expect(settings.schedule.wake == .seconds(60))
    #expect(settings.publishing.maxInFlight == 3)
    #expect(settings.publishing.poll.giveUp == .seconds(9))
    #expect(settings.instagram.instagramGraphURL.host == "ig.example")
  }

  @Test("The provenance lists every key in the order of the table, with what nobody set")
  func provenance() throws {
    let settings = try settings(
      "publishing:\n  lease: 47\n",
      environment: ["BELFRY_MEDIA_HOST": "none", "PATH": "/bin", "BELFRY_TEST_DATABASE": "x"]
    )
    #expect(settings.provenance.map(\.key) == SettingKey.all.filter(\.isAvailable).map(\.name))
    let byKey = Dictionary(uniqueKeysWithValues: settings.provenance.map { ($0.key, $0) })
    #expect(byKey["publishing.lease"]?.source == .file)
    #expect(byKey["publishing.lease"]?.value == "47")
    #expect(byKey["media.host"]?.source == .environment)
    #expect(byKey["schedule.wake"]?.source == .default)
    #expect(byKey["schedule.wake"]?.value == "3600")
    #expect(byKey["media.webroot.base_url"]?.value == nil)
  }

  @Test("Every default passes its own check")
  func defaultsAreTyped() {
    let withoutDefault = ["media.webroot.base_url", "metrics.file"]
    for key in SettingKey.all where key.isAvailable && !withoutDefault.contains(key.name) {
      #expect(key.defaultText != nil, "\(key.name)")
    }
  }

  @Test("A file that is missing or no file is refused, and says what to do")
  func missingFile() async throws {
    let missing = await #expect(throws: SettingsError.self) {
      _ = try await Settings.load(file: "/nonexistent/belfry.yaml", environment: [:])
    }
    #expect(missing?.code == .unreadableFile)
    #expect(missing?.message == "cannot read /nonexistent/belfry.yaml: it does not exist")
    #expect(missing?.hint.contains("belfry-minimal.yaml") == true)
    let directory = await #expect(throws: SettingsError.self) {
      _ = try await Settings.load(file: "/etc", environment: [:])
    }
    #expect(directory?.message == "cannot read /etc: it is not a regular file")
  }
}
