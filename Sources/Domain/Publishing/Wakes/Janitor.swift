import FoundationEssentials
import Journal
import Logging
import Media
import Pipeline
import Postgres
import Posts
public import Store

/// Clears up behind processes that died or undos that failed: public copies of photos that nobody needs, and
/// steps recorded as stuck.
///
/// Safe beside other instances: withdrawing twice is the same as once, and what a post in flight uses is left
/// alone, as is everything younger than an hour.
public struct Janitor: Sendable {
  let environment: PublishingEnvironment
  let upkeep: UpkeepStore

  /// Copies younger than this may belong to a post whose step is not recorded yet.
  private static let minimumAge = Duration.seconds(3600)

  /// Works with the parts of `environment`.
  public init(_ environment: PublishingEnvironment, upkeep: UpkeepStore) {
    self.environment = environment
    self.upkeep = upkeep
  }

  /// Clears up once.
  ///
  /// What cannot be cleared now is tried again at the next call.
  public func sweep() async {
    do {
      try await undoStuckSteps()
      try await sweepPublicCopies()
    } catch {
      environment.logger.debug("the janitor could not ask the database: \(error)")
    }
  }

  private func undoStuckSteps() async throws(PostgresError) {
    let command = GeneratePublicPhotoURL(photos: environment.photos)
    let context = StepContext(
      attempt: 1,
      mayAct: { true },
      isDraining: { environment.drain.hasBegun },
      pause: { await environment.drain.pause($0) }
    )
    for step in try await upkeep.stuckSteps() where step.record.name == GeneratePublicPhotoURL.name
    {
      let decoder = JSONDecoder()
      guard
        let input = try? decoder.decode(
          GeneratePublicPhotoURL.Input.self,
          from: Data(step.record.input)
        )
      else { continue }
      let output = step.record.output.flatMap {
        try? decoder.decode(PublicMedia.self, from: Data($0))
      }
      do {
        try await command.compensate(input, output, in: context)
      } catch {
        environment.logger.log(
          .cleanUpFailed,
          "the public copy of \(step.post) still cannot be withdrawn: \(error.message)",
          [
            "post": "\(step.post.rawValue)", "step": "\(step.record.name)", "hint": "\(error.hint)",
          ]
        )
        continue
      }
      try await upkeep.compensated(step)
    }
  }

  private func sweepPublicCopies() async throws(PostgresError) {
    let host = environment.photos.host
    let names = try await upkeep.publicNamesInUse(by: GeneratePublicPhotoURL.name)
    let keeping = names.compactMap(PublicName.init).map {
      host.handle(for: .file(path: ""), as: $0)
    }
    let report = await host.sweep(olderThan: Self.minimumAge, keeping: Set(keeping))
    if !report.removed.isEmpty {
      environment.logger.log(
        .cleanedUp,
        "withdrew \(report.removed.count) public copies that were left behind",
        ["hint": "Nothing: they are gone."]
      )
    }
    for failure in report.failures {
      environment.logger.log(.cleanUpFailed, "\(failure.message)", ["hint": "\(failure.hint)"])
    }
  }
}
