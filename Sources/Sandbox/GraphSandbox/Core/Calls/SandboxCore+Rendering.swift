extension SandboxCore {
  /// The answer for a result, with usage headers; an error also comes back for the record.
  mutating func render(
    _ result: Result<JSON, GraphError>,
    for call: GraphCall,
    now: Moment
  ) -> (SandboxAnswer, GraphError?) {
    switch result {
    case .success(let value):
      return (.json(value, headers: versionHeader(call) + usage(for: call, limit: false)), nil)
    case .failure(let error):
      let isLimit = [4, 17, 32, 80002].contains(error.code)
      var headers = versionHeader(call) + usage(for: call, limit: isLimit)
      if error.code == 190 {
        headers.append(
          HeaderField(
            name: "WWW-Authenticate",
            value: "OAuth \"Facebook Platform\" \"invalid_token\" \"\(error.message)\""
          )
        )
      }
      return (.json(envelope(error), status: error.status, headers: headers), error)
    }
  }

  private mutating func envelope(_ error: GraphError) -> JSON {
    var body: [String: JSON] = [
      "message": .string(error.message),
      "type": .string(error.type),
      "code": .int(Int64(error.code)),
      "fbtrace_id": .string(identifiers.traceID()),
    ]
    if let subcode = error.subcode { body["error_subcode"] = .int(Int64(subcode)) }
    if settings.optionalErrorFields {
      body["is_transient"] = .bool(error.isTransient)
      if let title = error.userTitle {
        body["error_user_title"] = .string(settings.localised ? "เกิดข้อผิดพลาด" : title)
      }
      if let detail = error.userMessage {
        body["error_user_msg"] = .string(
          settings.localised ? "ไม่สามารถดำเนินการได้ โปรดลองอีกครั้งในภายหลัง" : detail
        )
      }
    }
    return ["error": .object(body)]
  }

  private func versionHeader(_ call: GraphCall) -> [HeaderField] {
    [HeaderField(name: "facebook-api-version", value: call.version ?? "v26.0")]
  }

  private func usage(for call: GraphCall, limit: Bool) -> [HeaderField] {
    switch settings.usageHeaders {
    case .never: return []
    case .some where !limit && !call.number.isMultiple(of: 2): return []
    case .some, .always: break
    }
    let percent = JSON.int(Int64(limit ? 100 : settings.usagePercent))
    let app: JSON = ["call_count": percent, "total_time": percent, "total_cputime": percent]
    let account = record[call.number]?.account ?? "0"
    let business: JSON = [
      account: [
        [
          "type": "instagram", "call_count": percent, "total_cputime": percent,
          "total_time": percent,
          "estimated_time_to_regain_access":
            .int(Int64(limit ? settings.usageRegainMinutes : 0)),
        ]
      ]
    ]
    return [
      HeaderField(name: "x-app-usage", value: app.text),
      HeaderField(name: "x-business-use-case-usage", value: business.text),
    ]
  }

  /// Keeps the asked members of an object, and its `id`.
  ///
  /// `.null` stands for a field that exists and has no value here: it is left out, as Graph does.
  /// - Throws: ``GraphError/unknownField(_:)`` for a field the object does not have.
  static func select(
    _ fields: [FieldRequest],
    from object: [String: JSON]
  ) throws(GraphError) -> JSON {
    var result: [String: JSON] = [:]
    if let id = object["id"] { result["id"] = id }
    for field in fields {
      guard let value = object[field.name] else { throw .unknownField(field.name) }
      if value != .null { result[field.name] = value }
    }
    return .object(result)
  }
}
