public import FoundationEssentials

/// The repository's root.
public let repositoryRoot: URL = {
  var url = URL(filePath: #filePath)
  for _ in 0..<4 { url.deleteLastPathComponent() }
  return url
}()

/// The text of a file of the repository.
public func repositoryText(_ path: String) throws -> String {
  let bytes = try Data(contentsOf: repositoryRoot.appending(path: path))
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw NotUTF8(path: path)
  }
  return text
}

/// Whether tests write what they expect into the repository instead of comparing it (`BELFRY_TEST_ACCEPT=1`).
public let isAccepting = ProcessInfo.processInfo.environment["BELFRY_TEST_ACCEPT"] != nil

/// The first line in which two texts differ.
public func firstDifference(
  _ expected: String,
  _ printed: String
) -> (line: Int, expected: Substring, printed: Substring)? {
  let left = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let right = printed.split(separator: "\n", omittingEmptySubsequences: false)
  for index in 0..<max(left.count, right.count) {
    let one = index < left.count ? left[index] : "(nothing)"
    let other = index < right.count ? right[index] : "(nothing)"
    if one != other { return (index + 1, one, other) }
  }
  return nil
}

/// A file of the repository that is not text.
private struct NotUTF8: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path) is not UTF-8" }
}
