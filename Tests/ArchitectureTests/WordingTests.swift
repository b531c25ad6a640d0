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
    let others = ["counted(", "Numbers.", "command.name)"]
    let wrong = counts.first { count in !others.contains { count.contains($0) } }
    return wrong.map { "\($0): write counted(n, noun)" }
  }

  /// All files of the sources in the folders, or everywhere.
  static func sources(_ folders: [String] = [""]) throws -> [(name: String, text: String)] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources")
    return try folders.flatMap { folder in
      let found = FileManager.default.enumerator(
        at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
      return try (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }.map {
        ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
      }
    }
  }

  /// First words of comments that do not say what a thing is.
  private static let fragments: Set = [
    "Of", "What", "How", "Where", "Which", "Who", "Whoever", "Whatever", "Why", "Something", "Nothing",
    "Everything", "It", "Its", "Those", "Says", "Tells", "Counted", "Given", "Inside", "Nil",
  ]

  @Test("documentation begins with what a thing is, not with half a question")
  func documentation() throws {
    let files = try Self.sources()
    #expect(files.count > 100)
    for (name, text) in files {
      var isInside = false
      for line in text.split(separator: "\n") {
        let line = line.trimmingCharacters(in: .whitespaces)
        let isFirst = line.hasPrefix("/// ") && !isInside
        isInside = line.hasPrefix("///")
        guard isFirst, let word = line.dropFirst(4).split(separator: " ").first else { continue }
        #expect(
          !Self.fragments.contains(String(word)),
          "\(name): \(line)\nWrite a noun phrase: Number of …, Position of …")
      }
    }
  }

  @Test("messages and help speak of images; pictures are what figures draw")
  func images() throws {
    for (name, text) in try Self.sources([
      "Analysis", "Images", "Networks", "Commands/Values", "Commands/Verbs", "Commands/Wording",
    ])
    where !["FolderContents.swift", "Explain.swift", "FigureWords.swift"].contains(name) {
      for line in text.split(separator: "\n") {
        let line = line.trimmingCharacters(in: .whitespaces)
        guard !line.hasPrefix("//") else { continue }
        for match in line.matches(of: /"[^"]*\b[Pp]ictures?\b[^"=]*"/) where match.0 != "\"pictures\"" {
          Issue.record("\(name): \(line)")
        }
      }
    }
  }

  @Test("the front page speaks of images, but for those that figures draw")
  func frontPage() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let lines = page.split(separator: "\n").filter { $0.contains(/\b[Pp]ictures?\b/) }
    #expect(
      lines.allSatisfy { $0.contains("a map with its pictures") || $0.contains("maps with their pictures") },
      "\(lines)")
  }

  @Test("counts agree with their nouns in all messages") func counts() throws {
    let files = try Self.sources()
    #expect(files.count > 100)
    // A constant of the declaration (18 layers), the name of a random stream, a programmer's error.
    let exceptions = [
      "Encoders.swift: \\(depth.layers) layers", "Shapes.swift: \\(half) labels",
      "Convolution.swift: \\(inputs) channels",
    ]
    for (name, text) in files {
      for line in text.split(separator: "\n") {
        guard let slip = Self.slip(in: String(line)) else { continue }
        let place = "\(name): \(slip)"
        #expect(exceptions.contains { place.hasPrefix($0) }, "\(place)\n\(line)")
      }
    }
  }

  /// Modules whose errors are facts that `Commands/Wording` has the words for.
  private static let factual = ["Analysis", "Networks", "Images", "Learning", "Figures", "Tensors"]

  /// What a line of such a module says that only commands know, if anything: a sentence for the user, an option as a cell has it.
  static func word(in line: String) -> String? {
    let text = line.trimmingCharacters(in: .whitespaces)
    guard !text.hasPrefix("//") else { return nil }
    if text.contains("InputError(") { return "InputError(" }
    return text.firstMatch(of: /"(?:[^"\\]|\\.)*?\b[a-z]+=(?!=)/).map { String($0.0) }
  }

  @Test("errors of the engine are facts, and each has its words in Commands") func facts() throws {
    let words = try Self.sources(["Commands/Wording"]).map(\.text).joined()
    for (name, text) in try Self.sources(Self.factual) {
      // The attributes of SVG look like options.
      for line in text.split(separator: "\n") where name != "SVGFile.swift" {
        let word = Self.word(in: String(line))
        #expect(word == nil, "\(name): \(word ?? "") is for Commands/Wording to say")
      }
      for error in text.matches(of: /(?:public|package) (?:enum|struct) (\w+): Error\b/) {
        // A shortage is a part of others' errors.
        let hasWords = words.contains("extension \(error.1)") || error.1 == "MemoryShortage"
        #expect(hasWords, "\(name): \(error.1) has no words")
      }
    }
    #expect(
      Self.word(in: #"throw InputError("no")"#) != nil && Self.word(in: #"advice: "try size=\(x)""#) != nil)
    #expect(Self.word(in: #"/// such as `size=3`"#) == nil && Self.word(in: #"a == "b" ? 1 : 2"#) == nil)
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
