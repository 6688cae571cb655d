import ArgumentParser

/// The entry point.
@main
struct Main {
  static func main() async { await SandboxCommand.main() }
}
