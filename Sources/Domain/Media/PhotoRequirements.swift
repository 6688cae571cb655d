/// What Instagram takes, with where it says so.
///
/// Source: Meta's reference of `POST /{ig-user-id}/media` (as of 11 September 2026), and the
/// limits that its error 36003/2207009 states.
public enum PhotoRules {
  /// 8 MiB: the reference says 8 MB, the error text 8 MiB.
  public static let maximumBytes = 8 * 1024 * 1024
  /// 4:5, and the 0.005 below it that Instagram lets pass, so that 1079 × 1350 is not refused.
  public static let minimumRatio = 0.8 - 0.005
  /// 1.91:1, a rounded figure: Meta's own landscape size of 1200 × 628 is 1.9108.
  public static let maximumRatio = 1.915
  /// Pixels across that are published as they are; outside, the picture is scaled, not refused.
  public static let unscaledWidth = 320...1440
}

/// Where a photo is to appear, which decides what is asked of its shape.
public enum PhotoUse: String, Hashable, Codable, Sendable, CaseIterable {
  /// A single image or a carousel: 4:5 … 1.91:1.
  case feed
  /// A story: any shape, 9:16 fills the screen.
  case story
}

/// What Instagram will say to a photo: refused for these reasons, or accepted with these notes.
public struct PhotoRequirements: Hashable, Sendable {
  /// Everything that would be refused, the gravest first; empty when the photo is fine.
  public let refusals: [MediaError]
  /// What happens to the photo without being refused; a sentence each, lower case, no period.
  public let notes: [String]

  /// Whether Instagram takes the photo.
  public var isAccepted: Bool { refusals.isEmpty }

  /// Judges `facts`; `name` is how messages call the photo: its path or URL.
  public init(_ facts: PhotoFacts, named name: String, for use: PhotoUse = .feed) {
    refusals = Self.refusals(facts, name, use)
    notes = Self.notes(facts)
  }

  /// Throws the gravest refusal, if there is one.
  public func check() throws(MediaError) {
    if let first = refusals.first { throw first }
  }

  private static func refusals(
    _ facts: PhotoFacts,
    _ name: String,
    _ use: PhotoUse
  ) -> [MediaError] {
    var refusals: [MediaError] = []
    if facts.format == .multiPicture {
      refusals.append(
        MediaError(
          .unsupportedJPEG,
          "photo \(name) is a multi-picture JPEG (MPO), Instagram takes plain JPEG only",
          hint: "Save it anew without the extra pictures, for example with 'jpegtran -copy none'."
        )
      )
    }
    if facts.bytes > PhotoRules.maximumBytes {
      refusals.append(.tooLarge(name, bytes: facts.bytes))
    }
    if use == .feed,
      !(PhotoRules.minimumRatio...PhotoRules.maximumRatio).contains(facts.displayedRatio)
    {
      refusals.append(ratio(facts, name))
    }
    return refusals
  }

  private static func ratio(_ facts: PhotoFacts, _ name: String) -> MediaError {
    let isTall = facts.displayedRatio < 1
    let isTurned = (5...8).contains(facts.orientation ?? 1)
    let (width, height) =
      isTurned ? (facts.height, facts.width) : (facts.width, facts.height)
    return MediaError(
      .ratio,
      "photo \(name) is \(width)x\(height), \(isTall ? "taller than 4:5" : "wider than 1.91:1")",
      hint: isTall
        ? "Crop it to at most \(width * 5 / 4) pixels in height, or publish it as a story."
        : "Crop it to at most \(height * 191 / 100) pixels in width, or publish it as a story."
    )
  }

  private static func notes(_ facts: PhotoFacts) -> [String] {
    var notes: [String] = []
    if facts.width < PhotoRules.unscaledWidth.lowerBound {
      notes.append("\(facts.width) pixels wide, Instagram enlarges it to 320")
    } else if facts.width > PhotoRules.unscaledWidth.upperBound {
      notes.append("\(facts.width) pixels wide, Instagram reduces it to 1440")
    }
    if let orientation = facts.orientation, orientation != 1 {
      notes.append(
        "stored turned (EXIF orientation \(orientation)), Meta does not say whether it turns it back"
      )
    }
    if facts.components == 4 {
      notes.append("stored as CMYK, Instagram converts to sRGB and colours may shift")
    }
    return notes
  }
}
