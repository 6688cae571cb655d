/// An error of the Graph API, before it becomes JSON.
struct GraphError: Error, Sendable, Equatable {
  var status: Int = 400
  var type: String = "OAuthException"
  var code: Int
  var subcode: Int?
  var message: String
  var isTransient: Bool = false
  var userTitle: String?
  var userMessage: String?
}

/// The errors the sandbox gives by itself, worded as Meta's documents and recorded bodies word them.
extension GraphError {
  /// An argument that Graph cannot accept; `parameter` without a subcode.
  static func invalid(_ message: String, subcode: Int? = nil) -> GraphError {
    GraphError(code: 100, subcode: subcode, message: message)
  }

  /// A parameter that must be there and is not.
  static func missing(_ parameter: String, on surface: SandboxLogin) -> GraphError {
    GraphError(
      type: surface == .instagram ? "IGApiException" : "OAuthException",
      code: 100,
      message: "The parameter \(parameter) is required."
    )
  }

  /// A field that the object does not have.
  static func unknownField(_ name: String) -> GraphError {
    .invalid("(#100) Tried accessing nonexisting field (\(name))")
  }

  /// 100/33: the object is missing, foreign, or does not support the method.
  static func unsupported(_ method: String, id: String, on surface: SandboxLogin) -> GraphError {
    GraphError(
      type: surface == .instagram ? "IGApiException" : "GraphMethodException",
      code: 100,
      subcode: 33,
      message:
        "Unsupported \(method.lowercased()) request. Object with ID '\(id)' does not exist, "
        + "cannot be loaded due to missing permissions, or does not support this operation"
    )
  }

  /// A method that a path does not know at all.
  static func unsupportedMethod(_ method: String) -> GraphError {
    GraphError(
      type: "IGApiException",
      code: 100,
      message: "Unsupported request - method type: \(method.lowercased())"
    )
  }

  /// A permission that the token lacks.
  static func missingScope(_ scope: String) -> GraphError {
    GraphError(
      status: 403,
      code: 10,
      message: "(#10) Requires \(scope) permission to manage the object"
    )
  }

  /// The container is unknown, foreign or older than 24 hours.
  static func noContainer(_ id: String) -> GraphError {
    GraphError(
      code: 24,
      subcode: 2_207_008,
      message: "The requested resource does not exist",
      userTitle: "Media builder not found",
      userMessage:
        "The media builder with creation id = \(id) does not exist or has been expired."
    )
  }

  /// The caption is longer than `limit` UTF-16 units.
  static func captionTooLong(_ count: Int, limit: Int) -> GraphError {
    GraphError(
      code: 36004,
      subcode: 2_207_010,
      message: "The caption is too long.",
      userTitle: "Caption too long",
      userMessage:
        "The submitted image's caption was \(count) characters long. The maximum number of "
        + "characters permitted for a caption is \(limit). "
        + "Please submit media with a shorter caption."
    )
  }

  /// The picture could not be fetched, or was no picture.
  static func notFetched(_ url: String) -> GraphError {
    GraphError(
      code: 9004,
      subcode: 2_207_052,
      message: "Only photo or video can be accepted as media type.",
      userTitle: "Media download has failed. The media URI doesn't meet our requirements.",
      userMessage: "The media could not be fetched from this URI: \(url). "
        + "Please check the limitations of media URIs."
    )
  }

  /// The picture's format is not JPEG.
  static func unsupportedFormat(_ format: String) -> GraphError {
    GraphError(
      code: 36001,
      subcode: 2_207_005,
      message: "The image format is not supported.",
      userTitle: "Unsupported format",
      userMessage: "The image format \(format) is not supported. Supported formats are: JPEG."
    )
  }

  /// The picture is narrower than 4:5 or wider than 1.91:1.
  static func aspectRatio(width: Int, height: Int) -> GraphError {
    GraphError(
      code: 36003,
      subcode: 2_207_009,
      message: "The aspect ratio is not supported.",
      userTitle: "Invalid aspect ratio",
      userMessage: "The submitted image with aspect ratio ('\(width)/\(height)',) cannot be "
        + "published. Please submit an image with a valid aspect ratio."
    )
  }

  /// The token was issued for the other host, or is none.
  static func unparsableToken(status: Int) -> GraphError {
    GraphError(
      status: status,
      code: 190,
      message: "Invalid OAuth access token - Cannot parse access token"
    )
  }

  /// The token's time is over.
  static func expiredToken(on expiry: Moment, now: Moment, status: Int) -> GraphError {
    GraphError(
      status: status,
      code: 190,
      subcode: 463,
      message: "Error validating access token: Session has expired on \(expiry.sessionText). "
        + "The current time is \(now.sessionText)."
    )
  }
}

extension GraphError {
  /// The catalogue's entry for a code and subcode: what a fault answers when it names no message.
  ///
  /// `id` is the object of the call, for the messages that name it.
  static func known(
    _ code: Int,
    _ subcode: Int?,
    method: String,
    id: String,
    on surface: SandboxLogin
  ) -> GraphError {
    switch (code, subcode) {
    case (100, 33): return .unsupported(method, id: id, on: surface)
    case (24, 2_207_008): return .noContainer(id)
    case (9004, 2_207_052): return .notFetched("")
    default: break
    }
    let texts =
      catalogue["\(code)/\(subcode ?? 0)"] ?? catalogue["\(code)/0"]
      ?? Texts("An unknown error occurred")
    var error = GraphError(code: code, subcode: subcode, message: texts.message)
    error.userTitle = texts.title
    error.userMessage = texts.detail
    if code == 2 { (error.status, error.isTransient) = (500, true) }
    if code == 10 || code == 200 { error.status = 403 }
    return error
  }

  private struct Texts: Sendable {
    let message: String
    let title: String?
    let detail: String?

    init(_ message: String, _ title: String? = nil, _ detail: String? = nil) {
      (self.message, self.title, self.detail) = (message, title, detail)
    }
  }

  private static let catalogue: [String: Texts] = [
    "-2/2207003": Texts(
      "Timeout",
      "Timeout",
      "It takes too long to download the media."
    ),
    "-2/2207020": Texts(
      "Media expired",
      "Media expired",
      "The media you are trying to access has expired. Please try to upload again."
    ),
    "-1/0": Texts("Fatal"),
    "-1/2207032": Texts(
      "Fatal",
      "Create media fail",
      "Create media fail, please try to re-create media"
    ),
    "1/0": Texts("An unknown error occurred"),
    "2/0": Texts("An unexpected error has occurred. Please retry your request later."),
    "4/0": Texts("Application request limit reached"),
    "4/2207051": Texts(
      "Application request limit reached",
      "Action is blocked",
      "We restrict certain activity to protect our community. "
        + "Tell us if you think we made a mistake."
    ),
    "9/2207042": Texts(
      "User is performing too many actions",
      "Media Posting Limit Exceeded",
      "You reached maximum number of posts that is allowed to be published "
        + "by Content Publishing API."
    ),
    "9/2207069": Texts(
      "User is performing too many actions",
      "Media Creation Limit Exceeded",
      "You reached maximum number of posts that is allowed to be created "
        + "by Content Publishing API."
    ),
    "10/0": Texts("(#10) Application does not have permission for this action"),
    "17/0": Texts("(#17) User request limit reached"),
    "25/2207050": Texts(
      "User access is restricted",
      "Restricted account",
      "The Instagram account is restricted."
    ),
    "32/0": Texts("(#32) Page request limit reached"),
    "36000/2207004": Texts(
      "The image size is too large.",
      "Image size too large",
      "The image is too large to download. It should be less than 8 MiB."
    ),
    "190/0": Texts("Invalid OAuth access token - Cannot parse access token"),
    "190/458": Texts(
      "Error validating access token: The user has not authorized the application."
    ),
    "190/459": Texts(
      "Error validating access token: You cannot access the app till you log in to "
        + "www.facebook.com and follow the instructions given."
    ),
    "190/460": Texts(
      "Error validating access token: The session has been invalidated because the user changed "
        + "their password or Facebook has changed the session for security reasons."
    ),
    "190/463": Texts("Error validating access token: Session has expired."),
    "190/464": Texts("Error validating access token: Sessions for the user are not allowed."),
    "190/467": Texts("Error validating access token: The session is invalid."),
    "190/492": Texts(
      "Error validating access token: The user does not have a role on the Page any more."
    ),
    "368/0": Texts("The action attempted has been deemed abusive or is otherwise disallowed"),
    "9007/2207027": Texts(
      "Media ID is not available",
      "Cannot Publish",
      "The media is not ready for publishing, please wait for a moment"
    ),
    "80002/0": Texts(
      "There have been too many calls to this Instagram account. Wait a bit and try again. "
        + "For more info, please refer to "
        + "https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
    ),
  ]
}
