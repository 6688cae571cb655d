/// Every Graph call in the order in which it arrived, the oldest forgotten beyond a limit.
struct RequestRecord: Sendable {
  /// How many calls are remembered.
  static let capacity = 200_000
  private static let secrets: Set<String> = [
    "access_token", "input_token", "fb_exchange_token", "client_secret", "appsecret_proof",
  ]

  private(set) var requests: [RecordedRequest] = []
  private var forgotten = 0

  /// The call of that number, if it is still remembered.
  subscript(number: Int) -> RecordedRequest? {
    let index = number - 1 - forgotten
    return requests.indices.contains(index) ? requests[index] : nil
  }

  /// Records a call's arrival and answers its number.
  mutating func add(
    _ call: GraphCall,
    operation: GraphOperation,
    account: String?,
    faults: [String],
    now: Moment
  ) -> Int {
    if requests.count >= Self.capacity {
      requests.removeFirst(Self.capacity / 10)
      forgotten += Self.capacity / 10
    }
    let number = requests.count + forgotten + 1
    var parameters: [String: String] = [:]
    for field in call.parameters.fields {
      parameters[field.name] = Self.secrets.contains(field.name) ? "<token>" : field.value
    }
    requests.append(
      RecordedRequest(
        number: number,
        operation: operation.rawValue,
        account: account,
        method: call.method,
        path: call.path,
        parameters: parameters,
        time: now,
        status: nil,
        outcome: "pending",
        errorCode: nil,
        errorSubcode: nil,
        faults: faults
      )
    )
    return number
  }

  /// Forgets all calls.
  ///
  /// Numbers go on, so that a call still in flight closes no other's record.
  mutating func removeAll() {
    forgotten += requests.count
    requests.removeAll()
  }

  /// Records how a call ended.
  mutating func close(
    _ number: Int,
    outcome: String,
    status: Int? = nil,
    error: GraphError? = nil
  ) {
    let index = number - 1 - forgotten
    guard requests.indices.contains(index) else { return }
    requests[index].outcome = outcome
    requests[index].status = status
    requests[index].errorCode = error?.code
    requests[index].errorSubcode = error?.subcode
  }
}
