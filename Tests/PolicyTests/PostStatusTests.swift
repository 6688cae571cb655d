import Posts
import Testing

@Suite("The states of a post")
struct PostStatusTests {
  /// Every change that is allowed, written out a second time: what is not here is refused.
  static let allowed: [PostStatus: Set<PostStatus>] = [
    .draft: [.scheduled, .cancelled],
    .scheduled: [.posting, .held, .cancelled],
    .held: [.scheduled, .cancelled],
    .posting: [.posted, .scheduled, .failed, .unconfirmed],
    .unconfirmed: [.posted, .scheduled, .failed],
    .failed: [.scheduled, .cancelled],
    .posted: [],
    .cancelled: [],
  ]

  @Test("Of all 64 pairs exactly the listed changes are allowed", arguments: PostStatus.allCases)
  func pairs(from: PostStatus) throws {
    let expected = try #require(Self.allowed[from])
    #expect(from.successors == expected)
    for to in PostStatus.allCases {
      #expect(from.canBecome(to) == expected.contains(to), "\(from) to \(to)")
    }
  }

  @Test("Nothing leads away from a post that is live or withdrawn, and nothing into a draft")
  func ends() {
    let dead = PostStatus.allCases.filter(\.successors.isEmpty)
    #expect(Set(dead) == [.posted, .cancelled])
    #expect(PostStatus.allCases.allSatisfy { !$0.canBecome(.draft) })
  }

  @Test("Only a post that is being published can become live or doubtful")
  func roadToPosted() {
    #expect(PostStatus.allCases.filter { $0.canBecome(.posted) } == [.posting, .unconfirmed])
    #expect(PostStatus.allCases.filter { $0.canBecome(.unconfirmed) } == [.posting])
    #expect(PostStatus.allCases.filter { $0.canBecome(.posting) } == [.scheduled])
  }

  @Test("An id reads as people write it")
  func identifiers() {
    #expect("\(PostID(rawValue: 412))" == "#412")
  }
}
