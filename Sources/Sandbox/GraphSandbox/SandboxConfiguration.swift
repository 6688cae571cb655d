import FoundationEssentials

/// How a sandbox begins.
public struct SandboxConfiguration: Sendable {
  /// The address to listen on; loopback unless told otherwise.
  public var host: String = "127.0.0.1"
  /// The port; 0: the system chooses.
  public var port: Int = 0
  /// The accounts at the start and after each reset.
  public var accounts: [SandboxAccount] = []
  /// The settings at the start and after each reset.
  public var settings: SandboxSettings = SandboxSettings()
  /// Makes trace ids and tokens repeatable; nil: they differ at each start.
  public var randomSeed: UInt64?

  /// A directory whose files are served below `/_files/`; nil for none.
  public var servedDirectory: String?

  /// A configuration with the defaults.
  public init() {}

  /// Reads `{"accounts":[…],"settings":{…}}` into the accounts and settings; both may be left out.
  ///
  /// - Throws: ``SandboxSeedError`` for a document that is not of this form.
  public mutating func readSeed(_ bytes: [UInt8]) throws(SandboxSeedError) {
    guard let members = JSON(parsing: bytes)?.members else {
      throw SandboxSeedError(
        message: "the seed is not a JSON object",
        hint: "Write an object with the keys accounts and settings."
      )
    }
    if let stranger = members.keys.sorted().first(where: { $0 != "accounts" && $0 != "settings" }) {
      throw SandboxSeedError(
        message: "unknown key '\(stranger)' in the seed",
        hint: "The keys are: accounts, settings."
      )
    }
    do throws(ControlError) {
      settings = try Overlay.apply(
        members["settings"] ?? [:],
        to: settings,
        keys: SandboxSettings.CodingKeys.self,
        what: "setting"
      )
      for document in members["accounts"]?.elements ?? [] {
        accounts.append(try Overlay.account(document) { _ in nil })
      }
    } catch {
      throw SandboxSeedError(message: error.message, hint: error.hint)
    }
  }
}

/// A seed that cannot be read.
public struct SandboxSeedError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong with what.
  public var message: String
  /// What to do about it.
  public var hint: String

  /// The message, and the hint on a line of its own.
  public var description: String { "\(message)\nHINT: \(hint)" }
}
