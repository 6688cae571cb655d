/// The pages that show what a visitor of Instagram would see: `/`, `/feed/USERNAME` and `/p/SHORTCODE`.
///
/// They are rendered here, whole: no script, nothing from elsewhere, every text escaped.
extension SandboxCore {
  /// Answers a request that is neither Graph's nor the control API's.
  func page(_ request: SandboxRequest, wall: Moment) -> SandboxAnswer {
    let path = request.path.split(separator: "/").map { PercentCoding.decodePath($0) }
    let accounts = state.accounts.values.sorted { $0.profile.username < $1.profile.username }
    guard request.method == "GET" else { return FeedPage.notFound }
    if path.isEmpty {
      let now = now(at: wall)
      return FeedPage.answer(
        title: "graph-sandbox",
        body: accounts.isEmpty
          ? FeedPage.welcome : accounts.map { profile($0, now: now) }.joined(separator: "\n")
      )
    }
    if path.count == 2, path[0] == "feed",
      let account = accounts.first(where: { $0.profile.username == path[1] })
    {
      return FeedPage.answer(
        title: "@\(path[1])",
        body: profile(account, now: now(at: wall))
      )
    }
    if path.count == 2, path[0] == "p",
      let media = state.media.values.first(where: { $0.shortcode == path[1] && !$0.isDeleted })
    {
      return FeedPage.answer(title: "Post", body: post(media))
    }
    return FeedPage.notFound
  }

  private func profile(_ account: AccountState, now: Moment) -> String {
    let profile = account.profile
    let posts = account.media.reversed().compactMap { state.media[$0] }
      .filter { !$0.isDeleted && $0.kind != .story }
    let tiles = posts.prefix(FeedPage.greatestGrid).map(tile).joined(separator: "\n")
    let more =
      posts.count > FeedPage.greatestGrid
      ? "<p class=\"more\">and \(posts.count - FeedPage.greatestGrid) older ones</p>" : ""
    let empty = """
      <p class="empty">No posts yet</p>
      """
    let name = profile.name.isEmpty ? profile.username : profile.name
    let biography = profile.biography.isEmpty ? "" : "<p>\(FeedPage.escape(profile.biography))</p>"
    return """
      <section class="profile">
      <header>
      <div class="ring"><div class="avatar">\(FeedPage.initial(of: name))</div></div>
      <div class="who">
      <h1><a href="/feed/\(PercentCoding.encode(profile.username))">\
      \(FeedPage.escape(profile.username))</a></h1>
      <p class="counts"><b>\(posts.count)</b> \(posts.count == 1 ? "post" : "posts")</p>
      <p class="name">\(FeedPage.escape(name))</p>
      \(biography)
      </div>
      </header>
      \(posts.isEmpty ? empty : "<div class=\"grid\">\(tiles)</div>\(more)")
      </section>
      """
  }

  private func tile(_ media: Media) -> String {
    let caption = FeedPage.escape(media.caption)
    let badge =
      media.kind == .carousel ? "<span class=\"badge\">1/\(media.children.count)</span>" : ""
    return """
      <a class="tile" href="/p/\(media.shortcode)" title="\(caption)">\
      <img src="/_sandbox/images/\(media.id).jpg" alt="\(alternative(media))" loading="lazy">\
      \(badge)<span class="caption">\(caption)</span></a>
      """
  }

  private func post(_ media: Media) -> String {
    let username = state.accounts[media.account]?.profile.username ?? ""
    let pictures = media.children.isEmpty ? [media.id] : media.children
    let images = pictures.map {
      "<img src=\"/_sandbox/images/\($0).jpg\" alt=\"\(alternative(state.media[$0] ?? media))\">"
    }
    let altText = media.altText.map {
      "<dt>Alt text</dt><dd>\(FeedPage.escape($0))</dd>"
    }
    return """
      <article class="post">
      <div class="pictures">\(images.joined())</div>
      <div class="text">
      <h1><a href="/feed/\(PercentCoding.encode(username))">\(FeedPage.escape(username))</a></h1>
      <p class="full">\(FeedPage.escape(media.caption))</p>
      \(media.isAIGenerated ? "<p class=\"label\">AI info</p>" : "")
      <dl>
      <dt>Published</dt><dd><time>\(media.publishedAt.graphText)</time></dd>
      \(altText ?? "")
      <dt>Media</dt><dd>\(media.id)</dd>
      <dt>Container</dt><dd>\(media.container)</dd>
      <dt>Permalink</dt><dd>\(media.permalink)</dd>
      </dl>
      </div>
      </article>
      """
  }

  private func alternative(_ media: Media) -> String {
    FeedPage.escape(media.altText ?? media.caption)
  }
}

/// What all pages share.
enum FeedPage {
  /// How many posts a grid shows, so that a load test's feed still opens.
  static let greatestGrid = 150

  static let welcome = """
    <section class="profile"><p class="empty">No accounts yet: add one with
    <code>POST /_sandbox/accounts</code></p></section>
    """

  static var notFound: SandboxAnswer {
    answer(
      title: "Not found",
      body: "<section class=\"profile\"><p class=\"empty\">This page isn’t available</p></section>",
      status: 404
    )
  }

  static func answer(title: String, body: String, status: Int = 200) -> SandboxAnswer {
    .page(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escape(title))</title>
      <style>
      \(FeedStyle.sheet)
      </style>
      </head>
      <body>
      <nav><a href="/">graph-sandbox</a><span>a local stand-in for Instagram</span></nav>
      <main>
      \(body)
      </main>
      </body>
      </html>

      """,
      status: status
    )
  }

  /// The letter in an avatar's circle.
  static func initial(of name: String) -> String {
    escape(name.first.map { String($0).uppercased() } ?? "?")
  }

  /// Text as it may stand in HTML, also within quotes.
  static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
