import FoundationEssentials
public import GraphSandbox

/// A row of `scheduling_posts`, as far as tests look at it.
public struct PostRow: Decodable, Sendable, Equatable {
  /// The post's id.
  public let id: Int64
  /// The persona's name.
  public let persona: String
  /// The state.
  public let status: String
  /// The text under the picture.
  public let caption: String
  /// How often it was leased.
  public let attempts: Int
  /// Instagram's media id.
  public let media: String?
  /// The public address of the post.
  public let permalink: String?
  /// The container of the present or last attempt.
  public let container: String?
  /// Whether the publish mark is set.
  public let isMarked: Bool
  /// Whether an instance holds it.
  public let isLeased: Bool
  /// Seconds from now until the next try.
  public let nextTryIn: Double?
  /// Class of the last failure.
  public let failureClass: String?
  /// What happened.
  public let cause: String?
  /// What to do.
  public let fix: String?
}

/// A row of `post_attempts`.
public struct AttemptRow: Decodable, Sendable, Equatable {
  /// 1 for the first.
  public let attempt: Int
  /// How it ended; nil while it lasts.
  public let outcome: String?
  /// Class of its failure.
  public let failureClass: String?

  /// Composes a row to compare with.
  public init(attempt: Int, outcome: String?, failureClass: String?) {
    self.attempt = attempt
    self.outcome = outcome
    self.failureClass = failureClass
  }
}

extension TestInstallation {
  /// Runs SQL with the real `psql` and answers what it printed.
  @discardableResult
  public func sql(_ text: String) async throws -> String {
    let output = try await postgres.psql(text, conninfo: conninfo)
    guard output.status.isSuccess else { throw ChildProcessError("psql: \(output.stderr)") }
    return output.stdout.last == "\n" ? String(output.stdout.dropLast()) : output.stdout
  }

  /// Rows of a query as values.
  public func rows<Row: Decodable>(_ query: String, as type: Row.Type = Row.self) async throws
    -> [Row]
  {
    let text = try await sql("SELECT coalesce(json_agg(row), '[]') FROM (\(query)) AS row")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode([Row].self, from: Data(text.utf8))
  }

  /// Queues a post with `psql` and answers its id.
  ///
  /// - Parameters:
  ///   - persona: sarah or max.
  ///   - photo: the end of its path; nil for the first photo that no post has.
  ///   - caption: the text.
  ///   - at: an SQL expression.
  @discardableResult
  public func post(
    _ persona: String = "sarah",
    photo: String? = nil,
    caption: String,
    at: String = "now()"
  ) async throws -> Int64 {
    let wanted = photo.map { "photos.path LIKE '%\($0)'" }
    let text = try await sql(
      """
      INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at)
      SELECT photos.persona_id, photos.id, \(quote(caption)), \(at)
      FROM photos JOIN personas ON personas.id = photos.persona_id
      WHERE personas.name = \(quote(persona)) AND \(wanted
        ?? "NOT EXISTS (SELECT FROM scheduling_posts AS p WHERE p.photo_id = photos.id)")
      ORDER BY photos.id LIMIT 1
      RETURNING id
      """
    )
    guard let id = Int64(text) else { throw ChildProcessError("nothing was queued: '\(text)'") }
    return id
  }

  /// The post of this id.
  public func post(_ id: Int64) async throws -> PostRow {
    guard let row = try await posts("post.id = \(id)").first else {
      throw ChildProcessError("there is no post \(id)")
    }
    return row
  }

  /// The posts for which a condition on `post` holds, by id.
  public func posts(_ condition: String = "true") async throws -> [PostRow] {
    try await rows(
      """
      SELECT post.id, persona.name AS persona, post.status, post.caption, post.attempts,
        post.provider_post_id AS media, post.permalink, post.container_id AS container,
        post.publish_requested_at IS NOT NULL AS is_marked, post.lease_token IS NOT NULL AS is_leased,
        extract(epoch FROM post.next_attempt_at - clock_timestamp())::float8 AS next_try_in,
        post.failure_class, post.failure_cause AS cause, post.failure_fix AS fix
      FROM scheduling_posts AS post JOIN personas AS persona ON persona.id = post.persona_id
      WHERE \(condition) ORDER BY post.id
      """
    )
  }

  /// The attempts on a post, oldest first.
  public func attempts(on id: Int64) async throws -> [AttemptRow] {
    try await rows(
      """
      SELECT attempt, outcome, failure_class FROM post_attempts WHERE post_id = \(id) ORDER BY attempt
      """
    )
  }

  /// The recorded steps of a post's last attempt, each as `name phase`, in order.
  public func steps(of id: Int64) async throws -> [String] {
    let text = try await sql(
      """
      SELECT name || ' ' || phase FROM post_steps
      WHERE post_id = \(id)
        AND attempt = (SELECT max(attempt) FROM post_attempts WHERE post_id = \(id))
      ORDER BY ordinal
      """
    )
    return text.split(separator: "\n").map(String.init)
  }

  /// Waits until the post has one of these states, and answers its row.
  @discardableResult
  public func wait(
    for id: Int64,
    toBe states: String...,
    within limit: Duration = .seconds(20)
  ) async throws -> PostRow {
    var last: PostRow?
    try await eventually("post \(id) \(states), it is \(last?.status ?? "?")", within: limit) {
      let row = try await post(id)
      last = row
      return states.contains(row.status)
    }
    guard let last else { throw ChildProcessError("post \(id) was not read") }
    return last
  }

  /// The `media_publish` requests that reached Instagram's stand-in.
  public var publishRequests: [RecordedRequest] {
    sandbox.requests.filter { $0.operation == "publish" }
  }

  private func quote(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
