import Posts
import Testing

@testable import Settings

@Suite("Settings that are refused")
struct RefusalTests {
  @Test("A misspelt key is refused with the nearest one")
  func unknownKey() throws {
    let error = try refusal("publishing:\n  maxInFlight: 7\n")
    #expect(
      error.description == """
        cannot read /etc/belfry/belfry.yaml: unknown key 'publishing.maxInFlight'
        HINT: did you mean 'publishing.max_in_flight'? The keys are listed in belfry.yaml(5).
        """
    )
    #expect(error.code == .unknownKey(suggestion: "publishing.max_in_flight"))
    #expect(error.key == "publishing.maxInFlight")
    #expect(error.file == "/etc/belfry/belfry.yaml")
    #expect(error.line == 2)
  }

  @Test(
    "Unknown keys are found on every level",
    arguments: [
      ("databse: x", "database"), ("lease: 5", "publishing.lease"), ("zzzzzzzz: 1", nil),
      ("schedule:\n  wake: 60\n  punctal: true", "schedule.punctual"),
      ("media:\n  webrot:\n    directory: /x", "media.webroot.directory"),
      ("database:\n  host: x", nil), ("publishing:\n  reconcile:\n    recheck:\n      x: 1", nil),
    ] as [(String, String?)]
  )
  func unknownKeys(text: String, suggestion: String?) throws {
    let error = try refusal(text)
    guard case .unknownKey(let suggested) = error.code else {
      Issue.record("\(error) is not about an unknown key")
      return
    }
    if let suggestion { #expect(suggested == suggestion) }
    if text.hasPrefix("zzz") { #expect(suggested == nil) }
  }

  @Test("A misspelt variable is refused with the nearest one")
  func unknownVariable() throws {
    let error = try refusal("", environment: ["BELFRY_PUBLISHING_MAXINFLIGHT": "7"])
    #expect(
      error.description == """
        the environment variable BELFRY_PUBLISHING_MAXINFLIGHT stands for no key
        HINT: did you mean 'BELFRY_PUBLISHING_MAX_IN_FLIGHT'? Every variable that begins with BELFRY_ \
        must be a key of belfry.yaml(5).
        """
    )
  }

  @Test(
    "A value of the wrong type is an error, not a default",
    arguments: ["seven", "\"7\"", "7.5", "yes"]
  )
  func wrongType(value: String) throws {
    let error = try refusal("schedule:\n  wake: \(value)\n")
    let shown = value.filter { $0 != "\"" }
    #expect(
      error.message
        == "cannot read /etc/belfry/belfry.yaml: the key 'schedule.wake' is '\(shown)', "
        + "which is not a whole number"
    )
    #expect(error.line == 2)
  }

  @Test(
    "What is out of range or out of order is refused, and the message names the key",
    arguments: [
      ("schedule: { wake: 0 }", "range"), ("schedule: { wake: -60 }", "range"),
      ("schedule: { wake: 86401 }", "range"), ("schedule: { wake: 7 }", "divide a day"),
      ("schedule: { punctual: maybe }", "true or false"),
      ("publishing: { max_in_flight: 0 }", "range"), ("publishing: { lease: .inf }", "range"),
      ("publishing: { lease: .nan }", "range"), ("publishing: { lease: -1 }", "range"),
      ("publishing: { lease: 44 }", "three times publishing.heartbeat (15)"),
      ("publishing: { heartbeat: 21 }", "three times publishing.heartbeat (21)"),
      (
        "publishing: { lease: 46 }",
        "instagram.timeout (30) and publishing.heartbeat (15) and 2 seconds"
      ),
      (
        "instagram: { timeout: 44 }",
        "instagram.timeout (44) and publishing.heartbeat (15) and 2 seconds"
      ),
      ("publishing: { drain: 29 }", "less than instagram.timeout (30)"),
      ("instagram: { timeout: 31 }", "less than instagram.timeout (31)"),
      ("publishing: { poll: { first: 31 } }", "publishing.poll.first"),
      ("publishing: { poll: { cap: 301 } }", "publishing.poll.cap"),
      ("publishing: { reconcile: { grace: 59 } }", "publishing.reconcile.recheck"),
      ("publishing: { reconcile: { give_up: 599 } }", "publishing.reconcile.grace"),
      ("instagram: { version: 26.0 }", "version"), ("instagram: { version: v26 }", "version"),
      ("instagram: { facebook_graph_url: 'http://graph.facebook.com' }", "https"),
      ("media: { photos: photos }", "absolute path"), ("media: { host: ftp }", "no media host"),
      ("media: { host: [webroot] }", "list"), ("database: [a, b]", "list"),
      ("database: ''", "empty"),
      ("media: { webroot: { base_url: 'https://m.example' } }", "end in '/'"),
      ("metrics: { file: belfry.prom }", "absolute path"),
      ("metrics: { file: /var/belfry.txt }", "end in '.prom'"),
      ("metrics: { file: /var/.prom }", "end in '.prom'"),
      ("media: { webroot: { base_url: 'https://bücher.example/' } }", "ASCII"),
    ]
  )
  func outOfRange(text: String, words: String) throws {
    let error = try refusal(text)
    #expect(error.code == .invalidValue)
    #expect(error.message.contains(words))
    // A default that no longer fits what the file says has no line of its own.
    #expect(error.line == (error.message.hasPrefix("the default of") ? nil : 1))
    #expect(error.message.contains("'\(try #require(error.key))'"))
    #expect(error.hint.hasSuffix("."))
  }

  @Test("The patience with a container ends with the time in which it can be published")
  func containerLife() throws {
    let limit = ContainerLife.usable.components.seconds
    let longest = try settings(
      "media: { host: none }\npublishing: { poll: { give_up: \(limit) } }"
    )
    #expect(longest.publishing.poll.giveUp == ContainerLife.usable)
    let error = try refusal("publishing: { poll: { give_up: \(limit + 1) } }")
    #expect(error.key == "publishing.poll.give_up")
  }

  @Test("A wake that does not divide a day is answered with its neighbours that do")
  func wakeNeighbours() throws {
    let error = try refusal("schedule: { wake: 1000 }")
    #expect(error.hint == "Use 960 or 1080, so that every day has the same wakes.")
  }

  @Test("A variable of the wrong type names the variable")
  func wrongVariable() throws {
    let error = try refusal("", environment: ["BELFRY_SCHEDULE_WAKE": "hourly"])
    #expect(
      error.message
        == "the environment variable BELFRY_SCHEDULE_WAKE is 'hourly', which is not a whole number"
    )
    #expect(error.file == nil)
  }

  @Test("The webroot needs its address")
  func missingBaseURL() throws {
    let error = try refusal("")
    #expect(error.code == .missingValue)
    #expect(error.key == "media.webroot.base_url")
    #expect(error.hint.contains("media.host: none"))
  }

  @Test(
    "The host s3 and its keys are refused, not ignored",
    arguments: [
      "media: { host: s3 }", "media: { s3: { bucket: b } }", "media: { s3: { path_style: true } }",
    ]
  )
  func s3(text: String) throws {
    let error = try refusal(text)
    #expect(error.code == .unavailable)
    #expect(error.message == "media host s3 is not available in this version")
    #expect(error.hint.contains("webroot"))
    let variable = try refusal("", environment: ["BELFRY_MEDIA_S3_BUCKET": "b"])
    #expect(variable.code == .unavailable)
  }

  @Test(
    "What is not a mapping of keys is refused",
    arguments: [
      "- a\n- b\n", "just text", "a: b: c", "\tdatabase: x", "database: x\ndatabase: y",
      "publishing:\n  lease: 60\npublishing.lease: 61", "media: webroot", "database:\n",
      "database: ~", "? [a]\n: b", "database: \"open",
    ]
  )
  func shape(text: String) throws {
    let error = try refusal(text)
    #expect(error.message.hasPrefix("cannot read /etc/belfry/belfry.yaml"))
    #expect(!error.hint.isEmpty)
  }

  @Test("Bytes that are not UTF-8 are refused")
  func notText() {
    #expect(throws: SettingsError.self) { try SettingsFile.parse([0x61, 0xFF], path: "f") }
  }

  @Test("A key or value with control characters is shown on one line, and cannot steer a terminal")
  func controlCharacters() throws {
    let error = try refusal(#""a\nb\e[31m": 1"#)
    #expect(
      error.message == #"cannot read /etc/belfry/belfry.yaml: unknown key 'a\nb\u{1B}[31m'"#
    )
  }

  @Test("An error of the YAML parser says the line and does not quote the file")
  func syntaxIsSilent() throws {
    let error = try refusal("database: x\ntoken: \"very-secret\n")
    #expect(error.code == .syntax)
    #expect(error.line != nil)
    #expect(!error.description.contains("very-secret"))
  }

  @Test(
    "A connection string with a password is refused and not shown",
    arguments: [
      "dbname=b password=hunter2", "dbname=b PASSWORD = 'hunter2'", "password='hunter2' dbname=b",
      "postgresql://u:hunter2@h/b", "postgres://h/b?password=hunter2",
      "postgresql://h/b?p%61ssword=hunter2", "postgresql://u?x:hunter2@h/b",
      "postgresql://u?x@h/b?password=hunter2", "dbname=b'c password=hunter2",
      "dbname='b password=hunter2", "dbname=b\\' password = hunter2",
      "sslmode=require sslpassword=hunter2",
    ]
  )
  func password(connection: String) throws {
    let error = try refusal("", environment: ["BELFRY_DATABASE": connection])
    #expect(error.message == "the environment variable BELFRY_DATABASE contains a password")
    #expect(error.hint.contains("database.password"))
    #expect(!error.description.contains("hunter2"))
  }

  @Test(
    "A connection string without a password passes",
    arguments: [
      "dbname=password", "dbname='a password=b'",
      "host=a,b dbname=x target_session_attrs=read-write",
      "postgresql://u@h:5432/b", "postgresql:///b?host=/run/postgresql", "passfile=/x dbname=b",
    ]
  )
  func noPassword(connection: String) {
    #expect(!containsPassword(connection))
  }
}

@Suite("Suggestions")
struct SuggestionTests {
  @Test(
    "The edit distance counts insertions, deletions, replacements and swaps",
    arguments: [
      ("", "", 0), ("a", "", 1), ("", "ab", 2), ("lease", "lease", 0), ("laese", "lease", 1),
      ("leas", "lease", 1), ("release", "lease", 2), ("kitten", "sitting", 3), ("ca", "abc", 3),
    ]
  )
  func distance(first: String, second: String, expected: Int) {
    #expect(editDistance(Array(first), Array(second)) == expected)
    #expect(editDistance(Array(second), Array(first)) == expected)
  }

  @Test("Nothing is suggested when nothing is near")
  func nothingNear() {
    #expect(nearest(to: "colour", among: ["database", "media.host"]) == nil)
    #expect(nearest(to: "x", among: []) == nil)
  }

  @Test("A last part that several keys share is not guessed from")
  func ambiguous() {
    let keys = ["publishing.poll.give_up", "publishing.reconcile.give_up"]
    #expect(nearest(to: "give_up", among: keys) == nil)
  }
}

@Suite("Web addresses")
struct WebAddressTests {
  @Test(
    "Addresses of the right form pass",
    arguments: [
      ("https://graph.facebook.com", "graph.facebook.com", false),
      ("HTTPS://Example.ORG:8443/A/b/", "example.org", false),
      ("http://127.0.0.1:9000/", "127.0.0.1", true), ("http://localhost", "localhost", true),
      ("http://[::1]:80/x/", "[::1]", true),
      ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", false),
    ]
  )
  func valid(text: String, host: String, isLoopback: Bool) throws {
    let address = try WebAddress.parse(text).get()
    #expect(address.host == host)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(
    "Others are refused",
    arguments: [
      "", "example.org", "ftp://example.org/", "http://example.org/", "https://", "https:///x",
      "https://user@example.org/", "https://example.org/?q", "https://example.org/#f",
      "https://example.org:0/", "https://example.org:99999/", "https://example.org:x/",
      "https://example.org:+80/",
      "https://exa mple.org/", "https://example.org/a//b/", "https://example.org/../b/",
      "http://127.0.0.1.example.org/", "http://127.1/", "https://ex\\ample.org/", "https://[::1",
      "http://localhost.example.org/", "https://bücher.example/",
    ]
  )
  func invalid(text: String) {
    #expect(throws: WebAddress.Problem.self) { try WebAddress.parse(text).get() }
  }
}
