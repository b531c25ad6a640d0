import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  /// `define`, `return` and `use`.
  @Suite("Commands of one's own")
  struct DefinitionTests {
    /// What a session wrote and showed for cells one after the other, the last one counted.
    private func said(_ cells: String...) throws -> String {
      let session = Session()
      for cell in cells.dropLast() { try session.gather(cell) }
      let last = try session.gather(cells[cells.count - 1])
      return last.text + last.results.map(\.text).joined()
    }

    @Test("give the value of their last line, or what they return")
    func values() throws {
      #expect(try said("define twice x { 2 * x }\ntwice 4") == "8")
      #expect(try said("define twice x { 2 * x }", "twice (twice 3)") == "12")
      #expect(
        try said("define area a b=3 {\n  a * b\n}\n\"{area 2} {area 2 b=4} {area b=5 a=1}\"") == "\"6 8 5\"")
      #expect(
        try said("define first xs {\n  for x in xs { if x > 2 { return x } }\n  0\n}\nfirst [1, 2, 3, 4]")
          == "3")
      #expect(
        try said("define first xs {\n  for x in xs { if x > 2 { return x } }\n  0\n}\nfirst [1]") == "0")
      #expect(try said("define noisy { print \"ran\"\n return\n print \"not\" }\nnoisy") == "ran\n")
      #expect(try said("define none x { x = 1 }\nnone 3") == "")
      #expect(try said("define f x { time x }\nf 2").contains("2"))
      #expect(try said("x = 5; define f x { x }; f 2; x") == "5")
    }

    @Test("may call themselves and one another, in whatever order they stand")
    func recursion() throws {
      #expect(
        try said("define fact n {\n  if n == 0 { return 1 }\n  n * (fact (n - 1))\n}\nfact 20").hasPrefix(
          "2.43"))
      let pair = """
        define even n { if n == 0 { return true }
          odd (n - 1) }
        define odd n { if n == 0 { return false }
          even (n - 1) }
        even 10
        """
      #expect(try said(pair) == "true")
    }

    @Test("are replaced by a later cell, also for those that use them")
    func redefined() throws {
      #expect(try said("define g x { x }\ndefine f x { g x }", "define g x { x + 1 }", "f 1") == "2")
      let session = Session()
      try session.gather("define g x { x }\ndefine f x { g x }")
      try session.gather("define g y { y }")
      #expect(session.failure("f 1")?.message.contains("was defined anew, without `x`") == true)
    }

    @Test("have names of their own, and defaults of when they were defined")
    func names() throws {
      #expect(try said("k = 2\ndefine f x k=k { y = x * k\n y }\nk = 7\nf 3") == "6")
      let session = Session()
      try session.gather("define f x { inner = x\n inner }\nf 3\nouter = 1\ndefine g x { x + outer }")
      #expect(session.failure("inner")?.message.contains("`inner` is not known") == true)
      let error = try #require(session.failure("a = 1\ng 2"))
      #expect(error.message.contains("In `g`: `outer` is a name outside of `g`"))
      #expect(error.line == 2 && error.column == 1)
      #expect(
        error.plainText.contains("define g x { x + outer }")
          && error.plainText.contains("It was called here:"))
      #expect(error.advice?.contains("define g … outer") == true)
    }

    @Test("have their comment as help, and are completed and explained as others")
    func help() throws {
      let session = Session()
      let cell = """
        x = 1

        # The share of neighbours that two maps have in common. It is between 0 and 1,
        # and 1 for equal maps.
        define overlap a b k=10 { k }
        """
      try session.gather(cell)
      let page = try session.gather("help overlap").results[0].text
      for words in [
        "overlap: The share of neighbours that two maps have in common.", "overlap a b [k=10]",
        "and 1 for equal maps",
      ] {
        #expect(page.contains(words), "\(page)")
      }
      #expect(try session.gather("overlap?").text.isEmpty)
      #expect(session.complete("over", at: 4).matches.map(\.text) == ["overlap"])
      #expect(session.complete("overlap x ", at: 10).matches.map(\.text).contains("k="))
      #expect(session.inspect("overlap 1 2", at: 3)?.text.contains("neighbours") == true)
      // Also in the cell that is being typed.
      let typed = "define shine a { a }\nshi"
      #expect(Session().complete(typed, at: typed.count).matches.map(\.text) == ["shine"])
      #expect(try session.gather("help").results[0].text.contains("overlap"))
    }

    @Test(
      "are refused where they make no sense, each by one sentence with its place",
      arguments: [
        ("define train x { x }", "train", "cannot be defined anew"),
        ("define f train { 1 }", "train", "cannot be a name"),
        ("define pool x { x }", "pool", "cannot be defined anew"), ("define f x x { 1 }", "x", "named twice"),
        ("define f 3 { 1 }", "3", "this is none"), ("define f x", "define", "needs its block"),
        ("define { 1 }", "define", "needs `name`"), ("return 3", "return", "ends a definition"),
        ("define f x { x }\nf", "f", "needs `x`"), ("define f x { x }\nf 1 2", "2", "at most 1 argument"),
        ("define f x { x }\nf 1 k=2", "k", "no option `k`"),
        ("if false { define f x { x } }\nf 1", "f", "is not defined yet"),
        ("define f x { slider n from=0 to=1 }\nf 1", "slider n from=0 to=1", "cannot stand in a definition"),
        ("define f x { define g y { y } }\nf 1", "define", "cannot stand in a definition"),
        ("define f x { x = 1 }\ny = f 1", "f 1", "gives no value"),
        ("return = 3", "return", "word of the language"),
        ("use \"nowhere.contrast\"", "\"nowhere.contrast\"", "no file nowhere.contrast"),
        ("use \"nowhere.contrast\"\ntwice 3", "\"nowhere.contrast\"", "no file nowhere.contrast"),
      ])
    func refused(cell: String, caret: String, words: String) throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      let error = try #require(session.failure(cell), "it was accepted")
      #expect(error.said.contains(words), "\(error.plainText)")
      #expect(error.plainText.split(separator: "\n").contains { $0.contains("^") })
      if !cell.contains("slider"), !cell.contains("define g") {
        #expect(error.underlined(in: cell) == caret, "\(error.plainText)")
      }
      #expect(try session.gather("1 + 1").results[0].text == "2")
    }

    @Test("that call themselves for ever end with an error, and the session goes on")
    func endless() throws {
      let session = Session()
      let error = try #require(session.failure("define f n { f (n + 1) }\nf 0"))
      #expect(error.message.contains("`f` is called within other definitions, 60 deep"), "\(error.plainText)")
      // Deeply nested blocks take more of the stack, so fewer of them fit.
      let deep = String(repeating: "(", count: 40) + "g (n + 1)" + String(repeating: ")", count: 40)
      let nested = try #require(session.failure("define g n { \(deep) }\ng 0"))
      #expect(nested.message.contains("does not come to an end"), "\(nested.plainText)")
      #expect(try session.gather("1 + 1").results[0].text == "2")
    }

    @Test("of a file are used by name, and errors name file and line")
    func files() throws {
      let folder = try DataFolder()
      func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
      }
      #expect(try said("use \"mine.contrast\"\ntwice 21") == "42")
      #expect(try said("use \"mine.contrast\"\nhelp twice").contains("Twice x."))
      try write(
        "use \"mine.contrast\"\n\n# Four times.\ndefine four x {\n  twice (twice x)\n}\n", to: "more.contrast"
      )
      #expect(try said("use \"more.contrast\"", "four 2") == "8")
      let session = Session()
      try write("define bad x {\n  x + nothing\n}\n", to: "bad.contrast")
      try session.gather("use \"bad.contrast\"")
      let error = try #require(session.failure("y = 1\nbad 2"))
      #expect(
        error.message.contains("In `bad` (bad.contrast, line 2): `nothing` is not known"),
        "\(error.plainText)")
      #expect(error.line == 2)
      try write("define f x { x +* 2 }\n", to: "broken.contrast")
      let broken = try #require(session.failure("use \"broken.contrast\""))
      #expect(broken.message.contains("In broken.contrast, line 1:"), "\(broken.plainText)")
      try write("x = 3\n", to: "other.contrast")
      #expect(session.failure("use \"other.contrast\"")?.message.contains("holds nothing else") == true)
      try write("use \"b.contrast\"\n", to: "a.contrast")
      try write("use \"a.contrast\"\n", to: "b.contrast")
      #expect(session.failure("use \"a.contrast\"")?.message.contains("used by a file that it uses") == true)
    }

    @Test("draw anew in loops, and leave no name of theirs in `--set`")
    func loops() throws {
      let session = Session()
      try session.gather(
        "few = load shapes train=60 test=10 size=16\ndefine light x { (describe (sample x 5)).images[-6] }")
      let text = try session.gather("for i in 0..<3 { print \"{(light few.train):9}\" }").text
      #expect(Set(text.split(separator: "\n")).count == 3)
      #expect(Session.namesAssigned(in: ["define f x { inside = x }", "y = 1"]) == ["y"])
    }
  }
}
