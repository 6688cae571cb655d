import ArgumentParser
import Daemon
import Operations
import Settings

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Print every setting in force and where it came from."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var listing: ListingOptions

  func run() async throws {
    let settings = try await common.context().settings
    if listing.json {
      try Console.printJSON(settings.provenance.map(Row.init))
    } else {
      print("file: \(settings.file)")
      Console.printTable(
        ["KEY", "SOURCE", "VALUE"],
        settings.provenance.map { [$0.key, $0.source.rawValue, $0.value ?? "-"] }
      )
    }
  }

  private struct Row: Encodable {
    let key: String
    let value: String?
    let source: String
    let environment: String

    init(_ value: SettingValue) {
      key = value.key
      self.value = value.value
      source = value.source.rawValue
      environment = value.environmentName
    }
  }
}
