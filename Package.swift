// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled in Swift 6 mode with warnings as errors.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// No fused multiply-add anywhere in C or C++: a contracted product changes bits.
/// `-O3` only unrolls and inlines more; without fast-math no bit depends on it.
let exactC: [CSetting] = [
  .unsafeFlags(["-ffp-contract=off"]),
  .unsafeFlags(["-O3"], .when(configuration: .release)),
]
let exactCxx: [CXXSetting] = [
  // SwiftPM drops pkg-config's -D: without this, float headers meet float64 libraries.
  .define("BT_USE_DOUBLE_PRECISION"),
  .unsafeFlags(["-ffp-contract=off"]),
  .unsafeFlags(["-O3"], .when(configuration: .release)),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    swiftSettings: strict)
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let orderedCollections: Target.Dependency = .product(
  name: "OrderedCollections", package: "swift-collections")

let package = Package(
  name: "calvin-eval",
  products: [
    .executable(name: "calvin-eval", targets: ["calvin-eval"]),
    .library(name: "CalvinEval", type: .dynamic, targets: ["CInterface"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // Floor C: the only places that see foreign headers.
    .systemLibrary(
      name: "CBulletLibrary", pkgConfig: "bullet-float64", providers: [.apt(["libbullet-dev"])]),
    .target(
      name: "CBullet", dependencies: ["CBulletLibrary"], cxxSettings: exactCxx,
      linkerSettings: [
        .linkedLibrary("BulletSoftBody-float64"), .linkedLibrary("BulletDynamics-float64"),
        .linkedLibrary("BulletCollision-float64"), .linkedLibrary("LinearMath-float64"),
        // Lets Bullet call the definitions in featherstone.cpp.
        .unsafeFlags(["-Xlinker", "--export-dynamic-symbol=_ZNK11btMultiBody*"]),
      ]),
    .target(
      name: "CEGL", cSettings: exactC,
      linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CRaster", cSettings: exactC, cxxSettings: exactCxx),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .target(
      name: "CCodecs", dependencies: ["CPNG", "CZlib", "CDeflate"], cSettings: exactC,
      linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z"), .linkedLibrary("deflate")]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CKernels", cSettings: exactC),
    .systemLibrary(name: "CCalvinEval"),

    // Floor 0
    library("Geometry", []),
    library("Digests", ["CCrypto"]),
    library("JSONText", []),
    library("NumPy", ["CCodecs"]),
    library("NeuralNetworks", ["COpenBLAS", "CKernels"]),

    // Floor 1
    library("Assets", ["Geometry", "CCodecs", "Digests", yams]),
    library("Calvin", ["Geometry", "NumPy", "Digests", "JSONText", yams, orderedCollections]),

    // Floor 2
    library("Physics", ["Geometry", "Assets", "CBullet"]),
    library("Rendering", ["Geometry", "Assets", "CBullet", "CEGL", "CRaster"]),
    library("Policies", ["Geometry", "Calvin", "NumPy"]),
    library("Results", ["Calvin", "NumPy", "Digests", "JSONText", orderedCollections]),

    // Floor 3
    library(
      "Simulation",
      ["Geometry", "Assets", "Calvin", "NumPy", "Digests", "Physics", "Rendering"]),
    library("Experts", ["Policies", "Calvin", "Assets", "Geometry"]),
    library(
      "VLA",
      ["NeuralNetworks", "NumPy", "JSONText", "Calvin", "Geometry", "Policies", "CCodecs"]),
    library(
      "PolicyClient",
      [
        "Policies", "Calvin", "Geometry", "Assets",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
      ]),
    library("Reports", ["Results", "Calvin", "Assets", "CCodecs"]),

    library("Datasets", ["Calvin", "NumPy", yams]),
    library(
      "History",
      ["Results", "Digests", yams, .product(name: "GRDB", package: "GRDB.swift")]),

    // Floor 4
    library(
      "Rollouts",
      [
        "Simulation", "Policies", "Experts", "Results", "Calvin", "Assets", "Reports", "Geometry",
        "NumPy", "Rendering", "Datasets", log,
      ]),
    library(
      "DatasetAudits",
      [
        "Datasets", "Simulation", "Rendering", "Reports", "Calvin", "Assets", "Geometry", "NumPy",
      ]),
    library(
      "Conformance",
      [
        "Simulation", "Rendering", "Physics", "Calvin", "Assets", "NumPy", "VLA", "NeuralNetworks",
        "Geometry", "CCodecs", "Datasets",
      ]),

    // Roof
    .target(
      name: "CInterface",
      dependencies: [
        "Simulation", "Rendering", "Physics", "Calvin", "Assets", "Geometry",
        "CCalvinEval",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "calvin-eval",
      dependencies: [
        "Rollouts", "Conformance", "Reports", "History", "Results", "Simulation", "Rendering",
        "Physics", "Policies", "PolicyClient", "Experts", "Calvin", "Assets", "NumPy", "VLA",
        "Digests", "Datasets", "DatasetAudits", "NeuralNetworks", argumentParser, log,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "SceneGenerator", dependencies: ["Assets", "Geometry"], swiftSettings: strict),

    // Counts allocations in tests only.
    .target(
      name: "AllocationCounter", path: "Tests/AllocationCounter",
      linkerSettings: [.linkedLibrary("dl")]),
    tests("Geometry", []),
    tests("Digests", []),
    tests("JSONText", []),
    tests("NumPy", []),
    tests("NeuralNetworks", []),
    tests("Assets", ["Geometry", "SceneGenerator"]),
    tests("Calvin", ["NumPy"]),
    tests("Physics", ["Geometry", "Assets"]),
    tests("Rendering", ["Geometry", "Assets", "NumPy"]),
    tests("Policies", ["Calvin", "NumPy"]),
    tests("Results", ["Calvin", "JSONText"]),
    tests("Simulation", ["Geometry", "Assets", "Calvin", "Physics", "AllocationCounter"]),
    tests("VLA", ["NumPy", "NeuralNetworks"]),
    .testTarget(
      name: "PolicyClientTests",
      dependencies: [
        "PolicyClient", "Policies", "Calvin", "Assets",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    tests("Reports", ["Results", "Calvin", "Assets"]),
    tests("History", ["Results", .product(name: "GRDB", package: "GRDB.swift")]),
    tests(
      "Experts",
      ["Assets", "Calvin", "Datasets", "Physics", "Policies", "Rollouts", "Simulation"]),
    tests("Rollouts", ["Results", "Calvin", "Policies", "Geometry", "Datasets", "NumPy", log]),
    tests("Datasets", ["Calvin", "NumPy"]),
    tests("DatasetAudits", ["Datasets", "Simulation", "Calvin", "Assets", "NumPy"]),
    tests("Conformance", ["Calvin", "Assets"]),
    tests("CInterface", ["CCalvinEval", "Simulation", "Rendering", "Calvin", "Assets"]),
    .testTarget(name: "EndToEndTests", dependencies: ["NumPy"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
