import Testing

@testable import GraphSandbox

/// The sandbox's core without sockets: time stands still unless moved, pictures come from a table.
struct CoreWorld {
  static let facebook = "17841400000000001"
  static let instagram = "17841400000000002"
  static let start = Moment(milliseconds: 1_790_000_000_000)  // 2026-09-21

  var core: SandboxCore
  var wall = start
  var fetches: [String] = []
  var pictures: [String: FetchResult] = [
    "http://host/square.jpg": .body(testJPEG(width: 1080, height: 1080)),
    "http://host/other.jpg": .body(testJPEG(width: 1080, height: 1350, comment: "other")),
  ]

  init(settings: SandboxSettings = SandboxSettings()) {
    core = SandboxCore(
      accounts: Self.accounts,
      settings: settings,
      baseURL: "http://sandbox",
      randomSeed: 7,
      wall: wall
    )
  }

  static var accounts: [SandboxAccount] {
    var sarah = SandboxAccount(
      id: facebook,
      username: "sarah",
      login: .facebook,
      token: "EAAsarah"
    )
    sarah.appSecret = "secret"
    return [
      sarah, SandboxAccount(id: instagram, username: "max", login: .instagram, token: "IGAAmax"),
    ]
  }

  /// An answer, decoded.
  struct Reply {
    var status: Int
    var body: JSON
    var answer: SandboxAnswer

    var id: String { body["id"]?.string ?? "" }
    var code: Double? { body["error"]?["code"]?.number }
    var subcode: Double? { body["error"]?["error_subcode"]?.number }
    var message: String { body["error"]?["message"]?.string ?? "" }
  }

  /// Sends a call through all steps of the machine, as the shell does.
  mutating func deliver(_ request: SandboxRequest) -> Conclusion {
    let now = core.now(at: wall)
    guard let call = GraphCall(request) else {
      return Conclusion(stall: 0, delivery: .whole(core.control(request, wall: wall)))
    }
    let arrival = core.receive(call, now: now)
    var result: Result<JSON, GraphError>?
    if !arrival.faults.skipsOperation {
      switch core.perform(arrival, now: now) {
      case .done(let done): result = done
      case .fetch(let pending):
        let url = pending.imageURL ?? ""
        fetches.append(url)
        result = core.complete(pending, with: pictures[url] ?? .failed("no such host"), now: now)
      }
    }
    return core.conclude(arrival, result, now: now)
  }

  /// Sends a call with form parameters and the token of the surface it goes to.
  mutating func send(
    _ method: String,
    _ path: String,
    _ parameters: [String: String] = [:],
    token: String? = nil,
    headers: [HeaderField] = []
  ) -> Reply {
    let own = path.hasPrefix("/facebook") ? "EAAsarah" : "IGAAmax"
    var fields = parameters
    fields["access_token"] = token ?? own
    if token == "" { fields["access_token"] = nil }
    let form = fields.map { "\($0.key)=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
    var request = SandboxRequest(method: method, target: path, headers: headers)
    if method == "POST" {
      request.headers.append(
        HeaderField(name: "Content-Type", value: "application/x-www-form-urlencoded")
      )
      request.body = Array(form.utf8)
    } else if !form.isEmpty {
      request.target += "?" + form
    }
    return Self.reply(deliver(request))
  }

  /// Sends a document to the control API.
  mutating func control(_ method: String, _ path: String, _ document: JSON? = nil) -> Reply {
    let request = SandboxRequest(
      method: method,
      target: "/_sandbox/" + path,
      body: document?.bytes ?? []
    )
    return Self.reply(deliver(request))
  }

  /// Creates a container on the Instagram surface, and answers its id.
  mutating func container(_ parameters: [String: String] = [:]) throws -> String {
    let defaults = ["image_url": "http://host/square.jpg", "caption": "Morning light"]
    let reply = send(
      "POST",
      "/instagram/v26.0/\(Self.instagram)/media",
      defaults.merging(parameters) { $1 }
    )
    try #require(reply.status == 200, "\(reply.body.text)")
    return reply.id
  }

  /// Creates, reads once and publishes on the Instagram surface, and answers the media id.
  mutating func post(_ parameters: [String: String] = [:]) throws -> String {
    let container = try container(parameters)
    _ = read(container, "status_code")
    let reply = publish(container)
    try #require(reply.status == 200, "\(reply.body.text)")
    return reply.id
  }

  mutating func publish(_ container: String) -> Reply {
    send(
      "POST",
      "/instagram/v26.0/\(Self.instagram)/media_publish",
      ["creation_id": container]
    )
  }

  mutating func read(_ id: String, _ fields: String) -> Reply {
    send("GET", "/instagram/v26.0/\(id)", ["fields": fields])
  }

  mutating func list(_ parameters: [String: String] = [:]) -> Reply {
    send("GET", "/instagram/v26.0/\(Self.instagram)/media", parameters)
  }

  static func reply(_ conclusion: Conclusion) -> Reply {
    switch conclusion.delivery {
    case .whole(let answer), .half(let answer):
      Reply(status: answer.status, body: JSON(parsing: answer.body) ?? .null, answer: answer)
    case .close: Reply(status: 0, body: .null, answer: SandboxAnswer(status: 0))
    }
  }
}

/// The bytes of a JPEG file as far as its frame header: enough for every rule that Instagram has.
func testJPEG(width: Int, height: Int, comment: String = "") -> [UInt8] {
  func word(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
  var bytes: [UInt8] = [0xFF, 0xD8]
  bytes += [0xFF, 0xFE] + word(comment.utf8.count + 2) + Array(comment.utf8)
  bytes += [0xFF, 0xC0] + word(17) + [8] + word(height) + word(width)
  bytes += [3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
  return bytes + [0xFF, 0xD9]
}
