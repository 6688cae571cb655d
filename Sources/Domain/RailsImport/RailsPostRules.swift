import Postgres

// What a post of the Rails app becomes here. Nothing of it may go out by itself unless its time is still to
// come; what was or may have been sent is never sent again; what is not known is called so.
//
//     there                                       here
//     ------------------------------------------  ---------------------------------------------------------
//     posted, with a media id                     posted; without posted_at, at updated_at
//     posted, without one or with something else  unconfirmed
//     posting                                     unconfirmed, requested at updated_at
//     draft, scheduled or failed, with any id     unconfirmed: the app contradicts itself
//     scheduled, its time to come                 scheduled
//     scheduled, its time past                    held: the app only looked at the last hour, and missed it
//     scheduled, without a time                   draft
//     draft                                       draft
//     failed                                      failed; the app did not record why
//     any other state                             not brought over
//
// Its time is scheduled_at, else optimal_time_calculated. An unconfirmed post of the last days is looked for
// on the account like any other; an older one waits for a human, since the list of media goes back only so
// far. Without a container nothing can disprove it, so it is never published again by itself.

/// A post as it is inserted; the names are those of rails_write_posts.sql.
struct RailsPostRow: RailsRow {
  let originID: Int64
  let personaID: Int64
  let photoID: Int64
  let clusterID: Int64?
  let caption: String
  var status = "draft"
  var providerPostID: String?
  let scheduledAt: String?
  let optimalTimeCalculated: String?
  var postedAt: String?
  var publishRequestedAt: String?
  var isAskedAbout = false
  var failureClass: String?
  var failureCause: String?
  var failureFix: String?
  let strategyName: String?
  let hashtags: [String]
  let captionMetadata: String
  let createdAt: String?
  let updatedAt: String?
}

/// Decides what a post becomes.
struct RailsPostRules {
  /// A remark for the report.
  struct Remark: Hashable {
    let reason: String
    let advice: String
  }

  enum Treatment {
    case bring(RailsPostRow, Remark?)
    case leave(Remark)
  }

  /// The ids here of what the post refers to.
  struct Places {
    let persona: Int64
    let photo: Int64
    let cluster: Int64?
  }

  /// The time of the import.
  let now: PostgresTimestamp

  /// How far back an unconfirmed post is looked for, in microseconds: a week.
  private static let memory: Int64 = 7 * 86_400 * 1_000_000

  func treatment(on post: RailsPost, _ places: Places) -> Treatment {
    guard ["array", "null"].contains(post.hashtagsKind) else {
      return .leave(
        Remark(
          reason: "its hashtags are no list of texts but of type \(post.hashtagsKind)",
          advice: "Make them a JSON array in the Rails database, then run the import again."
        )
      )
    }
    switch post.status {
    case "posted": return posted(post, places)
    case "posting":
      return unconfirmed(
        post,
        places,
        "the Rails app was publishing it, and did not record what came of it"
      )
    case "draft", "scheduled", "failed":
      if let media = post.media {
        return unconfirmed(
          post,
          places,
          "the Rails app says that it is \(post.status), yet recorded the id '\(Self.shown(media))'"
        )
      }
      if post.status == "scheduled" { return scheduled(post, places) }
      return post.status == "failed"
        ? .bring(failed(post, places), nil) : .bring(row(post, places), nil)
    default:
      return .leave(
        Remark(
          reason: "its status '\(Self.shown(post.status))' is not known",
          advice: "Give it one of draft, scheduled, posting, posted, failed in the Rails database, "
            + "then run the import again."
        )
      )
    }
  }

  private func posted(_ post: RailsPost, _ places: Places) -> Treatment {
    guard let media = post.media else {
      return unconfirmed(
        post,
        places,
        "the Rails app says that it was posted, and recorded no media id"
      )
    }
    guard Self.isMediaID(media) else {
      return unconfirmed(
        post,
        places,
        "the Rails app says that it was posted, but recorded '\(Self.shown(media))' as its media id",
        inShort: "the Rails app says that it was posted, and what it recorded is no media id"
      )
    }
    var row = row(post, places)
    row.status = "posted"
    row.providerPostID = media
    row.postedAt = (post.posted ?? lastWritten(post)).description
    guard post.posted == nil else { return .bring(row, nil) }
    let remark = Remark(
      reason: "it was posted without a posted_at; updated_at is taken",
      advice: "Nothing, unless you know better."
    )
    return .bring(row, remark)
  }

  private func scheduled(_ post: RailsPost, _ places: Places) -> Treatment {
    var row = row(post, places)
    guard let due = post.scheduled ?? post.optimal else {
      let remark = Remark(
        reason: "it was scheduled without a time; it is a draft here",
        advice: "Give each a time: belfry schedules a draft that gets one and status = 'scheduled'."
      )
      return .bring(row, remark)
    }
    guard due <= now else {
      row.status = "scheduled"
      return .bring(row, nil)
    }
    row.status = "held"
    row.failureClass = "wait"
    row.failureCause = "it was due at \(Self.minute(due)), and the Rails app never published it"
    row.failureFix =
      "Give it a new time: UPDATE scheduling_posts SET scheduled_at = 'tomorrow 09:00', status = 'scheduled' "
      + "WHERE id = {post};"
    let remark = Remark(
      reason: "its time was past and it was never published; it is held here",
      advice:
        "Decide about each: SELECT id, due_at, caption FROM scheduling_posts WHERE status = 'held';"
    )
    return .bring(row, remark)
  }

  private func failed(_ post: RailsPost, _ places: Places) -> RailsPostRow {
    var row = row(post, places)
    row.status = "failed"
    row.failureClass = "unknown"
    row.failureCause = "the Rails app gave it up, and did not record why"
    row.failureFix =
      "Look at the account. If it is not there: UPDATE scheduling_posts SET scheduled_at = "
      + "'tomorrow 09:00', status = 'scheduled' WHERE id = {post};"
    return row
  }

  /// - Parameter inShort: the cause as the report says it, the same for all posts of its kind.
  private func unconfirmed(
    _ post: RailsPost,
    _ places: Places,
    _ cause: String,
    inShort: String? = nil
  ) -> Treatment {
    var row = row(post, places)
    let requested = post.posted ?? lastWritten(post)
    row.status = "unconfirmed"
    row.publishRequestedAt = requested.description
    row.isAskedAbout = now.microseconds - requested.microseconds < Self.memory
    row.failureClass = "unknown"
    row.failureCause = cause
    let media = post.media.flatMap { Self.isMediaID($0) ? $0 : nil } ?? "MEDIA_ID"
    row.failureFix =
      (row.isAskedAbout
        ? "Belfry looks for it by itself. If you know better" : "Look at the account, then")
      + ": belfry resolve {post} published \(media), or: belfry resolve {post} not-published"
    let remark = Remark(
      reason: "\(inShort ?? cause); it is unconfirmed here",
      advice:
        "The view problems names each, and the command that settles it: SELECT * FROM problems;"
    )
    return .bring(row, remark)
  }

  private func row(_ post: RailsPost, _ places: Places) -> RailsPostRow {
    RailsPostRow(
      originID: post.id,
      personaID: places.persona,
      photoID: places.photo,
      clusterID: places.cluster,
      caption: post.caption,
      scheduledAt: post.scheduled?.description,
      optimalTimeCalculated: post.optimal?.description,
      strategyName: post.strategy,
      hashtags: post.hashtags,
      captionMetadata: post.metadata,
      createdAt: post.created?.description,
      updatedAt: post.updated?.description
    )
  }

  private func lastWritten(_ post: RailsPost) -> PostgresTimestamp {
    post.updated ?? post.created ?? now
  }

  /// The form that `provider_post_id` demands.
  static func isMediaID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: "_") }
  }

  /// A value of the Rails app as a message can show it.
  static func shown(_ text: String) -> String {
    let line = String(text.map { $0.isNewline ? " " : $0 })
    return line.count <= 60 ? line : line.prefix(59) + "…"
  }

  private static func minute(_ time: PostgresTimestamp) -> String {
    time.isFinite ? "\(time.description.prefix(16)) UTC" : time.description
  }
}
