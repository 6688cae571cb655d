import Leases
import Media
import Pipeline
import Posts
import Store

// The chains. `SchedulePost` is what the origin called it: everything from the row to the live post.
//
//     GeneratePublicPhotoURL ─► SendPostToInstagram ─► UpdatePostWithInstagramID
//                                 ├ CreateMediaContainer
//                                 ├ AwaitMediaContainer
//                                 └ PublishMediaContainer (pivot)
//
// The chain of a post that `belfry schedule-post` publishes at once begins with CreatePostRecord: the
// transaction that creates the row records that step, and from there on the chain is the same.

/// The pipeline that publishes a leased post.
public enum SchedulePost {
  /// Name of the chain for a post that was in the queue.
  public static let dueName = "SchedulePost"
  /// Name of the chain for a post that was created to be published at once.
  public static let immediateName = "SchedulePostNow"
  /// Raised when steps are added, removed or reordered.
  public static let version = 2

  /// The steps that a new attempt takes over from the last one when its container was kept.
  static let reusableSteps: [StepName] = [GeneratePublicPhotoURL.name, CreateMediaContainer.name]

  /// The chain for one run on a post; the account that its steps share is opened once.
  ///
  /// - Parameters:
  ///   - name: the pipeline that the attempt records.
  ///   - removesRow: whether undoing `CreatePostRecord` removes the row that it created.
  static func chain(
    _ name: String,
    removesRow: Bool = false,
    _ environment: PublishingEnvironment
  ) -> Pipeline<PublishState, PostChange> {
    let account = RunAccount(environment.accounts)
    let empty = Pipeline<PublishState, PostChange>(name, version: version)
    let begun =
      name == immediateName ? empty.begun(by: CreatePostRecord(removesRow: removesRow)) : empty
    let withURL = begun.step(
      GeneratePublicPhotoURL(photos: environment.photos),
      input: { state throws(StepFailure) in
        .init(
          photo: state.post.photo,
          source: try environment.photos.source(of: state.post),
          name: state.publicName,
          isInspected: state.post.photoInspected
        )
      },
      apply: { state, media in state.imageURL = media.url }
    )
    return sendPostToInstagram(after: withURL, account, environment).step(
      UpdatePostWithInstagramID(account: account, platform: environment.platform),
      input: { state throws(StepFailure) in
        guard let media = state.media else { throw .missing("a media id") }
        return .init(account: AccountReference(state.post), media: media)
      },
      apply: { state, output in state.permalink = output.permalink }
    )
  }

  /// `SendPostToInstagram`: one remote effect per step, so that a crash between two of them leaves
  /// something to resume.
  private static func sendPostToInstagram(
    after pipeline: Pipeline<PublishState, PostChange>,
    _ account: RunAccount,
    _ environment: PublishingEnvironment
  ) -> Pipeline<PublishState, PostChange> {
    pipeline.step(
      CreateMediaContainer(account: account, platform: environment.platform),
      input: { state throws(StepFailure) in
        guard let url = state.imageURL else { throw .missing("a public URL") }
        return CreateMediaContainer.Input(state.post, imageURL: url)
      },
      apply: { state, output in state.container = output.container }
    ).step(
      AwaitMediaContainer(
        account: account,
        platform: environment.platform,
        polling: environment.polling
      ),
      input: { state throws(StepFailure) in
        .init(account: AccountReference(state.post), container: try state.requireContainer())
      },
      apply: { _, _ in }
    ).step(
      PublishMediaContainer(
        account: account,
        platform: environment.platform,
        logger: environment.logger
      ),
      input: { state throws(StepFailure) in
        .init(
          post: state.post.id,
          account: AccountReference(state.post),
          container: try state.requireContainer()
        )
      },
      apply: { state, output in state.media = output.media }
    )
  }
}

extension CreateMediaContainer.Input {
  /// What the container of `post` is made from.
  fileprivate init(_ post: LeasedPost, imageURL: String) {
    let isLate = post.lateness > 120 || post.term.attempt > 1
    self.init(
      account: AccountReference(post),
      imageURL: imageURL,
      caption: post.caption,
      altText: post.altText,
      isAIGenerated: post.isAIGenerated,
      lookSince: isLate ? post.dueAt - AccountMediaLookup.clockTolerance : nil,
      lateness: post.lateness
    )
  }
}

extension PublishState {
  fileprivate func requireContainer() throws(StepFailure) -> ContainerID {
    guard let container else { throw .missing("a container") }
    return container
  }
}

extension StepFailure {
  /// A step was reached without what the steps before it produce: the chain is put together wrongly.
  fileprivate static func missing(_ what: String) -> StepFailure {
    StepFailure(
      .configuration,
      "the pipeline reached a step without \(what)",
      hint: "This is a defect of belfry; please report it with this message."
    )
  }
}
