import Foundation
import Testing

/// FoundationEssentials rather than Foundation: a kernel should start in a blink and weigh little.
private let everywhere: Set<String> = ["Swift", "Synchronization", "Glibc", "FoundationEssentials"]

/// Targets that stand beside the picture, and where they lie.
private let beside = [
  "benchmark": "benchmarks/Sources", "FuzzTargets": "Tests/Fuzz/Targets", "fuzz": "Tests/Fuzz/Main",
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
  @Test("every module imports only what the manifest declares, benchmark and fuzzers among them")
  func importsAreDeclared() throws {
    let declared = Manifest.dependencies(in: try Manifest.text())
    #expect(declared.count >= 12)
    for (module, allowed) in declared {
      let folder = beside[module] ?? "Sources/\(module)"
      let files = try swiftFiles(in: folder)
      #expect(!files.isEmpty, "\(folder)")
      for file in files {
        for name in try imports(of: file) {
          #expect(
            allowed.union(everywhere).contains(name),
            "\(file.lastPathComponent) imports \(name), which is not for \(module)")
        }
      }
    }
    // The benchmark measures the engine, and imports nothing above it.
    let above: Set = ["Commands", "Language", "Figures", "Jupyter"]
    #expect(try #require(declared["benchmark"]).isDisjoint(with: above))
  }

  @Test("every folder of sources is in the picture, and is introduced by a file of its name")
  func modulesAreIntroduced() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: root.appendingPathComponent("Sources").path)
    let declared = Manifest.dependencies(in: try Manifest.text())
    let modules = folders.filter { !$0.hasPrefix("C") || $0 == "Commands" }
    #expect(Set(modules) == Set(declared.keys).subtracting(beside.keys))
    for folder in modules {
      guard folder != "contrast" else { continue }
      let file = root.appendingPathComponent("Sources/\(folder)/\(folder).swift")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.hasPrefix("// \(folder): "), "\(folder).swift says what lives in \(folder)")
    }
  }

  @Test("the manifest declares the picture in CONTRIBUTING.md")
  func manifestAgrees() throws {
    var declared = Manifest.dependencies(in: try Manifest.text()).filter { beside[$0.key] == nil }
    let drawn = Picture.dependencies(in: try Picture.text())
    #expect(declared.count >= 11 && drawn.count >= 9)
    for (module, targets) in drawn {
      #expect(targets.isSubset(of: declared[module] ?? []), "an arrow from \(module) that is not declared")
    }
    // The program's own libraries are not drawn.
    declared["contrast"]?.subtract(["ArgumentParser", "Logging"])
    let reached = drawn.closure
    for (module, targets) in declared.closure {
      #expect(reached[module] ?? [] == targets, "\(module) is drawn otherwise than it is declared")
    }
    #expect(Set(reached.keys).isSubset(of: Set(declared.keys)))
  }

  @Test("an arrow that is missing or one too many is found")
  func pictures() {
    let whole = """
      ```
      a ─► b ─┬─► d, SQLite
      │       └─► e
      └──────► c (one) ─► e
      ```
      """
    #expect(
      Picture.dependencies(in: whole)
        == ["a": ["b", "c"], "b": ["d", "CSQLite", "e"], "c": ["e"]])
    #expect(Picture.dependencies(in: "no picture").isEmpty)
    #expect(Manifest.dependencies(in: "modules = []").isEmpty)
    #expect(["a": ["b"], "b": ["c"]].closure == ["a": ["b", "c"], "b": ["c"]] as Dependencies)
  }

  @Test("files, folders and threads of the system are the matter of Base alone")
  func systemCallsStandOnce() throws {
    let calls = /\b(?:opendir|readdir|fopen|fread|mkdir|readlink|pthread_create|strerror)\(/
    for file in try swiftFiles(in: "Sources") + swiftFiles(in: "benchmarks") {
      let found = try String(contentsOf: file, encoding: .utf8).firstMatch(of: calls)
      guard !file.path.contains("/Sources/Base/") else { continue }
      #expect(found == nil, "\(file.lastPathComponent) calls \(found?.0 ?? ""): Base has what it needs")
    }
    #expect("let file = fopen(path)".contains(calls))
  }

  @Test("layers, networks and optimisers leave loops over memory to the kernels")
  func layersHoldNoAddresses() throws {
    let addresses = /\bUnsafe\w*Pointer\b|\.pointer\b|\b(?:load|store|gemm|forEachVector)\(/
    var checked = 0
    for folder in ["Convolution", "Description", "Encoders", "Layers", "Training"] {
      for file in try swiftFiles(in: "Sources/Networks/\(folder)") {
        checked += 1
        let found = try String(contentsOf: file, encoding: .utf8).firstMatch(of: addresses)
        #expect(found == nil, "\(file.lastPathComponent) has \(found?.0 ?? ""): Networks/Kernels is for that")
      }
    }
    #expect(checked > 30)
    for line in ["x.pointer + 8", "store(value, to)", "let p: UnsafePointer<Float>"] {
      #expect(line.contains(addresses))
    }
  }

  @Test("files stay short enough to read")
  func filesAreShort() throws {
    for file in try swiftFiles(in: "Sources") + swiftFiles(in: "benchmarks") {
      let lines = try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false
      ).count
      #expect(lines <= 351, "\(file.lastPathComponent) has \(lines) lines: does it hold more than one thing?")
    }
  }
}
