import FoundationEssentials
import Testing

import Language

/// Programs with their expectations inside, one file per subject, in `Cases`:
///
/// - cells are separated by lines of `---`; all cells of a file share one workspace;
/// - `# => text` is a value shown, `# writes text` a line written; each sort comes in its order;
/// - `# error 2:7 text` is the error, its line and column, and the beginning of its message;
/// - `# advice text` is the beginning of its advice.
struct Case: CustomTestStringConvertible {
  let file: String
  let cells: [(line: Int, code: String)]
  var testDescription: String { file }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")

  static let all: [Case] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap { name in
      guard let data = FileManager.default.contents(atPath: folder.appending(path: name).path) else {
        return nil
      }
      var cells: [(Int, String)] = []
      var lines: [Substring] = []
      var start = 1
      let all = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in (all + ["---"]).enumerated() {
        if line == "---" {
          cells.append((start, lines.joined(separator: "\n")))
          (lines, start) = ([], number + 2)
        } else {
          lines.append(line)
        }
      }
      return Case(file: name, cells: cells)
    }
  }()
}

@Suite struct CaseTests {
  @Test("there are cases for every subject") func found() {
    #expect(Case.all.count >= 5)
    #expect(Case.all.map(\.cells.count).reduce(0, +) > 120)
  }

  @Test("programs do what they say", arguments: Case.all) func runs(_ file: Case) {
    let (interpreter, host) = toyInterpreter()
    for (line, code) in file.cells {
      let expected = ["# writes ", "# => ", "# error ", "# advice "].flatMap { mark in
        code.split(separator: "\n").compactMap { text in
          text.firstRange(of: mark).map { String(text[$0.lowerBound...]) }
        }
      }
      let actual = outcome(of: code, interpreter, host, expected)
      #expect(actual == expected, "\(file.file):\(line)")
    }
  }

  /// What happened, written like the expectations; messages are cut to the length that is expected of them.
  private func outcome(of code: String, _ interpreter: Interpreter, _ host: ToyHost, _ expected: [String])
    -> [String]
  {
    host.shown = []
    host.written = ""
    var actual: [String] = []
    do throws(Diagnostic) {
      try interpreter.run(cell: code)
    } catch {
      func cut(_ text: String, _ mark: String) -> String {
        guard let wanted = expected.first(where: { $0.hasPrefix(mark) }), text.hasPrefix(wanted) else {
          return text
        }
        return wanted
      }
      actual.append(cut("# error \(error.line):\(error.column) \(error.message)", "# error"))
      if expected.contains(where: { $0.hasPrefix("# advice") }) {
        actual.append(cut("# advice \(error.advice ?? "")", "# advice"))
      }
    }
    // How long something took differs from run to run.
    let written = host.written.split(separator: "\n").map {
      $0.hasPrefix("time:") ? "# writes time:" : "# writes \($0)"
    }
    return written + host.shown.map { "# => \($0.summary)" } + actual
  }
}
