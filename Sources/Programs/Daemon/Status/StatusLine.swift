import Glibc
import Store
import Timekeeping

/// The one line that `systemctl status` shows.
enum StatusLine {
  /// For example `ok · 3 personas · next #412 @sarah today 17:40 (in 2 h) · 1 deferred · 0 unconfirmed ·
  /// next wake 15:00`.
  ///
  /// - Parameters:
  ///   - hold: what Instagram answers while publishing is held as a whole.
  ///   - refusal: what is wrong with a new configuration that was refused.
  static func text(
    _ overview: Overview,
    nextWake: String,
    hold: String?,
    refusal: String? = nil
  ) -> String {
    let personas = overview.personas
    let health = Health(overview, countingOnDaemon: true)
    let isWorse = health == .ok && refusal != nil
    var parts = [(isWorse ? Health.degraded : health).word.lowercased()]
    if let refusal {
      let short = refusal.count > 160 ? refusal.prefix(159) + "…" : refusal[...]
      parts.append("new configuration refused: \(short)")
    }
    if let hold { parts.append("publishing held, Instagram fails (\(hold))") }
    parts.append(personas.count == 1 ? "1 persona" : "\(personas.count) personas")
    let waiting = personas.filter { $0.nextIn != nil && $0.heldBy == nil }
    if let next = waiting.min(by: { ($0.nextIn ?? 0) < ($1.nextIn ?? 0) }), let id = next.nextID {
      let handle = next.username ?? next.name
      parts.append("next #\(id) @\(handle) \(next.nextLocal ?? "") (\(distance(next.nextIn ?? 0)))")
    } else {
      parts.append("nothing queued")
    }
    if overview.service.inFlight > 0 { parts.append("\(overview.service.inFlight) in flight") }
    parts.append("\(personas.map(\.deferred).reduce(0, +)) deferred")
    parts.append("\(personas.map(\.unconfirmed).reduce(0, +)) unconfirmed")
    parts.append("next wake \(nextWake)")
    return parts.joined(separator: " · ")
  }

  /// `in 40 s`, `in 12 min`, `in 2 h`, `in 3 d`, or `now`.
  static func distance(_ seconds: Double) -> String {
    switch seconds {
    case ..<1: "now"
    case ..<90: "in \(Int(seconds)) s"
    case ..<5400: "in \(Int(seconds / 60)) min"
    case ..<172_800: "in \(Int((seconds / 3600).rounded())) h"
    default: "in \(Int(seconds / 86_400)) d"
    }
  }

  /// The next wall-clock slot, in the host's zone.
  static func nextWake(every period: Duration) -> String {
    let seconds = max(1, period.components.seconds)
    let now = SystemWallClock().now().secondsSinceEpoch
    var next = time_t((now / seconds + 1) * seconds)
    var local = unsafe tm()
    guard unsafe localtime_r(&next, &local) != nil else { return "?" }
    let (hour, minute, second) = unsafe (local.tm_hour, local.tm_min, local.tm_sec)
    let two = { (value: Int32) in value < 10 ? "0\(value)" : "\(value)" }
    let minutes = "\(two(hour)):\(two(minute))"
    return seconds % 60 == 0 ? minutes : "\(minutes):\(two(second))"
  }
}
