/// Faults by name: the failures that clients of the real API have met.
///
/// A preset is the beginning of a fault; keys given beside `preset` replace its own, so that
/// `{"preset":"publish_closed","effect":"before"}` is the same cut without the post.
enum FaultPresets {
  /// All presets, as the JSON that a fault is made from.
  static let all: [String: JSON] = [
    "publish_closed": after("publish", ["close": true]),
    "publish_timeout": after("publish", ["stall": 3600]),
    "publish_500": after("publish", error(2)),
    "publish_spam": after("publish", error(4, 2_207_051, status: 403)),
    "publish_spam_400": after("publish", error(4, 2_207_051)),
    "publish_permission": after("publish", error(10, status: 403)),
    "publish_unparsable": after("publish", ["status": 200, "body": "<html>garbage"]),
    "publish_without_id": after("publish", ["status": 200, "body": "{}"]),
    "publish_cut_short": after("publish", ["truncate": true]),
    "publish_not_ready": before("publish", error(9007, 2_207_027)),
    "publish_quota": before("publish", error(9, 2_207_042)),
    "publish_fatal": before("publish", error(-1, 2_207_001)),
    "creation_quota": before("create", error(9, 2_207_069)),
    "creation_closed": after("create", ["close": true]),
    "creation_failed": before("create", error(-1, 2_207_032)),
    "fetch_failed": before("create", error(9004, 2_207_052)),
    "fetch_timeout": before("create", error(-2, 2_207_003)),
    "read_outage": lasting("status|read_media|list_media|list_stories", error(100, 33)),
    "permalink_fails": lasting("read_media", error(100, 33)),
    "listing_fails": lasting("list_media|list_stories", error(2)),
    "status_fails": lasting("status", error(2)),
    "token_revoked": lasting("any", error(190, 460)),
    "token_expired": lasting("any", error(190, 463)),
    "account_restricted": lasting("create|publish", error(25, 2_207_050)),
    "not_a_tester": lasting(
      "any",
      [
        "error": [
          "code": 100, "type": "IGApiException",
          "message": "Unsupported request - method type: get",
        ]
      ]
    ),
    "permission_missing": lasting("create|publish", error(10, status: 403)),
    "app_limit": lasting("any", error(4)),
    "user_limit": lasting("any", error(17)),
    "account_limit": lasting("any", error(80002)),
    "server_down": lasting("any", error(2)),
    "unreachable": lasting("any", ["close": true]),
  ]

  private static func before(_ operation: String, _ answer: JSON) -> JSON {
    ["operation": .string(operation), "effect": "before", "answer": answer]
  }

  private static func after(_ operation: String, _ answer: JSON) -> JSON {
    ["operation": .string(operation), "effect": "after", "answer": answer]
  }

  private static func lasting(_ operation: String, _ answer: JSON) -> JSON {
    ["operation": .string(operation), "effect": "before", "answer": answer, "times": 0]
  }

  private static func error(_ code: Int64, _ subcode: Int64? = nil, status: Int64? = nil) -> JSON {
    var error: [String: JSON] = ["code": .int(code)]
    if let subcode { error["subcode"] = .int(subcode) }
    var answer: [String: JSON] = ["error": .object(error)]
    if let status { answer["status"] = .int(status) }
    return .object(answer)
  }
}
