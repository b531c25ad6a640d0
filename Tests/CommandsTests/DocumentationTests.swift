import Commands
import Foundation
import Language
import Testing

/// The pages that show code: what they show must run.
struct Page: CustomTestStringConvertible, Sendable {
  let name: String
  let text: String
  var testDescription: String { name }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent()

  static let all: [Page] = {
    let docs =
      (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("docs").path)) ?? []
    let names =
      ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
      + docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    return names.compactMap { name in
      (try? String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)).map {
        Page(name: name, text: $0)
      }
    }
  }()

  /// The fenced blocks of a language.
  func blocks(_ language: String) -> [String] {
    var blocks: [String] = []
    var open: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let lines = open {
        if line.hasPrefix("```") {
          blocks.append(lines.joined(separator: "\n"))
          open = nil
        } else {
          open = lines + [line]
        }
      } else if line == "```\(language)" {
        open = []
      }
    }
    return blocks
  }

  /// Pieces of code within the prose.
  var pieces: [String] {
    var isFenced = false
    let prose = text.split(separator: "\n").filter { line in
      if line.hasPrefix("```") { isFenced.toggle() }
      return !isFenced && !line.hasPrefix("```")
    }
    return Page.pieces(of: prose.joined(separator: " "))
  }

  /// What stands between backticks.
  static func pieces(of prose: String) -> [String] {
    prose.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
      .map {
        String($0.element)
      }
  }
}

extension TestsInOneFolder {
  @Suite("Documentation")
  struct DocumentationTests {
    /// What pages take for given.
    static let setup = """
      cifar = load shapes train=200 test=100 size=16
      shapes = cifar
      few = cifar.train
      images = cifar.train
      photos = cifar
      encoder = cnn width=4 size=16
      model = simclr encoder head=[8]
      train model on=few epochs=1 batch=32;
      h = embed cifar.test with=model
      n = 1
      x = 0.555
      m = matrix [[1, 2], [3, 5]]
      u = normalise m
      z = embed (pairs few[0..<4]) with=model output=z
      loss mine z tau=0.5 { (mean (z^2)) * tau }
      plot loss model
      """

    /// The same code in a moment: fewer pictures, small networks, one epoch.
    static func toy(_ code: String) -> String {
      let scales: [(String, String)] = [
        (#"\btrain=\d+"#, "train=200"), (#"\btest=\d+"#, "test=100"), (#"\bepochs=\d+"#, "epochs=1"),
        (#"\bbatch=\d+"#, "batch=32"), (#"\b(5000|1000)\b"#, "150"),
        (#"\bsimclr resnet18\b"#, "simclr (cnn width=4)"),
        (#"\bcnn width=16"#, "cnn width=4"),
      ]
      return scales.reduce(code) { code, scale in
        code.replacingOccurrences(of: scale.0, with: scale.1, options: .regularExpression)
      }
    }

    @Test(
      "the page of clients says what each tool needs that was found to need something",
      arguments: [
        ("jupytext", "py:percent"), ("nbgrader", "ClearSolutions.code_stub"),
        ("voila", "follow their sliders"),
        ("jupyter-server-documents", "as a new output"), ("euporie", "after its first update"),
        ("jupyter-kernel-gateway", "notebook_http"), ("myst-nb", "nb_render_error_lexer"),
        ("nbconvert", "LaTeX"),
        ("papermill", "1.0e-5"), ("jupyter-collaboration", "only after a reload"),
      ])
    func clients(tool: String, words: String) throws {
      let page = try #require(Page.all.first { $0.name == "docs/clients.md" })
      let rows = page.text.split(separator: "\n").filter { $0.hasPrefix("| \(tool) ") }
      #expect(rows.contains { $0.contains(words) }, "\(tool): \(rows)")
    }

    @Test("pages are found, with code and errors in them")
    func pages() {
      let names = Set(Page.all.map(\.name))
      #expect(
        names.isSuperset(of: [
          "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/manual.md", "docs/gallery.md",
          "docs/clients.md",
          "docs/paper.md",
        ]))
      #expect(Page.all.reduce(0) { $0 + $1.blocks("contrast").count } > 100)
      #expect(Page.all.contains { !$0.blocks("error").isEmpty })
    }

    @Test(
      "every block of code runs as it stands, at a toy scale",
      arguments: Page.all.filter { !$0.blocks("contrast").isEmpty })
    func blocks(of page: Page) throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      // Those of help pages run in `SessionTests`; above them stands how a command is written.
      let examples = Verbs.vocabulary.examples.map(\.example)
      // `[size=32]` is how a command is written, not a command.
      func isUsage(_ block: String) -> Bool {
        let isOfCommand = Verbs.all.contains { block == $0.name || block.hasPrefix($0.name + " ") }
        return isOfCommand && !block.contains("\n") && (block.contains("…") || block.contains(#/\[\w+=/#))
      }
      let others = Set(
        examples.map(\.code) + examples.map { "\($0.setup)\n\($0.code)" } + Verbs.all.map(\.usage))
      for block in page.blocks("contrast") where !others.contains(block) && !isUsage(block) {
        let session = Session()
        try session.gather(Self.setup)
        let error = session.failure(Self.toy(block))
        #expect(error == nil, "\(page.name)\n\(block)\n\(error?.plainText ?? "")")
      }
    }

    @Test(
      "what is shown as an error is that error, to the letter",
      arguments: Page.all.filter { !$0.blocks("error").isEmpty })
    func errors(of page: Page) throws {
      let session = Session()
      try session.gather(Self.setup)
      for block in page.blocks("error") {
        let cell = block.split(separator: "\n")[1].trimmingCharacters(in: .whitespaces)
        let error = try #require(session.failure(cell), "\(cell) runs")
        #expect(error.plainText == block)
      }
    }

    /// Code within the prose of a page or a help text: commands with what is given to them. Where something is left out (`…`), or
    /// a verb alone is spoken of, there is nothing to run.
    static func commands(in pieces: [String]) -> [String] {
      let verbs = Verbs.vocabulary.verbNames
      return pieces.map { $0.replacing("\n", with: " ") }.filter { piece in
        let words = piece.split(separator: " ").map(String.init)
        let start = words.count > 2 && words[1] == "=" ? 2 : 0
        // `plot loss` is a name, `plot loss model` can run.
        let isName = Verbs.all.contains { $0.name == piece }
        return words.count > start + 1 && verbs.contains(words[start]) && !isName && !piece.contains("…")
      }
    }

    /// Where prose speaks of code.
    private static let prose: [(name: String, pieces: [String])] =
      Page.all.filter { $0.name != "CHANGELOG.md" }.map { ($0.name, $0.pieces) }
      + Verbs.all.map { command in
        let texts = [command.summary, command.details] + command.parameters.map(\.summary)
        return (command.name, Page.pieces(of: texts.joined(separator: " ")))
      } + Concepts.all.map { ($0.name, Page.pieces(of: ($0.paragraphs + [$0.usage]).joined(separator: " "))) }

    /// Two runs in a log, for commands that look at them.
    private static let recorded = """
      record "prose.sqlite"
      for size in [16, 32] { train (simclr (cnn width=4 size=16)) on=few epochs=1 batch=size watch=[knn] }

      """

    @Test("commands within the prose run as well")
    func prose() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(Self.setup)
      var ran = 0
      for (place, pieces) in Self.prose {
        for piece in Self.commands(in: pieces) {
          // What only supervised models can do is shown of `model` too.
          let own =
            piece.hasPrefix("evaluate model")
            ? "model = supervised encoder\ntrain model on=few epochs=1 batch=32\n"
            : piece.contains("runs") ? Self.recorded : ""
          let error = session.failure(own + Self.toy(piece))
          #expect(error == nil, "\(place): \(piece)\n\(error?.plainText ?? "")")
          ran += 1
        }
      }
      #expect(ran >= 5)
    }
  }
}
