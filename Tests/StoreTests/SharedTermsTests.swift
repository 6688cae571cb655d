import Pipeline
import Posts
import RailsImport
import Store
import TestSupport
import Testing

/// Names that stand in Swift and in a constraint of the schema: each pair is the same list.
@Suite(
  "Names that Swift and the schema share",
  .temporaryDatabases,
  .serialized,
  .timeLimit(.minutes(1))
)
struct SharedTermsTests {
  /// A constraint that lists the values of a column, and the values that the program has for it.
  struct Pair: Sendable, CustomTestStringConvertible {
    let table: String
    let constraint: String
    let values: [String]
    var testDescription: String { "\(table).\(constraint)" }
  }

  static let pairs = [
    Pair(
      table: "scheduling_posts",
      constraint: "scheduling_posts_status_check",
      values: PostStatus.allCases.map(\.rawValue)
    ),
    Pair(
      table: "scheduling_posts",
      constraint: "failure_classes",
      values: FailureClass.allCases.map(\.rawValue)
    ),
    Pair(
      table: "post_steps",
      constraint: "post_steps_phase_check",
      values: StepPhase.allCases.map(\.rawValue)
    ),
    Pair(
      table: "post_steps",
      constraint: "post_steps_kind_check",
      values: StepKind.allCases.map(\.rawValue)
    ),
    Pair(
      table: "sealed_credentials",
      constraint: "sealed_credentials_name_check",
      values: CredentialName.allCases.map(\.rawValue)
    ),
    Pair(
      table: "personas",
      constraint: "personas_login_check",
      values: Login.allCases.map(\.rawValue)
    ),
    Pair(
      table: "wake_log",
      constraint: "wake_log_reason_check",
      values: WakeReason.allCases.map(\.rawValue)
    ),
    Pair(
      table: "rails_imports",
      constraint: "rails_imports_kind_check",
      values: RailsKind.allCases.map(\.rawValue)
    ),
  ]

  @Test("The constraint lists what the program has, and nothing else", arguments: pairs)
  func isEqual(pair: Pair) async throws {
    let world = try await World()
    let definition = try await world.sql(
      """
      SELECT pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conrelid = '\(pair.table)'::regclass AND conname = '\(pair.constraint)'
      """
    )
    let listed = definition.matches(of: /'([^']*)'::text/).map { String($0.1) }
    #expect(listed.sorted() == pair.values.sorted(), "\(definition)")
  }
}
