import Commands
import Foundation
import FrontEnd
import Language
import Testing

extension TestsInOneFolder {
  /// What happens between two keys: completion, inspection, and whether a cell is done.
  @Suite("Typing")
  struct TypingTests {
    private func session(_ cell: String) throws -> Session {
      let session = Session()
      try session.gather(cell)
      return session
    }

    /// Code with `|` at the cursor.
    private func complete(_ marked: String, in session: Session) -> Completion {
      let parts = marked.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
      return session.complete(parts.joined(), at: parts[0].unicodeScalars.count)
    }

    @Test(
      "every place of every example is answered within bounds, also with letters of other alphabets around")
    func everyPlace() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      var helps = 0
      var offers = 0
      for (command, example) in Verbs.vocabulary.examples {
        let session = Session()
        if !example.setup.isEmpty { _ = try session.run(cell: example.setup, console: Gathered()) }
        for code in [example.code, "größe = \"👩‍👩‍👧 {1 + 1}\"; " + example.code] {
          let length = code.unicodeScalars.count
          for cursor in -1...(length + 1) {
            let found = session.complete(code, at: cursor)
            let bounds = 0...length
            #expect(
              bounds.contains(found.start) && bounds.contains(found.end) && found.start <= found.end,
              "\(command): \(code) at \(cursor)")
            #expect(found.matches.allSatisfy { !$0.text.isEmpty && !$0.type.isEmpty }, "\(code) at \(cursor)")
            offers += found.matches.count
            if let help = session.inspect(code, at: cursor) {
              helps += 1
              #expect(!help.text.isEmpty && help.html?.hasPrefix("<div") == true, "\(code) at \(cursor)")
            }
          }
        }
      }
      #expect(helps > 1000 && offers > 10_000)
    }

    /// 0 for a cell that runs, 1 for one that needs more, 2 for one that is wrong.
    private func rank(_ code: String, _ session: Session) -> Int {
      switch session.completeness(of: code) {
      case .complete: 0
      case .incomplete: 1
      case .invalid, .unknown: 2
      }
    }

    @Test("what is offered at the end of a word, put in, leaves the cell as whole as it was")
    func offersParse() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      for (_, example) in Verbs.vocabulary.examples {
        let session = Session()
        if !example.setup.isEmpty { _ = try session.run(cell: example.setup, console: Gathered()) }
        let scalars = Array(example.code.unicodeScalars)
        func text(_ part: ArraySlice<Unicode.Scalar>) -> String {
          String(String.UnicodeScalarView(part))
        }
        // What stands to the left of each place, with every offer put in.
        for cursor in 0...scalars.count where cursor == scalars.count || !isWord(scalars[cursor]) {
          let head = text(scalars[..<cursor])
          let found = session.complete(head, at: cursor)
          let before = rank(head, session)
          for match in found.matches {
            var offer = match.text
            // What an offer leaves open is for the person to fill in.
            if offer.hasSuffix("=") { offer += "1" }
            if offer.hasPrefix("(") { offer += ")" }
            // A verb that has only kinds needs its second word.
            if match.type == "function", rank(offer, session) == 2,
              let kind = session.complete(offer + " ", at: offer.count + 1).matches.first
            {
              offer += " " + kind.text
            }
            let after = text(scalars[..<found.start]) + offer
            let now = rank(after, session)
            #expect(now <= max(before, 1), "\(head) → \(after)")
          }
        }
      }
    }

    private func isWord(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
    }

    @Test("classes are offered where pictures are chosen by class, columns where a table is asked for one")
    func classes() throws {
      let session = try session(
        "shapes = load shapes train=60 test=20 size=16\nt = table batch=[16, 32] \n"
          + "h = pca shapes.test components=4\nu = (describe shapes)")
      let all = try session.gather("shapes.classes.count").results[0].text
      for code in [
        "shapes[\"|", "shapes.train[\"|\"]", "h[\"|", "shapes[|", "shapes[[\"|", "x = shapes[[\"star\", \"|",
      ] {
        let classes = complete(code, in: session).matches.filter { $0.type == "class" }
        #expect("\(classes.count)" == all, "\(code)")
      }
      #expect(complete("shapes.train[\"st|", in: session).matches.map(\.text).contains("star"))
      #expect(complete("shapes.train[st|", in: session).matches.map(\.text).contains("\"star\""))
      #expect(complete("u[\"tr|", in: session).matches.map(\.text) == ["train"])
      #expect(complete("plot bars t x=|", in: session).matches.first?.text == "batch")
      // An option whose sign stands there already.
      #expect(complete("sample shapes see|=3", in: session).matches.map(\.text) == ["seed"])
    }

    @Test(
      "pictures, rows and columns are chosen by name, and a name nearly right is answered with the right one")
    func chosenByName() throws {
      let session = try session(
        "shapes = load shapes train=100 test=20 size=16\nh = pca shapes.train components=4\nt = describe shapes"
      )
      #expect(try session.gather("shapes.train[\"star\"].labels[0]").results[0].text == "\"star\"")
      #expect(
        try session.gather(
          "shapes.train[[\"star\", \"ring\"]].count == shapes.train[\"star\"].count + shapes.train[\"ring\"].count"
        )
        .results[0].text == "true")
      #expect(
        try session.gather("h[\"star\"].count == shapes.train[\"star\"].count").results[0].text == "true")
      #expect(try session.gather("t[\"train\"].count").results[0].text == "17")
      #expect(try session.gather("t[[\"train\", \"test\"]][0..<3].count").results[0].text == "3")
      for (code, advice) in [
        ("shapes[\"stra\"]", "Did you mean `star`?"), ("t[\"tran\"]", "Did you mean `train`?"),
        ("plot bars t x=trian y=test", "Did you mean `train`?"), ("forget shaps", "Did you mean `shapes`?"),
        ("shapes.trian", "Did you mean `train`?"), ("shaps", "Did you mean `shapes`?"),
        ("load shape", "Did you mean `load shapes`?"), ("smple shapes 3", "Did you mean `sample`?"),
        ("pca shapes componets=3", "Did you mean `components`?"),
        ("load shapes difficulty=esy", "Did you mean `easy`?"),
      ] {
        let error = try #require(session.failure(code), "\(code)")
        #expect(error.said.contains(advice), "\(error.plainText)")
        #expect(error.plainText.contains("^"))
      }
    }

    @Test("paths: what fits comes first, and one that does not exist is answered with the nearest there is")
    func paths() throws {
      let folder = try DataFolder()
      let files = FileManager.default
      for name in ["model.safetensors", "notes.txt", "my model.safetensors"] {
        _ = files.createFile(atPath: "\(folder.path)/\(name)", contents: nil)
      }
      let session = Session()
      let models = complete("m = open \"|", in: session).matches.map(\.text)
      #expect(
        models == [
          "model.safetensors", "my model.safetensors", "cifar-10-batches-bin/", "cifar-100-python/", "mnist/",
          "photos/",
          "stl10_binary/",
        ])
      #expect(complete("open \"my m|\"", in: session).matches.map(\.text) == ["my model.safetensors"])
      #expect(complete("open \"no|", in: session).matches.map(\.text) == ["notes.txt"])
      #expect(
        complete("load folder \"|", in: session).matches.map(\.text) == [
          "cifar-10-batches-bin/", "cifar-100-python/", "mnist/", "photos/", "stl10_binary/",
        ])
      #expect(complete("load folder \"photos/|", in: session).matches.map(\.text) == ["cat/", "dog/"])
      #expect(complete("load folder \"PHO|", in: session).matches.map(\.text) == ["photos/"])
      #expect(complete("load folder \"~|", in: session).matches.map(\.text) == ["~/"])
      for (code, advice) in [
        ("load folder \"potos\"", "Did you mean \"photos\"?"),
        ("open \"model\"", "Did you mean \"model.safetensors\"?"),
        ("load folder \"photo/cat\"", "Did you mean \"photos/cat\"?"),
        ("load idx \"minst\"", "Did you mean \"mnist\"?"),
        ("open \"Model.safetensors\"", "Did you mean \"model.safetensors\"?"),
      ] {
        let error = try #require(session.failure(code))
        #expect(error.said.contains(advice), "\(error.plainText)")
      }
    }

    @Test("Shift-Tab on a name shows its line and a small picture")
    func thumbnails() throws {
      let session = try session(
        "shapes = load shapes train=60 test=20 size=16\nh = pca shapes.test components=2\nf = plot scatter h\nx = 3"
      )
      for name in ["shapes", "h", "f"] {
        let help = try #require(session.inspect(name, at: 1))
        let html = try #require(help.html)
        #expect(html.contains("<img src=\"data:image/png;base64,"), "\(name)")
        #expect(html.utf8.count < 200_000)
        #expect(!help.text.contains("base64"))
      }
      let train = try #require(session.inspect("show shapes.train", at: 14))
      #expect(train.text.hasPrefix("shapes.train: images: "))
      #expect(train.text.contains("`shapes.train[\""))
      #expect(session.inspect("x", at: 0)?.html?.contains("<img") == false)
    }

    @Test(
      "a cell is done, needs more, or is wrong",
      arguments: [
        ("x = 1", .complete), ("for i in 0..<3 {", .incomplete(indent: "  ")),
        ("for i in 0..<3 {\n  if i > 1 {", .incomplete(indent: "    ")),
        ("for i in 0..<3 {\n  if i > 1 {\n  }", .incomplete(indent: "  ")),
        ("x = [1,", .incomplete(indent: "  ")),
        ("x = 2 +", .incomplete(indent: "")), ("train model", .incomplete(indent: "  ")),
        ("time train model", .incomplete(indent: "  ")), ("h = embed few", .incomplete(indent: "  ")),
        ("train model\n", .complete), ("train model\n  on=few", .complete), ("embed few;", .complete),
        ("lod shapes", .invalid), ("x = )", .invalid),
      ] as [(String, Completeness)])
    func readiness(code: String, expected: Completeness) {
      #expect(Session().completeness(of: code) == expected, "\(code)")
    }
  }
}
