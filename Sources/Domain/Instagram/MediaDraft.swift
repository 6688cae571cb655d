public import Posts

/// Somebody tagged in an image.
public struct UserTag: Sendable, Equatable {
  /// The public account's name, without `@`.
  public var username: String
  /// From the left edge, 0 to 1; optional on stories.
  public var x: Double?
  /// From the top edge, 0 to 1; optional on stories.
  public var y: Double?

  /// Makes a tag.
  public init(username: String, x: Double? = nil, y: Double? = nil) {
    self.username = username
    self.x = x
    self.y = y
  }
}

/// What to make a media container of.
///
/// Each kind holds just what the platform takes for it: a child has no caption, a story no alternative
/// text. All URLs are public, US-ASCII, and fetched by the platform.
public enum MediaDraft: Sendable, Equatable {
  /// A JPEG in the feed.
  case image(
    url: String,
    altText: String? = nil,
    userTags: [UserTag] = [],
    details: Details = Details()
  )
  /// A video.
  case reel(
    url: String,
    coverURL: String? = nil,
    shareToFeed: Bool? = nil,
    details: Details = Details()
  )
  /// A JPEG that is shown for a day.
  case storyImage(url: String, userTags: [UserTag] = [], isAIGenerated: Bool = false)
  /// A video that is shown for a day.
  case storyVideo(url: String, userTags: [UserTag] = [], isAIGenerated: Bool = false)
  /// A JPEG that becomes part of a carousel.
  case carouselImage(url: String, altText: String? = nil, userTags: [UserTag] = [])
  /// A video that becomes part of a carousel.
  case carouselVideo(url: String)
  /// Two to ten finished children, in their order.
  case carousel(children: [ContainerID], details: Details = Details())

  /// What feed images, reels and whole carousels have in common.
  public struct Details: Sendable, Equatable {
    /// The text under the post: at most 2,200 UTF-16 units, 30 hashtags, 20 mentions.
    public var caption: String?
    /// Up to three public accounts; a leading `@` is dropped.
    public var collaborators: [String]
    /// The id of a Page with coordinates.
    public var locationID: String?
    /// Whether the post shall carry the label for generated content.
    public var isAIGenerated: Bool

    /// Makes details.
    public init(
      caption: String? = nil,
      collaborators: [String] = [],
      locationID: String? = nil,
      isAIGenerated: Bool = false
    ) {
      self.caption = caption
      self.collaborators = collaborators
      self.locationID = locationID
      self.isAIGenerated = isAIGenerated
    }
  }
}

extension MediaDraft {
  /// The form fields of `POST /{ig-user-id}/media`.
  var parameters: Parameters {
    var form = Parameters()
    switch self {
    case .image(let url, let altText, let userTags, let details):
      form["image_url"] = url
      form["alt_text"] = altText
      form["user_tags"] = Self.json(userTags)
      form.add(details)
    case .reel(let url, let coverURL, let shareToFeed, let details):
      form["media_type"] = "REELS"
      form["video_url"] = url
      form["cover_url"] = coverURL
      form["share_to_feed"] = shareToFeed.map { $0 ? "true" : "false" }
      form.add(details)
    case .storyImage(let url, let userTags, let isAIGenerated):
      form["media_type"] = "STORIES"
      form["image_url"] = url
      form["user_tags"] = Self.json(userTags)
      form["is_ai_generated"] = isAIGenerated ? "true" : nil
    case .storyVideo(let url, let userTags, let isAIGenerated):
      form["media_type"] = "STORIES"
      form["video_url"] = url
      form["user_tags"] = Self.json(userTags)
      form["is_ai_generated"] = isAIGenerated ? "true" : nil
    case .carouselImage(let url, let altText, let userTags):
      form["is_carousel_item"] = "true"
      form["image_url"] = url
      form["alt_text"] = altText
      form["user_tags"] = Self.json(userTags)
    case .carouselVideo(let url):
      form["is_carousel_item"] = "true"
      form["media_type"] = "VIDEO"
      form["video_url"] = url
    case .carousel(let children, let details):
      form["media_type"] = "CAROUSEL"
      form["children"] = children.map(\.rawValue).joined(separator: ",")
      form.add(details)
    }
    return form
  }

  /// The tags as a JSON list; nil without tags.
  private static func json(_ tags: [UserTag]) -> String? {
    guard !tags.isEmpty else { return nil }
    let items = tags.map { tag in
      var item = "{\"username\":\(jsonString(withoutAt(tag.username)))"
      if let x = tag.x, let y = tag.y { item += ",\"x\":\(x),\"y\":\(y)" }
      return item + "}"
    }
    return "[" + items.joined(separator: ",") + "]"
  }
}

extension Parameters {
  fileprivate mutating func add(_ details: MediaDraft.Details) {
    self["caption"] = details.caption
    if !details.collaborators.isEmpty {
      let names = details.collaborators.map { jsonString(withoutAt($0)) }
      self["collaborators"] = "[" + names.joined(separator: ",") + "]"
    }
    self["location_id"] = details.locationID
    self["is_ai_generated"] = details.isAIGenerated ? "true" : nil
  }
}

/// An account's name as the platform wants it: a leading `@` refuses the whole container (observed).
private func withoutAt(_ name: String) -> String {
  name.hasPrefix("@") ? String(name.dropFirst()) : name
}

/// `text` as a JSON string.
private func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\":
      result += "\\\(scalar)"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default:
      result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
