import Commands
import Foundation
import Language
import Networks
import Testing

extension TestsInOneFolder {
  @Suite("Names in saved files")
  struct SavedNamesTests {
    @Test(
      "help speaks of tensors by the names that files have",
      arguments: [("save", ["resnet18", "cnn", "vit"]), ("vit", ["vit"])])
    func names(command: String, encoders: [String]) throws {
      let folder = try DataFolder()
      let session = Session()
      var found: Set<String> = []
      for encoder in encoders {
        let options =
          encoder == "vit" ? "style=standard layers=1 heads=2 width=4 patch=4 size=8" : "width=1 size=8"
        try session.gather("save (simclr (\(encoder) \(options))) \"m.safetensors\"")
        found.formUnion(try Weights.read("\(folder.path)/m.safetensors").names)
      }
      let details = try #require(Verbs.all.first { $0.name == command }).details
      let spoken = details.matches(of: /\b[a-z0-9_]+(\.[a-z0-9_]+)+\b/).map { String($0.output.0) }
        .filter { !$0.hasSuffix(".py") }
      #expect(spoken.count >= 4 && spoken.filter { !found.contains($0) } == [], "\(spoken)")
      for word in ["token", "position"] { #expect(details.contains(word) && found.contains(word)) }
    }
  }
}
