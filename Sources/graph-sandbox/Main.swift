import ArgumentParser

/// Blocks the signals that end the program before a second thread exists, then runs the command.
///
/// On the main actor, that is on the first thread: elsewhere the first thread would still take them.
@main
struct Main {
  @MainActor static func main() async {
    TerminationSignals.block()
    await SandboxCommand.main()
  }
}
