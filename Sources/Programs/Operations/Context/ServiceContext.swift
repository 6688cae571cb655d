public import HTTPTransport
public import Instagram
public import Logging
import Media
public import Postgres
package import Publishing
import Schema
public import Sealing
public import Settings
package import Store

/// What a host has: settings, credentials and where it logs.
///
/// Read once, never changed; SIGHUP reads anew.
public struct ServiceContext: Sendable {
  /// Version of this build.
  public static let version = "0.1.0"

  /// The settings in force.
  public let settings: Settings
  /// The secrets in force.
  public let credentials: Credentials
  /// Where it is told.
  public let logger: Logger
  /// The process environment.
  public let environment: [String: String]

  /// Reads settings and credentials.
  ///
  /// - Parameters:
  ///   - file: the configuration file, nil for the usual place.
  ///   - environment: of the process.
  /// - Throws: `CommandError` with exit `configuration`.
  public static func load(
    file: String?,
    environment: [String: String],
    logger: Logger
  ) async throws(CommandError) -> ServiceContext {
    do {
      let settings = try await Settings.load(file: file, environment: environment)
      let credentials = try Credentials.load(directory: environment["CREDENTIALS_DIRECTORY"])
      return ServiceContext(
        settings: settings,
        credentials: credentials,
        logger: logger,
        environment: environment
      )
    } catch {
      throw CommandError(error)
    }
  }

  /// A connection to the database; the server shows `belfry NAME` as its application.
  public func database(_ name: String) -> Database { Database(connection(name)) }

  package func connection(_ name: String) -> ConnectionConfiguration {
    let password = credentials.databasePassword
    return ConnectionConfiguration(
      settings.database,
      password: password.map { secret in { @Sendable in secret.expose { $0 } } },
      applicationName: "belfry \(name)"
    )
  }

  /// Seals and opens stored credentials.
  ///
  /// - Throws: `CommandError` with exit `configuration` without a key.
  public func sealer() throws(CommandError) -> TokenSealer {
    do {
      return TokenSealer(current: try credentials.requireSealingKey())
    } catch {
      throw CommandError(error)
    }
  }

  /// The HTTP transport, on a thread of its own.
  ///
  /// - Throws: `CommandError` when libcurl cannot be set up.
  public func transport() throws(CommandError) -> CurlTransport {
    do {
      return try CurlTransport(configuration: .init(userAgent: "belfry/\(Self.version)"))
    } catch {
      throw CommandError(
        .unavailable,
        "cannot set up libcurl: \(error.message)",
        hint: "Check the limits of the service for memory, threads and open files."
      )
    }
  }

  /// The client for Instagram as configured.
  ///
  /// - Parameter onUsage: hears, with the account's id, what the usage headers of an answer say.
  public func client(
    over transport: any HTTPTransport,
    onUsage: (@Sendable (String, InstagramUsage) -> Void)? = nil
  ) -> InstagramClient {
    InstagramClient(
      transport: transport,
      configuration: InstagramConfiguration(
        version: settings.instagram.version,
        facebookGraphURL: settings.instagram.facebookGraphURL.text,
        instagramGraphURL: settings.instagram.instagramGraphURL.text,
        timeout: settings.instagram.timeout
      ),
      onUsage: onUsage
    )
  }

  /// Where photos become public, as configured.
  ///
  /// - Throws: `CommandError` with exit `configuration` when the directory cannot be used.
  package func photos(queue: QueueStore, transport: any HTTPTransport) throws(CommandError)
    -> Photos
  {
    do {
      switch settings.media.host {
      case .none:
        return Photos(
          host: PassThroughHost(),
          queue: queue,
          directory: settings.media.photos,
          transport: transport
        )
      case .webroot(let webroot):
        return Photos(
          host: try WebrootHost(directory: webroot.directory, baseURL: webroot.baseURL.text),
          queue: queue,
          directory: settings.media.photos,
          transport: webroot.verify ? transport : nil
        )
      }
    } catch {
      throw CommandError(error)
    }
  }

  /// Proves that the database answers, that its schema is the one this build works with, and that the
  /// key opens what is stored.
  ///
  /// - Throws: `CommandError` with the exit code that fits.
  package func requireReady(_ database: Database) async throws(CommandError) {
    let sealer = try sealer()
    let newest: SealedCredential?
    do {
      try await Migrator(database, belfryVersion: Self.version).requireCurrent()
      newest = try await CredentialStore(database).newest()
    } catch {
      throw CommandError(database: error)
    }
    guard let newest else { return }
    do {
      _ = try sealer.open(newest.sealed, for: newest.context)
    } catch {
      throw CommandError(
        .configuration,
        "the stored credentials do not open: \(error.message)",
        hint: error.hint
      )
    }
  }
}
