import FoundationEssentials
import HTTPTransport

/// How much of its allowance the caller has used, as an answer's headers tell.
///
/// The platform leaves the headers out at will: nothing here means unknown, not zero. Sources:
/// `x-app-usage` and `x-business-use-case-usage` of Meta's rate-limiting guide.
public struct InstagramUsage: Sendable, Equatable {
  /// The highest of all the percentages told; throttling may begin at 100.
  public var percent: Int
  /// How long access stays closed; nil unless the platform says so.
  public var regainAccess: Duration?

  /// Makes a value.
  public init(percent: Int, regainAccess: Duration? = nil) {
    self.percent = percent
    self.regainAccess = regainAccess
  }

  /// Reads the two headers; nil when neither tells anything.
  init?(_ headers: HTTPHeaders) {
    var loads: [Load] = []
    if let text = headers["x-app-usage"] {
      loads += (try? JSONDecoder().decode(Load.self, from: Data(text.utf8))).map { [$0] } ?? []
    }
    if let text = headers["x-business-use-case-usage"] {
      let byBusiness = try? JSONDecoder().decode([String: [Load]].self, from: Data(text.utf8))
      loads += byBusiness?.values.flatMap(\.self) ?? []
    }
    let percents = loads.flatMap(\.percents)
    guard let percent = percents.max() else { return nil }
    self.percent = percent
    let minutes = loads.compactMap(\.minutes).max() ?? 0
    regainAccess = minutes > 0 ? .seconds(minutes * 60) : nil
  }

  /// One object of either header.
  private struct Load: Decodable {
    var percents: [Int] = []
    var minutes: Int?

    enum CodingKeys: String, CodingKey {
      case calls = "call_count"
      case time = "total_time"
      case processorTime = "total_cputime"
      case minutes = "estimated_time_to_regain_access"
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      func number(_ key: CodingKeys) -> Int? {
        // Bounded, because Int(_: Double) stops the program on what does not fit.
        (try? fields.decode(Double.self, forKey: key)).map { Int(min(max($0, 0), 1_000_000)) }
      }
      percents = [CodingKeys.calls, .time, .processorTime].compactMap(number)
      minutes = number(.minutes)
    }
  }
}
