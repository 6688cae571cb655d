// One function for each section of the file: which keys it has, and how they depend on each other. Ranges are
// in the table of keys; the reasons for them are in docs/configuration.md.

extension SettingsReader {
  mutating func database() throws(SettingsError) -> String {
    let database = try text("database")
    guard !containsPassword(database.value) else {
      throw invalid(
        database,
        "",
        "contains a password",
        hint: "Take it out, and put it into the credential '\(Credentials.Name.databasePassword)'."
      )
    }
    return database.value
  }

  mutating func schedule() throws(SettingsError) -> Settings.Schedule {
    let wake = try number("schedule.wake")
    let day = Settings.secondsPerDay
    guard day % wake.value == 0 else {
      let below = (1..<wake.value).last { day % $0 == 0 } ?? 1
      let above = (wake.value...day).first { day % $0 == 0 } ?? day
      throw invalid(
        wake,
        "\(wake.value)",
        "does not divide a day of \(day) seconds",
        hint: "Use \(below) or \(above), so that every day has the same wakes."
      )
    }
    return Settings.Schedule(
      wake: .seconds(wake.value),
      punctual: try flag("schedule.punctual")
    )
  }

  mutating func publishing(timeout: Duration) throws(SettingsError) -> Settings.Publishing {
    let maxInFlight = try number("publishing.max_in_flight")
    let lease = try seconds("publishing.lease")
    let heartbeat = try seconds("publishing.heartbeat")
    guard lease.value >= heartbeat.value * Settings.heartbeatsPerLease else {
      throw invalid(
        lease,
        show(lease),
        "is less than three times publishing.heartbeat (\(show(heartbeat)))",
        hint: "Two heartbeats may be lost before another instance takes over; "
          + "raise the lease or lower the heartbeat."
      )
    }
    // A lease is trusted until the margin before its end, and each heartbeat has to arrive before that.
    guard lease.value >= Settings.trustMargin(timeout: timeout) + heartbeat.value else {
      throw invalid(
        lease,
        show(lease),
        "is less than instagram.timeout (\(show(timeout))) and publishing.heartbeat (\(show(heartbeat))) "
          + "and \(show(Settings.trustReserve)) seconds together",
        hint:
          "A call that is under way must be able to end within the lease, or nothing would ever be "
          + "published; raise the lease, or lower instagram.timeout."
      )
    }
    let drain = try seconds("publishing.drain")
    guard drain.value >= timeout else {
      throw invalid(
        drain,
        show(drain),
        "is less than instagram.timeout (\(show(timeout)))",
        hint: "A call that is under way must be able to end before the service stops; "
          + "raise the drain time, and TimeoutStopSec= of belfry.service above it."
      )
    }
    return Settings.Publishing(
      maxInFlight: maxInFlight.value,
      lease: lease.value,
      heartbeat: heartbeat.value,
      drain: drain.value,
      poll: try poll(),
      reconcile: try reconcile()
    )
  }

  private mutating func poll() throws(SettingsError) -> Settings.Poll {
    let first = try seconds("publishing.poll.first")
    let cap = try seconds("publishing.poll.cap")
    let giveUp = try seconds("publishing.poll.give_up")
    try ascending([first, cap, giveUp])
    return Settings.Poll(first: first.value, cap: cap.value, giveUp: giveUp.value)
  }

  private mutating func reconcile() throws(SettingsError) -> Settings.Reconcile {
    let recheck = try seconds("publishing.reconcile.recheck")
    let grace = try seconds("publishing.reconcile.grace")
    let giveUp = try seconds("publishing.reconcile.give_up")
    try ascending([recheck, grace, giveUp])
    return Settings.Reconcile(recheck: recheck.value, grace: grace.value, giveUp: giveUp.value)
  }

  mutating func instagram(timeout: Duration) throws(SettingsError) -> Settings.Instagram {
    let version = try text("instagram.version")
    guard version.value.wholeMatch(of: /v[0-9]{1,3}\.[0-9]{1,2}/) != nil else {
      throw invalid(
        version,
        version.value,
        "is not a version of the Graph API",
        hint: "Write it like 'v26.0'."
      )
    }
    return Settings.Instagram(
      version: version.value,
      timeout: timeout,
      facebookGraphURL: try address("instagram.facebook_graph_url").withoutFinalSlash,
      instagramGraphURL: try address("instagram.instagram_graph_url").withoutFinalSlash
    )
  }

  mutating func media(file: String) throws(SettingsError) -> Settings.Media {
    let host = try text("media.host")
    let photos = try directory("media.photos")
    let directory = try directory("media.webroot.directory")
    let baseURL = try optionalAddress("media.webroot.base_url")
    let verify = try flag("media.webroot.verify")
    switch host.value {
    case "webroot":
      guard let baseURL else { throw .missingBaseURL(file: file) }
      let webroot = Settings.Webroot(directory: directory, baseURL: baseURL, verify: verify)
      return Settings.Media(host: .webroot(webroot), photos: photos)
    case "none": return Settings.Media(host: .none, photos: photos)
    case "s3": throw .unavailableS3(key: "media.host", file: file, line: nil)
    default:
      throw invalid(host, host.value, "is no media host", hint: "Use 'webroot' or 'none'.")
    }
  }

  mutating func metrics() throws(SettingsError) -> Settings.Metrics {
    guard let file = try optionalText("metrics.file") else { return Settings.Metrics(file: nil) }
    let path = try absolute(file)
    guard path.hasSuffix(".prom"), !path.hasSuffix("/.prom") else {
      throw invalid(
        file,
        path,
        "does not end in '.prom'",
        hint: "node_exporter reads no other files; write it like "
          + "'/var/lib/prometheus/node-exporter/belfry.prom'."
      )
    }
    return Settings.Metrics(file: path)
  }

  private mutating func directory(_ name: String) throws(SettingsError) -> String {
    try absolute(try text(name))
  }

  private func absolute(_ path: Sourced<String>) throws(SettingsError) -> String {
    guard path.value.hasPrefix("/"), !path.value.contains("\0") else {
      throw invalid(
        path,
        path.value,
        "is not an absolute path",
        hint: "Begin it with '/'; the service has no working directory to count from."
      )
    }
    return path.value
  }

  private mutating func address(_ name: String) throws(SettingsError) -> WebAddress {
    try checked(try text(name))
  }

  private mutating func optionalAddress(_ name: String) throws(SettingsError) -> WebAddress? {
    guard let text = try optionalText(name) else { return nil }
    let address = try checked(text)
    guard address.text.hasSuffix("/") else {
      throw invalid(
        text,
        text.value,
        "does not end in '/'",
        hint: "File names are appended to it; write '\(address)/'."
      )
    }
    return address
  }

  private func checked(_ text: Sourced<String>) throws(SettingsError) -> WebAddress {
    switch WebAddress.parse(text.value) {
    case .success(let address): return address
    case .failure(let problem):
      throw invalid(
        text,
        text.value,
        problem.text,
        hint: "Write a whole address like 'https://media.example.org/'."
      )
    }
  }

  /// Checks that no value is smaller than the one before it.
  private func ascending(_ values: [Sourced<Duration>]) throws(SettingsError) {
    for (smaller, larger) in zip(values, values.dropFirst()) where larger.value < smaller.value {
      throw invalid(
        larger,
        show(larger),
        "is less than \(smaller.key.name) (\(show(smaller)))",
        hint: "Order them: \(values.map(\.key.name).joined(separator: " <= "))."
      )
    }
  }

  private func show(_ value: Sourced<Duration>) -> String { show(value.value) }

  private func show(_ value: Duration) -> String {
    let (seconds, attoseconds) = value.components
    guard attoseconds != 0 else { return "\(seconds)" }
    return "\(Double(seconds) + Double(attoseconds) * 1e-18)"
  }
}
