import FoundationEssentials
import Posts
import Sealing

// Reading the platform's JSON, which leaves fields out, wraps objects in `data` or does not, and spells
// ids as strings or as numbers. Only what a caller cannot do without is required.

extension KeyedDecodingContainer {
  /// A string, or a whole number as its digits; nil when missing or empty.
  func text(_ key: Key) -> String? {
    if let text = try? decode(String.self, forKey: key) { return text.isEmpty ? nil : text }
    return (try? decode(UInt64.self, forKey: key)).map(String.init)
  }

  /// A whole number, or its digits as a string.
  func number(_ key: Key) -> Int64? {
    if let number = try? decode(Int64.self, forKey: key) { return number }
    return (try? decode(String.self, forKey: key)).flatMap { Int64($0) }
  }

  /// Like ``text(_:)``, but missing is an error.
  func required(_ key: Key) throws -> String {
    guard let text = text(key) else {
      throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "missing")
    }
    return text
  }
}

/// What is inside `{"error":{…}}`.
struct GraphFailure: Decodable {
  var message: String?
  var code: Int?
  var subcode: Int?
  /// A subcode that is a word.
  var symbol: String?
  var traceID: String?

  private enum CodingKeys: String, CodingKey {
    case message, code
    case subcode = "error_subcode"
    /// The spelling inside debug_token's `data.error`.
    case plainSubcode = "subcode"
    case traceID = "fbtrace_id"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    message = fields.text(.message)
    code = fields.number(.code).flatMap { Int(exactly: $0) }
    subcode = (fields.number(.subcode) ?? fields.number(.plainSubcode)).flatMap { Int(exactly: $0) }
    symbol = [CodingKeys.subcode, .code].compactMap { try? fields.decode(String.self, forKey: $0) }
      .first { Int64($0) == nil }
    traceID = fields.text(.traceID)
  }
}

/// An answer that is an error.
struct FailureEnvelope: Decodable {
  let error: GraphFailure
}

/// An object as it is, in `data`, or first in a list in `data`.
struct Unwrapped<Value: Decodable>: Decodable {
  let value: Value

  private enum CodingKeys: CodingKey { case data }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    if fields.contains(.data) {
      if let first = try? fields.decode([Value].self, forKey: .data).first {
        value = first
      } else {
        value = try fields.decode(Value.self, forKey: .data)
      }
    } else {
      value = try Value(from: decoder)
    }
  }
}

/// An object of which only the id matters.
struct Identified: Decodable {
  let id: String

  private enum CodingKeys: CodingKey { case id }

  init(from decoder: any Decoder) throws {
    id = try decoder.container(keyedBy: CodingKeys.self).required(.id)
  }
}

extension ContainerState: Decodable {
  private enum CodingKeys: String, CodingKey {
    case word = "status_code"
    case text = "status"
  }

  /// Reads a container node.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      status: ContainerStatus(word: try fields.required(.word)),
      statusText: fields.text(.text)
    )
  }
}

extension Media: Decodable {
  private enum CodingKeys: String, CodingKey {
    case id, caption, permalink, timestamp, username, children
    case mediaType = "media_type"
    case productType = "media_product_type"
  }

  private struct Children: Decodable {
    let data: [Identified]
  }

  /// Reads a media node; only the id is required.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      id: MediaID(rawValue: try fields.required(.id)),
      caption: fields.text(.caption),
      mediaType: fields.text(.mediaType),
      productType: fields.text(.productType),
      permalink: fields.text(.permalink),
      timestamp: fields.text(.timestamp).flatMap(secondsSince1970(graphTime:)),
      username: fields.text(.username),
      childCount: (try? fields.decode(Children.self, forKey: .children))?.data.count
    )
  }
}

extension MediaPage: Decodable {
  private enum CodingKeys: CodingKey { case data, paging }
  private struct Paging: Decodable {
    struct Cursors: Decodable { let after: String? }
    let cursors: Cursors?
  }

  /// Reads a page of an edge.
  ///
  /// A cursor counts whenever there was something on the page: that costs an empty page at the end, while
  /// trusting the optional `next` could end a search too early. `next` itself carries the token.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let media = try fields.decode([Media].self, forKey: .data)
    let paging = try? fields.decode(Paging.self, forKey: .paging)
    let after = paging?.cursors?.after
    self.init(media: media, after: media.isEmpty || after?.isEmpty == true ? nil : after)
  }
}

extension PublishingLimit: Decodable {
  private enum CodingKeys: String, CodingKey {
    case usage = "quota_usage"
    case config
    case total = "quota_total"
    case duration = "quota_duration"
  }

  /// Reads one object of the limit's list.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    guard let usage = fields.number(.usage), let usage = Int(exactly: usage) else {
      throw DecodingError.dataCorruptedError(
        forKey: .usage,
        in: fields,
        debugDescription: "missing"
      )
    }
    let config = try? fields.nestedContainer(keyedBy: CodingKeys.self, forKey: .config)
    self.init(
      usage: usage,
      total: config?.number(.total).flatMap { Int(exactly: $0) },
      duration: config?.number(.duration).map { .seconds($0) }
    )
  }
}

extension AccountInfo: Decodable {
  private enum CodingKeys: String, CodingKey {
    case id, username
    case userID = "user_id"
  }

  /// Reads an account node.
  ///
  /// On the Instagram surface `user_id` is the account's id, and `id` one that only the app knows.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let id = try fields.text(.userID) ?? fields.required(.id)
    self.init(id: id, username: fields.text(.username))
  }
}

extension TokenInfo: Decodable {
  private enum CodingKeys: String, CodingKey {
    case scopes, error
    case isValid = "is_valid"
    case expiresAt = "expires_at"
    case dataAccessExpiresAt = "data_access_expires_at"
    case appID = "app_id"
  }

  /// Reads the `data` of a debug_token answer.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    // Zero stands for "never".
    func time(_ key: CodingKeys) -> Int64? { fields.number(key).flatMap { $0 == 0 ? nil : $0 } }
    self.init(
      isValid: try fields.decode(Bool.self, forKey: .isValid),
      scopes: (try? fields.decode([String].self, forKey: .scopes)) ?? [],
      expiresAt: time(.expiresAt),
      dataAccessExpiresAt: time(.dataAccessExpiresAt),
      appID: fields.text(.appID),
      errorSubcode: (try? fields.decode(GraphFailure.self, forKey: .error))?.subcode
    )
  }
}

extension FreshToken: Decodable {
  private enum CodingKeys: String, CodingKey {
    case accessToken = "access_token"
    case expiresIn = "expires_in"
  }

  /// Reads a token endpoint's answer.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      accessToken: Secret(try fields.required(.accessToken)),
      expiresIn: fields.number(.expiresIn).map { .seconds($0) }
    )
  }
}
