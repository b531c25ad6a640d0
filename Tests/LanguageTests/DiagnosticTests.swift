import Testing

import Language

@Suite struct DiagnosticTests {
  private func error(_ code: String) -> Diagnostic? {
    let (interpreter, _) = toyInterpreter()
    do throws(Diagnostic) {
      try interpreter.run(cell: code)
      return nil
    } catch { return error }
  }

  @Test(
    "shows message, line, carets and advice",
    arguments: [
      (
        "train m on=few epoch=20",
        """
        `train` has no option `epoch`.
          train m on=few epoch=20
                         ^^^^^
        Did you mean `epochs`?
        """
      ),
      (
        "few = load shapes\n\nfor n in [1] {\n\tsample few (n +\n  999)\n}\n",
        """
        There are only 60 images.
          4 |  sample few (n +
            |             ^^^^
        Take fewer.
        """
      ),
      (
        "x = \"日本 e\u{301} 👩‍👩‍👧\" + nothing",
        """
        `nothing` is not known.
          x = "日本 e\u{301} 👩‍👩‍👧" + nothing
                            ^^^^^^^
        Nothing has a name yet: write `nothing = …` first.
        """
      ),
      (
        "x =",
        """
        `x` gets no value: something must follow `=`.
          x =
            ^
        """
      ),
    ])
  func shows(_ code: String, _ expected: String) {
    #expect(error(code)?.plainText == expected)
  }

  @Test("long lines are cut around the place") func cut() throws {
    let code = String(repeating: "1 + ", count: 100) + "nothing" + String(repeating: " + 1", count: 100)
    let lines = try #require(error(code)).plainText.split(separator: "\n")
    #expect(lines[1].count < 110)
    let start = try #require(lines[1].firstRange(of: "nothing")).lowerBound
    #expect(lines[1].distance(from: lines[1].startIndex, to: start) == lines[2].prefix { $0 == " " }.count)
    #expect(lines[2].trimmed == "^^^^^^^")
  }

  @Test("carries name, place and colours") func parts() throws {
    let found = try #require(error("a = 1\nb = a / 0"))
    #expect(found.ename == "BadValue")
    #expect(found.range == SourceRange(12, 15))
    #expect((found.line, found.column) == (2, 7))
    #expect(found.colouredText.hasPrefix("\u{1B}[1;31mThis divides by zero.\u{1B}[0m\n"))
    #expect(error("fail how=\"interrupt\"")?.kind == .interrupted)
    #expect(error("x = (")?.kind == .syntax)
    #expect(error("\u{1B}[31mred")?.plainText.contains("\u{1B}") == false)
  }

  @Test("an interrupt stops at the next statement or turn, and leaves what was done") func interrupt() throws
  {
    let (interpreter, host) = toyInterpreter()
    host.patience = 6
    do throws(Diagnostic) {
      try interpreter.run(cell: "a = 1\nfor i in 0..<1000000000000 { b = i }")
      Issue.record("The loop ended.")
    } catch {
      #expect(error.kind == .interrupted)
      #expect(error.line == 2)
    }
    #expect((host.workspace["b"] as? Number)?.value == 1)
  }
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
