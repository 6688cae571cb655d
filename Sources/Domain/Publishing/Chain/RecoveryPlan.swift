import Pipeline
import Posts
import Timekeeping

/// What to do with a post whose owner is gone, by the furthest step that its log holds.
///
///     the owner died…                        recovery
///     -------------------------------------  ------------------------------------------------
///     before a container was recorded        undo what is recorded, queue the post again at once
///     with a container, publish not begun    go on with it while it is younger than 23 hours
///     while undoing                          undo the rest, queue the post again
///     after a trace of an earlier publish    go on: the step looks again, and the post is left in doubt
///     after the publish mark                 go on: the runner reconciles before anything else
///     after the answer was recorded          go on: the result is recorded
enum RecoveryPlan: Hashable, Sendable {
  case goOn
  case undo

  init(records: [StepRecord], containerAge: Double?) {
    if records.contains(where: {
      $0.phase == .unknown || ($0.kind == .pivot && $0.phase != .failed)
    }) {
      self = .goOn
      return
    }
    let isUndoing = records.contains { record in
      record.phase == .failed || record.phase == .compensated || record.phase == .stuck
    }
    let hasContainer = records.contains {
      $0.name == CreateMediaContainer.name && $0.phase == .completed
    }
    let isUsable = (containerAge ?? .infinity) < ContainerLife.usable.inSeconds
    self = hasContainer && isUsable && !isUndoing ? .goOn : .undo
  }
}
