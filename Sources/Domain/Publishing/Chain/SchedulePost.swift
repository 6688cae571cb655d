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
// The immediate chain (`belfry schedule-post` without --at) has CreatePostRecord in front.

/// The pipelines that publish a post.
public enum SchedulePost {
  /// Name of the chain for a post that is in the queue.
  public static let dueName = "SchedulePost"
  /// Name of the chain that creates the post first.
  public static let immediateName = "SchedulePostNow"
  /// Raised when steps are added, removed or reordered.
  public static let version = 1

  /// The steps that a new attempt takes over from the last one when its container was kept.
  static let reusableSteps: [StepName] = [GeneratePublicPhotoURL.name, CreateMediaContainer.name]

  static func due(_ environment: PublishingEnvironment) -> Pipeline<PublishState, PostChange> {
    appendPublishing(to: Pipeline(dueName, version: version), environment)
  }

  static func immediate(_ environment: PublishingEnvironment) -> Pipeline<PublishState, PostChange>
  {
    let creating = Pipeline<PublishState, PostChange>(immediateName, version: version).step(
      CreatePostRecord(
        queue: environment.queue,
        instance: environment.instance,
        pipeline: (immediateName, version)
      ),
      input: { state throws(StepFailure) in
        guard let post = state.newPost else { throw .missing("a new post") }
        return post
      },
      apply: { state, post in state.post = post }
    )
    return appendPublishing(to: creating, environment)
  }

  private static func appendPublishing(
    to pipeline: Pipeline<PublishState, PostChange>,
    _ environment: PublishingEnvironment
  ) -> Pipeline<PublishState, PostChange> {
    let withURL = pipeline.step(
      GeneratePublicPhotoURL(photos: environment.photos),
      input: { state throws(StepFailure) in
        let post = try state.requirePost()
        return .init(
          photo: post.photo,
          source: try environment.photos.source(of: post),
          name: state.publicName,
          isInspected: post.photoInspected
        )
      },
      apply: { state, media in state.imageURL = media.url }
    )
    return appendUpdate(to: sendPostToInstagram(after: withURL, environment), environment)
  }

  /// `SendPostToInstagram`: one remote effect per step, so that a crash between two of them leaves
  /// something to resume.
  private static func sendPostToInstagram(
    after pipeline: Pipeline<PublishState, PostChange>,
    _ environment: PublishingEnvironment
  ) -> Pipeline<PublishState, PostChange> {
    pipeline.step(
      CreateMediaContainer(accounts: environment.accounts, platform: environment.platform),
      input: { state throws(StepFailure) in
        let post = try state.requirePost()
        guard let url = state.imageURL else { throw .missing("a public URL") }
        return .init(
          account: AccountReference(post),
          imageURL: url,
          caption: post.caption,
          altText: post.altText,
          isAIGenerated: post.isAIGenerated,
          lookSince: post.lateness > 120 || post.term.attempt > 1
            ? post.dueAt - AccountMediaLookup.clockTolerance : nil,
          lateness: post.lateness
        )
      },
      apply: { state, output in state.container = output.container }
    ).step(
      AwaitMediaContainer(
        accounts: environment.accounts,
        platform: environment.platform,
        polling: environment.polling
      ),
      input: { state throws(StepFailure) in
        .init(
          account: AccountReference(try state.requirePost()),
          container: try state.requireContainer()
        )
      },
      apply: { _, _ in }
    ).step(
      PublishMediaContainer(
        accounts: environment.accounts,
        platform: environment.platform,
        logger: environment.logger
      ),
      input: { state throws(StepFailure) in
        let post = try state.requirePost()
        return .init(
          post: post.id,
          account: AccountReference(post),
          container: try state.requireContainer()
        )
      },
      apply: { state, output in state.media = output.media }
    )
  }

  private static func appendUpdate(
    to pipeline: Pipeline<PublishState, PostChange>,
    _ environment: PublishingEnvironment
  ) -> Pipeline<PublishState, PostChange> {
    pipeline.step(
      UpdatePostWithInstagramID(accounts: environment.accounts, platform: environment.platform),
      input: { state throws(StepFailure) in
        guard let media = state.media else { throw .missing("a media id") }
        return .init(account: AccountReference(try state.requirePost()), media: media)
      },
      apply: { state, output in state.permalink = output.permalink }
    )
  }
}

extension PublishState {
  fileprivate func requirePost() throws(StepFailure) -> LeasedPost {
    guard let post else { throw .missing("a leased post") }
    return post
  }

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
