import Glibc
import Sealing
import TestSupport
import Testing

@testable import Settings

extension TemporaryDirectory {
  fileprivate func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o400) throws {
    let descriptor = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT | O_EXCL, mode)
    try #require(descriptor >= 0)
    #expect(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    #expect(fchmod(descriptor, mode) == 0)
    close(descriptor)
  }

  fileprivate func write(_ name: String, _ text: String, mode: mode_t = 0o400) throws {
    try write(name, Array(text.utf8), mode: mode)
  }
}

@Suite("Credentials")
struct CredentialsTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory("credentials") }

  private func refusal() throws -> SettingsError {
    try #require(
      #expect(throws: SettingsError.self) { _ = try Credentials.load(directory: directory.path) }
    )
  }

  @Test("Each credential is read from the file of its name, without the line break")
  func all() throws {
    try directory.write("belfry.key", SealingKey.generate())
    try directory.write("database.password", "pa ss\n")
    try directory.write("s3.access_key_id", "AKIA", mode: 0o440)
    try directory.write("s3.secret_access_key", "secret\r\n")
    let credentials = try Credentials.load(directory: directory.path)
    _ = try credentials.requireSealingKey()
    #expect(credentials.databasePassword?.expose { $0 } == "pa ss")
    #expect(credentials.s3AccessKeyID?.expose { $0 } == "AKIA")
    #expect(credentials.s3SecretAccessKey?.expose { $0 } == "secret")
  }

  @Test("A missing key is an error only for those who need it, and says how to get one")
  func missingKey() throws {
    let credentials = try Credentials.load(directory: directory.path)
    #expect(credentials.databasePassword == nil)
    let error = #expect(throws: SettingsError.self) { try credentials.requireSealingKey() }
    #expect(
      error?.description == """
        the credential belfry.key is missing: there is no \(directory.path)/belfry.key
        HINT: Make one with 'belfry credentials new-key', and hand it to the service with \
        'LoadCredential=belfry.key:/etc/belfry/credentials/belfry.key' in belfry.service.
        """
    )
  }

  @Test("Without a directory the error names the variable")
  func noDirectory() throws {
    let credentials = try Credentials(directory: nil)
    let error = #expect(throws: SettingsError.self) { try credentials.requireSealingKey() }
    #expect(error?.message.contains("CREDENTIALS_DIRECTORY is not set") == true)
  }

  @Test("The process's own directory is found through the environment")
  func fromEnvironment() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory("credentials")
      defer { withExtendedLifetime(directory) {} }
      try directory.write("database.password", "word")
      unsafe setenv("CREDENTIALS_DIRECTORY", directory.path, 1)
      let credentials = try Credentials.load()
      #expect(credentials.databasePassword?.expose { $0 } == "word")
    }
  }

  @Test(
    "A file that everybody may read is refused",
    arguments: [0o404, 0o604, 0o444, 0o402] as [mode_t]
  )
  func exposed(mode: mode_t) throws {
    try directory.write("database.password", "hunter2", mode: mode)
    let error = try refusal()
    #expect(error.code == .invalidCredential)
    #expect(error.message.hasSuffix("may be read by every user of this machine"))
    #expect(error.hint.contains("chmod o-rwx"))
    #expect(!error.description.contains("hunter2"))
  }

  @Test(
    "What is not one line of text is refused without showing it",
    arguments: [
      [], [0x0A], Array("hunter2\nhunter3".utf8), Array("hunter2\0".utf8), [0x68, 0xFF],
      Array(repeating: 0x68, count: 5_000),
    ] as [[UInt8]]
  )
  func notOneLine(bytes: [UInt8]) throws {
    try directory.write("s3.secret_access_key", bytes)
    let error = try refusal()
    #expect(error.key == "s3.secret_access_key")
    #expect(!error.description.contains("hunter"))
  }

  @Test("A key that is none is refused with the way to a new one")
  func badKey() throws {
    try directory.write("belfry.key", "password123")
    let error = try refusal()
    #expect(error.code == .invalidCredential)
    #expect(error.hint.contains("belfry credentials new-key"))
    #expect(!error.description.contains("password123"))
  }

  @Test("A directory in a credential's place is refused")
  func notAFile() throws {
    unsafe mkdir("\(directory.path)/database.password", 0o700)
    defer { unsafe rmdir("\(directory.path)/database.password") }
    #expect(try refusal().message.hasSuffix("it is not a regular file"))
  }
}
