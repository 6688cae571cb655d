import HTTPTransport
public import Posts

/// Every sentence that this target can put before people.
///
/// Messages are lower case and end without a period; hints and guides are full sentences.
public enum InstagramTexts {
  /// A failure class in words, for the journal's catalogue and the `problems` view.
  public struct Guide: Sendable, Equatable {
    /// What has happened.
    public let meaning: String
    /// What Belfry does about it by itself.
    public let belfryDoes: String
    /// What a human does about it.
    public let humanDoes: String
  }

  /// A failure class in words.
  public static func guide(_ failureClass: FailureClass) -> Guide {
    switch failureClass {
    case .wait:
      Guide(
        meaning: "Something is not ready yet, or the platform or the network has a passing fault.",
        belfryDoes: "It waits and asks again, with growing pauses.",
        humanDoes: "Nothing, unless it lasts for hours."
      )
    case .newContainer:
      Guide(
        meaning: "The platform could not make a usable container of the media.",
        belfryDoes: "It makes a new container, a limited number of times, and then gives up.",
        humanDoes: "Check that the media's public URL answers from outside."
      )
    case .permanent:
      Guide(
        meaning: "The platform refuses the content and will go on refusing it.",
        belfryDoes: "It marks the post failed and goes on with the next.",
        humanDoes: "Edit the post as the message says, then retry it."
      )
    case .account:
      Guide(
        meaning: "The account needs its owner: its token, a permission or a restriction.",
        belfryDoes: "It holds this persona; its posts wait untouched, other personas go on.",
        humanDoes: "Log in again or lift the restriction, then release the persona."
      )
    case .limit:
      Guide(
        meaning: "A rate limit or a quota of the platform is used up.",
        belfryDoes: "It defers the post until the limit frees, and slows down.",
        humanDoes: "Nothing; spread posts more widely if it happens often."
      )
    case .unknown:
      Guide(
        meaning:
          "The post was sent to be published, and the answer does not prove what came of it.",
        belfryDoes:
          "It asks the platform what happened, and does not publish again before it knows.",
        humanDoes: "Nothing at first; if the post ends as unconfirmed, look and resolve it by hand."
      )
    case .configuration:
      Guide(
        meaning: "Something on this host is set up wrongly.",
        belfryDoes: "It leaves the post as it is and reports the fault.",
        humanDoes: "Correct the setting that the message names, then reload the service."
      )
    }
  }

  // MARK: Messages

  static func answered(
    _ operation: GraphOperation,
    _ code: Int?,
    _ subcode: String?,
    _ status: Int,
    _ text: String
  ) -> String {
    let number = code.map(String.init) ?? "http \(status)"
    let numbers = subcode.map { "\(number)/\($0)" } ?? number
    return "\(operation.rawValue) answered \(numbers)" + (text.isEmpty ? "" : ": \(text)")
  }

  static func unreadable(_ operation: GraphOperation, _ status: Int) -> String {
    "\(operation.rawValue) answered http \(status) with a body that cannot be read"
  }

  static func unanswered(_ operation: GraphOperation, _ reason: String) -> String {
    "\(operation.rawValue) got no answer: \(reason)"
  }

  static func badAccountID(_ operation: GraphOperation) -> String {
    "\(operation.rawValue) not sent: the account's id is not a number"
  }

  static let badAccountIDHint =
    "Set the persona's instagram_account_id to the numeric id that belfry credentials verify shows."

  // MARK: Hints

  static func hint(_ failureClass: FailureClass, transport code: HTTPError.Code) -> String {
    switch code {
    case .invalidURL:
      "Check instagram.facebook_graph_url and instagram.instagram_graph_url, and that the stored token "
        + "holds no space or line break."
    case .resolve: "Check this host's name service; the platform's name could not be resolved."
    case .connect: "Check that this host may open connections to the platform."
    case .tls: "Check this host's clock and its package ca-certificates."
    default: guide(failureClass).humanDoes
    }
  }

  static func hint(_ failureClass: FailureClass, code: Int?, subcode: Int?) -> String {
    subcode.flatMap(hint(subcode:)) ?? code.flatMap { hint(code: $0, subcode: subcode) }
      ?? guide(failureClass).humanDoes
  }

  private static func hint(subcode: Int) -> String? {
    switch subcode {
    case 2_207_003, 2_207_052:
      "Check that the media's URL answers 200 from outside, quickly, and is not shut by robots.txt."
    case 2_207_004: "Make the image smaller than 8 MiB."
    case 2_207_005: "Store the image as a JPEG."
    case 2_207_009: "Crop or pad the image to a ratio between 4:5 and 1.91:1."
    case 2_207_010: "Shorten the caption to 2,200 characters."
    case 2_207_018: "Remove the collaborators that cannot be tagged, and spell names without @."
    case 2_207_026: "Store the video as MP4 or MOV with H.264 or HEVC."
    case 2_207_028: "Give the carousel between 2 and 10 items."
    case 2_207_040: "Use at most 20 mentions."
    case 2_207_042: "Wait for the 24-hour publishing window; nothing is wrong with the post."
    case 2_207_050: "The account's owner must open the Instagram app and follow what it asks."
    case 2_207_051:
      "Look at the profile before anything else: the post may be live. Then post less often."
    case 2_207_057: "Choose a thumbnail offset within the video."
    case 2_207_069: "Wait for the 24-hour window of 400 containers; nothing is wrong with the post."
    case 2_207_076, 2_207_077, 2_207_085:
      "Check that the video plays, and that its URL lasts and supports Range requests."
    case 2_207_081: "Take the trial setting off the reel; this account has no trial reels."
    case 2_207_082: "Give the video a sound track, or take the added sound off the post."
    default: nil
    }
  }

  private static func hint(code: Int, subcode: Int?) -> String? {
    switch (code, subcode) {
    case (190, _):
      "Log in again and store the new token; check that it belongs to the persona's login "
        + "(facebook or instagram)."
    case (10, _), (200...299, _), (3, _):
      "Grant the app the publishing permission again and store the new token."
    case (104, _): "Store the app's current secret; the proof made with it was refused."
    case (100, 33):
      "Check the persona's instagram_account_id and that its token may see the account."
    case (2500, _):
      "Check that the Graph URLs in belfry.yaml hold no version and no path of their own."
    default: nil
    }
  }
}
