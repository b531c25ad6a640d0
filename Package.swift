// swift-tools-version: 6.2
import PackageDescription

// AVX2 and FMA for the vectorised loops; the program checks the CPU before it runs any of them.
#if arch(x86_64)
  let vectorFlags: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
#else
  let vectorFlags: [SwiftSetting] = []
#endif

// A newer compiler may warn of more: only the project's own checks treat warnings as errors.
let strictFlags: [SwiftSetting] =
  Context.environment["CI"] == "true" ? [.unsafeFlags(["-warnings-as-errors"])] : []

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// What each module may import. `ArchitectureTests` compares it with every file, and with the picture in CONTRIBUTING.md.
let modules: [(name: String, dependencies: [Target.Dependency])] = [
  ("Base", []),
  ("Tensors", ["Base", "COpenBLAS"]),
  ("Networks", ["Tensors", "Base"]),
  ("Images", ["Tensors", "Base", "CImageFiles", crypto]),
  ("Learning", ["Networks", "Images", "Tensors", "Base"]),
  ("Analysis", ["Tensors", "Base"]),
  ("Figures", ["Base", "CCairo"]),
  ("Language", ["Base"]),
  ("FrontEnd", ["Base"]),
  ("Records", ["Base", "CSQLite"]),
  ("Machines", ["Base"]),
  (
    "Commands",
    [
      "FrontEnd", "Language", "Learning", "Networks", "Images", "Analysis", "Figures", "Records", "Tensors",
      "Base",
    ]
  ),
  ("Jupyter", ["FrontEnd", "Records", "Base", "CZeroMQ", crypto, logging]),
]

/// Folders of data beside the tests of a module.
let testData: [String: [String]] = [
  "Networks": ["Fixtures"], "Images": ["Fixtures"], "Figures": ["Fixtures"], "Jupyter": ["Fixtures"],
  "Analysis": ["Fixtures"], "Learning": ["Fixtures"], "Records": ["Fixtures"],
  "Language": ["Cases"],
]

/// What `scripts/fuzz` drives and `FuzzTests` run over the corpus; the program itself is linked with libFuzzer, by that script alone.
let fuzzing: [Target] =
  [
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Commands", "FrontEnd", "Language", "Learning", "Networks", "Images", "Tensors", "Jupyter", "Base",
      ],
      path: "Tests/Fuzz/Targets", swiftSettings: vectorFlags + strictFlags),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: vectorFlags + strictFlags),
  ]
  + (Context.environment["CONTRAST_FUZZ"] == nil
    ? []
    : [
      .executableTarget(
        name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Main",
        swiftSettings: vectorFlags + strictFlags)
    ])

let package = Package(
  name: "contrast",
  products: [.executable(name: "contrast", targets: ["contrast"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CCairo", pkgConfig: "pangocairo", providers: [.apt(["libpango1.0-dev"])]),
    .systemLibrary(
      name: "CImageFiles", pkgConfig: "libarchive",
      providers: [.apt(["libarchive-dev", "libjpeg-dev", "libpng-dev"])]),
  ]
    + modules.map { module in
      .target(name: module.name, dependencies: module.dependencies, swiftSettings: vectorFlags + strictFlags)
    } + [
      // No vector flags: the check of the CPU must itself run on any CPU.
      .executableTarget(
        name: "contrast",
        dependencies: [
          "Commands", "Jupyter", "FrontEnd", "Machines", "Tensors", "Base", argumentParser, logging,
        ],
        swiftSettings: strictFlags),
      // No product: whoever installs Contrast does not need it.
      .executableTarget(
        name: "benchmark",
        dependencies: ["Learning", "Networks", "Images", "Analysis", "Tensors", "Base", argumentParser],
        path: "benchmarks/Sources", swiftSettings: vectorFlags + strictFlags),
    ]
    + modules.map { module in
      .testTarget(
        name: module.name + "Tests",
        dependencies: [.target(name: module.name)] + module.dependencies,
        // Read by path from beside the tests, so that the scripts that made them can lie there too.
        exclude: testData[module.name, default: []],
        swiftSettings: vectorFlags + strictFlags)
    } + [
      .testTarget(name: "ArchitectureTests", swiftSettings: strictFlags),
      .testTarget(
        name: "BenchmarkTests", dependencies: ["benchmark", "Learning", "Networks", "Images", "Tensors"],
        swiftSettings: vectorFlags + strictFlags),
    ] + fuzzing,
  swiftLanguageModes: [.v6]
)
