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

/// A library target of ours; its dependencies are all that it may import.
func library(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  resources: [Resource] = []
) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
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
    // C libraries: a module map and typed shims for variadic calls, nothing else.
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CCurl",
      pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"])]
    ),
    .systemLibrary(
      name: "CSystemd",
      pkgConfig: "libsystemd",
      providers: [.apt(["libsystemd-dev"])]
    ),
    .systemLibrary(name: "CTimerFD"),

    // Pure policy: builds and tests without PostgreSQL, curl or systemd.
    library("Timekeeping"),
    library("Posts"),
    library("Pipeline", ["Posts"]),
    library("Leases"),

    // One wrapper for each C library or platform facility.
    library("Postgres", ["CLibPQ"]),
    library("HTTPTransport", ["CCurl"]),
    library("Systemd", ["CSystemd", logging]),
    library("Scheduling", ["CTimerFD", "Timekeeping"]),
    library("Sealing", [crypto]),
    library("Settings", ["Sealing", configuration, systemPackage, yams]),
    library("Media", ["Posts", crypto]),
    library("Instagram", ["HTTPTransport", "Posts", "Sealing"]),

    // Where policy meets the world.
    library(
      "Store",
      ["Leases", "Pipeline", "Posts", "Postgres", "Timekeeping"],
      resources: [.embedInCode("SQL"), .embedInCode("Migrations"), .embedInCode("Snapshot")]
    ),
    library(
      "Publishing",
      [
        "Instagram", "Leases", "Media", "Pipeline", "Posts", "Sealing", "Store", "Timekeeping",
        logging,
      ]
    ),
    library(
      "Daemon",
      [
        "HTTPTransport", "Instagram", "Leases", "Media", "Pipeline", "Posts", "Postgres",
        "Publishing",
        "Scheduling", "Sealing", "Settings", "Store", "Systemd", "Timekeeping", logging,
        serviceLifecycle, unixSignals,
      ]
    ),
    .executableTarget(
      name: "belfry",
      dependencies: [
        "Daemon", "Instagram", "Media", "Pipeline", "Posts", "Publishing", "Sealing", "Settings",
        "Store",
        "Systemd", "Timekeeping",
        argumentParser, logging,
      ],
      swiftSettings: strict
    ),

    // The stand-in for Meta's Graph API.
    library("GraphSandbox", [crypto, nioCore, nioHTTP1, nioPosix]),
    .executableTarget(
      name: "graph-sandbox",
      dependencies: ["GraphSandbox", argumentParser],
      swiftSettings: strict
    ),

    // Tests.
    library("LoopbackServer"),
    library("TestSupport", ["Postgres", "Store", "GraphSandbox"]),
    tests("PolicyTests", ["Leases", "Pipeline", "Posts", "Timekeeping"]),
    tests("PostgresTests", ["Postgres", "TestSupport"]),
    tests("HTTPTransportTests", ["HTTPTransport", "LoopbackServer"]),
    tests("SystemdTests", ["Systemd", "TestSupport", logging]),
    tests("SchedulingTests", ["Scheduling", "Timekeeping"]),
    tests("SealingTests", ["Sealing"]),
    tests("SettingsTests", ["Sealing", "Settings", "TestSupport"]),
    tests("MediaTests", ["Media", "Posts", "TestSupport"]),
    tests(
      "InstagramTests",
      ["GraphSandbox", "HTTPTransport", "Instagram", "LoopbackServer", "Posts", "Sealing"]
    ),
    tests(
      "StoreTests",
      [
        "GraphSandbox", "Leases", "Pipeline", "Posts", "Postgres", "Sealing", "Store",
        "TestSupport",
        "Timekeeping",
      ],
      exclude: ["Sessions"]
    ),
    tests(
      "PublishingTests",
      [
        "GraphSandbox", "HTTPTransport", "Instagram", "Leases", "Media", "Pipeline", "Posts",
        "Postgres", "Publishing", "Sealing", "Store", "TestSupport", logging,
      ]
    ),
    tests(
      "DaemonTests",
      ["Daemon", "Posts", "Postgres", "Publishing", "Store", "Systemd", "TestSupport", logging]
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
