extension SandboxCore {
  /// Checks the parameters of a container that name other accounts and places.
  func checkPeople(_ call: GraphCall, _ kind: Container.Kind) throws(GraphError) {
    try checkCollaborators(call, kind)
    try checkUserTags(call, kind)
    if let location = call.parameters["location_id"],
      location.isEmpty || !location.allSatisfy({ ("0"..."9").contains($0) })
    {
      throw .invalid("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")
    }
    if call.parameters.contains("trial_params") {
      throw .invalid("(#100) trial_params is only supported with media_type REELS.")
    }
  }

  /// One handle that cannot be tagged refuses the whole container; a leading `@` is such a handle.
  private func checkCollaborators(_ call: GraphCall, _ kind: Container.Kind) throws(GraphError) {
    let names = call.parameters.list("collaborators")
    guard !names.isEmpty else { return }
    if names.count > 3 || kind == .story {
      throw .invalid("(#100) collaborators: at most 3 usernames, and not on stories.")
    }
    let refused = names.filter {
      $0.hasPrefix("@") || settings.inaccessibleCollaborators.contains($0)
    }
    guard !refused.isEmpty else { return }
    throw GraphError(
      code: 100,
      subcode: 2_207_018,
      message: "Invalid parameter",
      userTitle: "Cannot tag users",
      userMessage: "The users cannot be accessed: " + refused.joined(separator: ", ")
    )
  }

  private func checkUserTags(_ call: GraphCall, _ kind: Container.Kind) throws(GraphError) {
    guard let text = call.parameters["user_tags"], !text.isEmpty else { return }
    guard case .array(let tags)? = JSON(parsing: Array(text.utf8)) else {
      throw .invalid("(#100) Param user_tags must be an array.")
    }
    if tags.count > CaptionRules.mentions {
      throw GraphError(
        code: 100,
        subcode: 2_207_040,
        message: "Invalid parameter",
        userTitle: "Too many tags",
        userMessage: "Cannot use more than \(CaptionRules.mentions) tags per created media."
      )
    }
    for tag in tags {
      guard let name = tag["username"]?.string, !name.isEmpty else {
        throw .invalid("(#100) Param user_tags: username is required.")
      }
      for axis in ["x", "y"] {
        guard let place = tag[axis]?.number else {
          if kind == .story { continue }
          throw .invalid("(#100) Param user_tags: \(axis) is required for images.")
        }
        if !(0...1).contains(place) {
          throw .invalid("(#100) Param user_tags: \(axis) must be between 0.0 and 1.0.")
        }
      }
    }
  }
}
