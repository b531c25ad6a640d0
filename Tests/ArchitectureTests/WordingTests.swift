import Foundation
import Testing

/// Messages that count must agree with their number: "there is 1 row", never "there are 1 rows". `counted`, `thereAre` and
/// `use` (Base/Words.swift) write them.
@Suite("Wording") struct WordingTests {
  private static let nouns =
    "rows|columns|numbers|images|pictures|classes|points|values|cells|labels|bytes|files|views|components|heads"
    + "|layers|tokens|channels|frames|seeds|epochs|batches|steps|panels|figures|workers|bins|boxes|arrows"
    + "|parameters|answers|neighbours|queries|letters|digits|words|arguments|options|pages"

  /// What is wrong with a line of source, if anything.
  static func slip(in line: String) -> String? {
    let text = line.trimmingCharacters(in: .whitespaces)
    guard !text.hasPrefix("//"), !text.contains("precondition") else { return nil }
    let code = #"\\\(((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*)\)"#
    func matches(_ pattern: String) -> [String] {
      guard let expression = try? NSRegularExpression(pattern: pattern) else { return [pattern] }
      let whole = NSRange(text.startIndex..., in: text)
      return expression.matches(in: text, range: whole).compactMap { match in
        Range(match.range, in: text).map { String(text[$0]) }
      }
    }
    if let found = matches(#"[Tt]here are \\\((?!counted)"#).first {
      return "\(found): write thereAre(n, noun)"
    }
    if let found = matches(#"between \S+ and \\\("#).first { return "\(found): write use(option, from:to:)" }
    if let found = matches(#"=\\\([^"]* or (less|more|fewer)"#).first {
      return "\(found): write use(option, from:to:)"
    }
    let counts = matches("(?<!\\+ )" + code + " (\(nouns))\\b")
    let wrong = counts.first { !$0.contains("counted(") && !$0.contains("Numbers.") }
    return wrong.map { "\($0): write counted(n, noun)" }
  }

  @Test("counts agree with their nouns in all messages") func counts() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let found = FileManager.default.enumerator(
      at: root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil)
    let files = (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    #expect(files.count > 100)
    // A constant of the declaration (18 layers), the name of a random stream, a programmer's error.
    let exceptions = [
      "Encoders.swift: \\(depth.layers) layers", "Shapes.swift: \\(half) labels",
      "Convolution.swift: \\(inputs) channels",
    ]
    for file in files {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        guard let slip = Self.slip(in: String(line)) else { continue }
        let place = "\(file.lastPathComponent): \(slip)"
        #expect(exceptions.contains { place.hasPrefix($0) }, "\(place)\n\(line)")
      }
    }
  }

  @Test(
    "the scan knows a slip when it sees one",
    arguments: [
      (#""k is \(count), and there are \(available) rows to choose from""#, true),
      (#""the map has \(map.shape[0]) points""#, true), (#"advice: "use k between 1 and \(most)""#, true),
      (#"advice: "use batch=\(images.count) or less""#, true),
      (#""\(rows.map { f(g($0)) }.count) rows""#, true),
      (#""\(counted(rows, "row")) of \(counted(columns, "number"))""#, false),
      (#""and \(thereAre(3, "row"))""#, false),
      (#"// there are \(n) rows"#, false), (#""\(path) names a file""#, false),
    ])
  func scan(line: String, isSlip: Bool) { #expect((Self.slip(in: line) != nil) == isSlip, "\(line)") }
}
