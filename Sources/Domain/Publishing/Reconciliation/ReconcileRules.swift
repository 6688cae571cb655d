import Posts
import Timekeeping

// What became of a publish whose answer was lost? The rules, without I/O. docs/publish-once.md tells them to
// an operator.
//
// Two sources are asked at each check: the container, and the account's list of media. What they say:
//
//     container            media that match        decision
//     -------------------  ----------------------  --------------------------------------------------------
//     any                  exactly one             adopt it: the post is live
//     any                  several                 a human: nobody can tell which
//     PUBLISHED            none (yet)              look again: listings lag
//     PUBLISHED            cannot be recognised    a human: the caption is empty
//     FINISHED             none                    twice, `recheck` apart: not live, publish it again
//     ERROR or EXPIRED     none                    after `grace`: not live, make a new container
//     IN_PROGRESS          none                    look again
//     not readable         none or not readable    look again: no answer is not evidence
//     any                  not readable            look again
//
// A match confirms, whatever the container says; only the container, read with success, may deny. After
// `giveUp` what is still open is left to a human. A second publish is never sent before a decision of
// "not live", and then with the same container if it is still usable.
//
// Not guaranteed: that Meta does not carry out a request hours after it was cut off. The rules follow what is
// known of its behaviour.

/// How patient the reconciler is; the keys `publishing.reconcile.*`.
public struct ReconcilePatience: Hashable, Sendable {
  /// Between two FINISHED reads, and the first pause between looks.
  public var recheck: Duration
  /// How long a listing may lag before "no match" counts.
  public var grace: Duration
  /// When the post is left to a human, counted from the request.
  public var giveUp: Duration

  /// Sets the times.
  public init(
    recheck: Duration = .seconds(60),
    grace: Duration = .seconds(600),
    giveUp: Duration = .seconds(86_400)
  ) {
    self.recheck = recheck
    self.grace = grace
    self.giveUp = giveUp
  }
}

/// What the two sources said at one check.
struct Observation: Hashable, Sendable {
  enum Container: Hashable, Sendable {
    case published
    case finished
    case inProgress
    case gone
    case unreadable(String)
  }

  enum Listing: Hashable, Sendable {
    case one(MediaID, permalink: String?, publishedAt: Double?)
    case none
    case several(Int)
    case unrecognisable
    case unreadable(String)
  }

  let container: Container
  let listing: Listing
}

/// What follows from a look.
enum ReconcileDecision: Hashable, Sendable {
  case adopt(MediaID, permalink: String?, publishedAt: Double?)
  case publishAgain(keepsContainer: Bool, why: String)
  case lookAgain(why: String)
  case leaveToHuman(why: String)
}

enum ReconcileRules {
  /// Decides.
  ///
  /// - Parameters:
  ///   - observation: what was seen.
  ///   - age: seconds since publishing was requested.
  ///   - finishedFor: seconds since the container first read FINISHED in an unbroken series of looks.
  ///   - containerAge: seconds since the container was created.
  static func decision(
    on observation: Observation,
    age: Double,
    finishedFor: Double?,
    containerAge: Double?,
    patience: ReconcilePatience
  ) -> ReconcileDecision {
    switch observation.listing {
    case .one(let media, let permalink, let publishedAt):
      return .adopt(media, permalink: permalink, publishedAt: publishedAt)
    case .several(let count):
      return .leaveToHuman(why: "\(count) media of the account have this caption")
    case .unrecognisable where observation.container == .published:
      return .leaveToHuman(
        why: "it is published, and without a caption its media cannot be recognised"
      )
    case .none, .unrecognisable, .unreadable: break
    }
    let open = undecided(
      observation,
      age: age,
      finishedFor: finishedFor,
      containerAge: containerAge,
      patience
    )
    guard case .lookAgain(let why) = open, age >= patience.giveUp.inSeconds else { return open }
    return .leaveToHuman(why: "\(why), after \(Int(age / 3600)) h")
  }

  private static func undecided(
    _ observation: Observation,
    age: Double,
    finishedFor: Double?,
    containerAge: Double?,
    _ patience: ReconcilePatience
  ) -> ReconcileDecision {
    let nothingListed = observation.listing == .none
    switch observation.container {
    case .published:
      return .lookAgain(why: "the container is published, its media is not listed yet")
    case .inProgress: return .lookAgain(why: "the container is still in progress")
    case .unreadable(let problem):
      return .lookAgain(why: "the container cannot be read: \(problem)")
    case .finished where nothingListed:
      guard let finishedFor, finishedFor >= patience.recheck.inSeconds else {
        return .lookAgain(why: "the container reads FINISHED; it is asked once more")
      }
      let isUsable = (containerAge ?? .infinity) < ContainerLife.usable.inSeconds
      return .publishAgain(
        keepsContainer: isUsable,
        why: "the container stayed unpublished for \(Int(finishedFor)) s and no media matches"
      )
    case .gone where nothingListed:
      guard age >= patience.grace.inSeconds else {
        return .lookAgain(why: "the container is gone; the listing may still lag")
      }
      return .publishAgain(keepsContainer: false, why: "the container is gone and no media matches")
    case .finished, .gone:
      if case .unreadable(let problem) = observation.listing {
        return .lookAgain(why: "the account's media cannot be read: \(problem)")
      }
      return .lookAgain(why: "there are new media, and without a caption none can be recognised")
    }
  }

  /// The pause before the next look: grows from `recheck` by half with each look, up to half an hour.
  static func pause(after look: Int, _ patience: ReconcilePatience) -> Duration {
    var pause = patience.recheck.inSeconds
    for _ in 0..<min(look - 1, 40) where pause < 1800 { pause *= 1.5 }
    return .seconds(min(pause, max(1800, patience.recheck.inSeconds)))
  }
}
