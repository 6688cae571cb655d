// swift-tools-version: 6.2
import PackageDescription

/// The strictest Swift there is: a C call that the compiler cannot vouch for wears the word `unsafe`.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser",
  package: "swift-argument-parser"
)
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(
  name: "ServiceLifecycle",
  package: "swift-service-lifecycle"
)
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

/// The floors of the sources, from the ground up, each a folder with the headings of `docs/modules.md`.
enum Floor: String {
  /// Pure rules: no library, no clock, no I/O.
  case policy = "Policy"
  /// One wrapper for each C library or facility of the platform.
  case platform = "Platform"
  /// Where policy meets the platform: what Belfry is about.
  case domain = "Domain"
  /// What is started: the daemon, the commands, and what they do.
  case programs = "Programs"
  /// The stand-in for Meta's Graph API.
  case sandbox = "Sandbox"
}

/// A library target of ours; its dependencies are all that it may import.
func library(
  _ floor: Floor,
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  resources: [Resource] = []
) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Sources/\(floor.rawValue)/\(name)",
    resources: resources,
    swiftSettings: strict
  )
}

/// A module map over a C library, and typed shims for its variadic calls.
func cLibrary(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
  .systemLibrary(
    name: name,
    path: "Sources/Platform/\(name)",
    pkgConfig: pkgConfig,
    providers: apt.map { [.apt([$0])] }
  )
}

/// A program; what it does is in its libraries.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies,
    path: "Sources/Programs/\(name)",
    swiftSettings: strict
  )
}

/// A library that only tests use.
func testSupport(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Tests/Support/\(name)",
    swiftSettings: strict
  )
}

/// A test target, named after what it tests.
func tests(
  _ name: String,
  _ dependencies: [Target.Dependency],
  exclude: [String] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "belfry",
  products: [
    .executable(name: "belfry", targets: ["belfry"]),
    .executable(name: "graph-sandbox", targets: ["graph-sandbox"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: ["YAML"]),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // Policy.
    library(.policy, "Timekeeping"),
    library(.policy, "Posts"),
    library(.policy, "Pipeline", ["Posts"]),
    library(.policy, "Leases"),

    // Platform.
    cLibrary("CLibPQ", pkgConfig: "libpq", apt: "libpq-dev"),
    cLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    cLibrary("CSystemd", pkgConfig: "libsystemd", apt: "libsystemd-dev"),
    cLibrary("CTimerFD"),
    library(.platform, "Postgres", ["CLibPQ"]),
    library(.platform, "HTTPTransport", ["CCurl"]),
    library(.platform, "Systemd", ["CSystemd", logging]),
    library(.platform, "Scheduling", ["CTimerFD", "Timekeeping"]),

    // Domain.
    library(.domain, "Sealing", [crypto]),
    library(.domain, "Settings", ["Sealing", configuration, systemPackage, yams]),
    library(.domain, "Media", ["Posts", crypto]),
    library(.domain, "Instagram", ["HTTPTransport", "Posts", "Sealing"]),
    library(.domain, "Journal", ["Posts", logging]),
    library(
      .domain,
      "Schema",
      ["Postgres", "Timekeeping"],
      resources: [.embedInCode("SQL"), .embedInCode("Migrations"), .embedInCode("Snapshot")]
    ),
    library(
      .domain,
      "Store",
      ["Leases", "Pipeline", "Posts", "Postgres", "Timekeeping"],
      resources: [.embedInCode("SQL")]
    ),
    library(
      .domain,
      "RailsImport",
      ["Posts", "Postgres", "Schema", "Store", "Timekeeping"],
      resources: [.embedInCode("SQL")]
    ),
    library(
      .domain,
      "Publishing",
      [
        "Instagram", "Journal", "Leases", "Media", "Pipeline", "Posts", "Sealing", "Store",
        "Timekeeping", logging,
      ]
    ),

    // Programs.
    library(
      .programs,
      "Operations",
      [
        "HTTPTransport", "Instagram", "Journal", "Leases", "Media", "Pipeline", "Posts",
        "Postgres", "Publishing", "RailsImport", "Schema", "Sealing", "Settings", "Store",
        "Systemd", "Timekeeping", logging, unixSignals,
      ]
    ),
    library(
      .programs,
      "Daemon",
      [
        "HTTPTransport", "Instagram", "Journal", "Operations", "Posts", "Postgres", "Publishing",
        "Scheduling", "Settings", "Store", "Systemd", "Timekeeping", logging, serviceLifecycle,
        unixSignals,
      ]
    ),
    program(
      "belfry",
      [
        "Daemon", "Instagram", "Journal", "Media", "Operations", "Pipeline", "Posts", "Publishing",
        "RailsImport", "Schema", "Sealing", "Settings", "Store", "Systemd", "Timekeeping",
        argumentParser, logging,
      ]
    ),
    program("graph-sandbox", ["GraphSandbox", argumentParser]),

    // The stand-in for Meta's Graph API.
    library(.sandbox, "GraphSandbox", [crypto, nioCore, nioHTTP1, nioPosix]),

    // Tests.
    testSupport("LoopbackServer"),
    testSupport("TestSupport", ["GraphSandbox", "Postgres", "Schema", "Store"]),
    tests("PolicyTests", ["Leases", "Pipeline", "Posts", "Timekeeping"]),
    tests("PostgresTests", ["Postgres", "TestSupport"]),
    tests("HTTPTransportTests", ["HTTPTransport", "LoopbackServer"]),
    tests("SystemdTests", ["Systemd", "TestSupport", logging]),
    tests("SchedulingTests", ["Scheduling", "Timekeeping"]),
    tests("SealingTests", ["Sealing"]),
    tests("SettingsTests", ["Sealing", "Settings", "TestSupport"]),
    tests("MediaTests", ["Media", "Posts"]),
    tests(
      "InstagramTests",
      ["GraphSandbox", "HTTPTransport", "Instagram", "LoopbackServer", "Posts", "Sealing"]
    ),
    tests(
      "StoreTests",
      [
        "GraphSandbox", "Leases", "Pipeline", "Posts", "Postgres", "RailsImport", "Schema",
        "Sealing", "Store", "TestSupport", "Timekeeping",
      ],
      exclude: ["Sessions"]
    ),
    tests("JournalTests", ["Journal", "Posts", "TestSupport", logging]),
    tests(
      "PublishingTests",
      [
        "GraphSandbox", "HTTPTransport", "Instagram", "Journal", "Leases", "Media", "Pipeline",
        "Posts",
        "Postgres", "Publishing", "Sealing", "Store", "TestSupport", logging,
      ]
    ),
    tests(
      "DaemonTests",
      [
        "Daemon", "Instagram", "Journal", "Operations", "Posts", "Postgres", "Publishing",
        "Settings",
        "Store", "Systemd", "TestSupport", logging,
      ]
    ),
    tests("GraphSandboxTests", ["GraphSandbox", "HTTPTransport"]),
    tests(
      "IntegrationTests",
      [
        "GraphSandbox", "HTTPTransport", "LoopbackServer", "Postgres", "Posts", "Store",
        "TestSupport", "belfry",
        "graph-sandbox",
      ]
    ),
  ]
)
