import Foundation
import FuzzTargets
import Testing

/// The corpora of the fuzzers, inputs that once brought something down among them, without libFuzzer.
@Suite("Corpora of the fuzzers")
struct CorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz/corpus")

  @Test("every input ends with a value or an error", arguments: FuzzTarget.all.map(\.name))
  func holds(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.folder.appendingPathComponent(name), includingPropertiesForKeys: nil)
    #expect(files.count >= 3, "\(name) starts from \(files.count) inputs")
    let read = try target.reader()
    for file in files { read(Array(try Data(contentsOf: file))) }
  }

  @Test("every corpus belongs to a target, and all together are small")
  func corpora() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    let files = FileManager.default.enumerator(at: Self.folder, includingPropertiesForKeys: [.fileSizeKey])
    let sizes = try (files?.allObjects as? [URL] ?? []).map {
      try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    }
    #expect(sizes.count > 30 && sizes.reduce(0, +) < 200_000)
  }
}
