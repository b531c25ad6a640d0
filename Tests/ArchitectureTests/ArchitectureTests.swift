import Foundation
import Testing

/// The repository: three folders up from this file.
private let root = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// What each module may import, besides the standard library: the picture in CONTRIBUTING.md.
private let allowed: [String: Set<String>] = [
  "Disk": [],
  "Tensors": ["Disk", "COpenBLAS"],
  "Networks": ["Tensors", "Disk"],
  "Images": ["Tensors", "CImageFiles"],
  "Learning": ["Networks", "Images", "Tensors"],
  "Analysis": ["Tensors"],
  "Figures": ["CCairo"],
  "Language": [],
  "Commands": ["Language", "Learning", "Networks", "Images", "Analysis", "Figures", "Tensors"],
  "Jupyter": ["Disk", "CZeroMQ", "CSQLite", "Crypto", "Logging"],
  "contrast": ["Commands", "Jupyter", "Tensors", "ArgumentParser", "Logging"],
]

/// FoundationEssentials rather than Foundation: a kernel should start in a blink and weigh little.
private let everywhere: Set<String> = ["Swift", "Synchronization", "Glibc", "FoundationEssentials"]

/// The same for the benchmark, which lies outside `Sources` because nobody installs it.
private let allowedInBenchmark: Set<String> = [
  "Learning", "Networks", "Images", "Analysis", "Tensors", "ArgumentParser",
]

private func swiftFiles(in folder: String) throws -> [URL] {
  let found = FileManager.default.enumerator(
    at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
  return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
}

private func imports(of file: URL) throws -> [String] {
  let pattern =
    /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|func|protocol|typealias|let|var)\s+)?(\w+)/
  return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    .compactMap { $0.firstMatch(of: pattern).map { String($0.1) } }
}

@Suite("Architecture")
struct ArchitectureTests {
  @Test("every module imports only what the picture allows", arguments: allowed.keys.sorted())
  func importsAreDeclared(module: String) throws {
    let files = try swiftFiles(in: "Sources/\(module)")
    #expect(!files.isEmpty)
    for file in files {
      for name in try imports(of: file) {
        #expect(
          allowed[module]!.union(everywhere).contains(name),
          "\(file.lastPathComponent) imports \(name), which is not for \(module)")
      }
    }
  }

  @Test("the benchmark measures the engine, and imports nothing above it")
  func benchmarkImports() throws {
    let files = try swiftFiles(in: "benchmarks/Sources")
    #expect(!files.isEmpty)
    for file in files {
      for name in try imports(of: file) {
        #expect(
          allowedInBenchmark.union(everywhere).contains(name), "\(file.lastPathComponent) imports \(name)")
      }
    }
  }

  @Test("every folder of sources is in the picture, and is introduced by a file of its name")
  func modulesAreIntroduced() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: root.appendingPathComponent("Sources").path)
    for folder in folders where !folder.hasPrefix("C") || folder == "Commands" {
      #expect(allowed[folder] != nil, "\(folder) is not in the picture")
      guard folder != "contrast" else { continue }
      let file = root.appendingPathComponent("Sources/\(folder)/\(folder).swift")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.hasPrefix("// \(folder): "), "\(folder).swift says what lives in \(folder)")
    }
  }

  @Test("the manifest declares the same picture")
  func manifestAgrees() throws {
    let manifest = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
    for match in manifest.matches(of: /\("(\w+)", \[([^\]]*)\]\),/) {
      let names = match.2.split(separator: ",")
        .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"")) }
        .map { ["crypto": "Crypto", "logging": "Logging"][$0] ?? $0 }
      #expect(Set(names) == allowed[String(match.1)], "\(match.1)")
    }
  }

  @Test("files stay short enough to read")
  func filesAreShort() throws {
    for file in try swiftFiles(in: "Sources") + swiftFiles(in: "benchmarks") {
      let lines = try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false
      ).count
      #expect(lines <= 450, "\(file.lastPathComponent) has \(lines) lines: does it hold more than one thing?")
    }
  }
}
