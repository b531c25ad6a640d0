import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  @Suite("Commands")
  struct CommandsTests {
    @Test("the declarations agree with themselves")
    func vocabulary() {
      #expect(Verbs.vocabulary.problems() == [])
    }

    /// Examples that show nothing and give no name a value: what is so after them.
    private static let quiet: [String: @Sendable (Session) throws -> Bool] = [
      "add": { try $0.gather("[t.count, t.accuracy[0]]").results[0].text == "[1, 0.41]" },
      // What was claimed holds, or the cell would have failed.
      "check": { _ in true },
      "fail": { try $0.gather("few.count >= 100").results[0].text == "true" },
      "forget": { $0.workspace["x"] == nil },
      "seed": { $0.seed == 42 },
      "use": { try $0.value(of: "twice 4").text == "8" },
    ]

    @Test("every example of every help page runs, and shows something")
    func examples() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let examples = Verbs.vocabulary.examples
      #expect(Set(examples.map(\.command)) == Set(Verbs.all.map(\.name)))
      for (command, example) in examples {
        let place = "\(command): \(example.code)"
        let session = Session()
        if !example.setup.isEmpty { try session.gather(example.setup) }
        let shown = try session.gather(example.code)
        let rich = shown.shown + shown.results
        #expect(rich.allSatisfy { !$0.text.isEmpty }, "\(place)")
        let gives = try #require(Verbs.all.first { $0.name == command }).gives
        if gives == "figure" {
          let picture = try ComparedPicture(png: #require(rich.last?.png, "\(place)").bytes)
          #expect(picture.coloured > 500 && picture.grey > 500, "\(place) draws next to nothing")
        }
        guard rich.isEmpty && shown.text.isEmpty else { continue }
        // It says nothing: then it gives a name a value of the sort that help promises, or is among those known to be quiet.
        if let assigned = example.code.firstMatch(of: /(?:^|\n)(\w+) = [^\n]*$/) {
          let value = try #require(session.workspace[String(assigned.1)], "\(place)")
          let sorts = (gives ?? "").replacing(" or ", with: ", ").split(separator: ", ").map(String.init)
          #expect(sorts.contains(value.typeName), "\(place)")
          #expect(try !session.value(of: String(assigned.1)).text.isEmpty, "\(place)")
        } else {
          let holds = try #require(Self.quiet[command], "\(place) shows nothing")
          #expect(try holds(session), "\(place)")
        }
      }
    }

    @Test("every command has an example, a summary and a place in the manual")
    func documented() {
      let manual = Verbs.vocabulary.manual()
      for command in Verbs.all {
        #expect(!command.examples.isEmpty, "\(command.name)")
        #expect(manual.contains(command.name))
        for parameter in command.parameters {
          #expect(!parameter.summary.isEmpty, "\(command.name) \(parameter.name)")
        }
      }
    }

    @Test("the manual that is shipped is the one that the declarations make")
    func manual() throws {
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let shipped = try String(contentsOf: root.appendingPathComponent("docs/manual.md"), encoding: .utf8)
      #expect(
        shipped == Verbs.manual + "\n", "write it anew: .build/release/contrast manual > docs/manual.md")
    }

    @Test("highlighters know the words of the language")
    func words() throws {
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let path = "kernelspec/contrast_jupyter/vocabulary.json"
      let shipped = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
      #expect(
        shipped == Verbs.wordList + "\n", "write it anew: .build/release/contrast manual --words > \(path)")
    }

    @Test("what a view pulls and pushes: the derivative of its loss by each similarity")
    func pulls() throws {
      let session = Session()
      let shown = Gathered()
      _ = try session.run(
        cell: """
          views = pairs (load shapes train=20 test=10 size=16).train[0..<3]
          loss = ntxent views temperature=0.25
          print "{(loss.pulls[0].sum + 1):6}"
          print "{loss.pulls[0][3] - (1 - loss.probabilities[0][3]) / 0.25 + 1:6}"
          print "{(ntxent views temperature=0.25 loss=published).pulls[0].sum + 1:6}"
          print "{loss.pulls[0][1] + loss.probabilities[0][1] / 0.25 + 1:6}"
          """, console: shown)
      #expect(shown.text == "1.000000\n1.000000\n1.000000\n1.000000\n")
    }

    @Test("a command in a loop keeps one bar, two commands have one each, and clear begins anew")
    func bars() throws {
      let session = Session()
      session.progressDelay = .zero
      try session.gather(
        "few = (load shapes train=60 test=10 size=16).train\nmodel = simclr (cnn width=4 size=16)")
      let training = "train model on=few epochs=2 batch=30;"
      #expect(try session.gather(training).shown.count == 1)
      #expect(try session.gather("for k in 0..<2 { \(training) }").shown.count == 1)
      #expect(try session.gather("\(training)\n\(training)").shown.count == 2)
      #expect(try session.gather("for k in 0..<2 {\n clear\n \(training) }").shown.count == 2)
    }

    @Test("a softmax and its loss by hand, with exp and log")
    func arithmetic() throws {
      let session = Session()
      let shown = Gathered()
      _ = try session.run(
        cell: """
          weights = exp [0.9, 0.1, -0.3]
          loss = -(log (weights[0] / weights.sum))
          print (loss > 0.5599 and loss < 0.5600)
          print (exp (log [2, 8]))
          print (simclr (cnn width=4) augment=("paper")).temperature
          """, console: shown)
      #expect(shown.text.contains("true") && shown.text.contains("[2, 8]"), "\(shown.text)")
    }

    @Test("from pictures to a judged model: what the quickstart does, small")
    func wholePath() throws {
      let session = Session()
      let loaded = try session.gather("shapes = load shapes train=120 test=40 size=16\nshapes")
      #expect(loaded.results.first?.text == "shapes: 120 + 40 images of 16×16 pixels, 10 classes")
      #expect(loaded.results.first?.page?.contains("<img src=\"data:image/png;base64,") == true)
      let trained = try session.gather(
        """
        model = simclr (resnet18 size=16 width=4) head=[16, 8]
        train model on=shapes.train epochs=3 batch=40
        """)
      #expect(trained.results.count == 1)
      #expect(trained.results[0].text.contains("3 epochs"))
      let judged = try session.gather(
        """
        h = embed shapes.train with=model
        t = embed shapes.test with=model
        results = table
        for hidden in [0, 8] {
          c = classifier on=h hidden=hidden epochs=3
          add results hidden=hidden accuracy=(evaluate c on=t)
        }
        plot bars results x=hidden y=accuracy
        plot scatter (pca h)
        results
        """)
      #expect(judged.results.count == 3)
      #expect(judged.results[0].png != nil && judged.results[1].png != nil)
      #expect(judged.results[2].html?.contains("<table") == true)
      #expect(try session.gather("results.count").results[0].text == "2")
    }

    @Test("the same seed and the same commands give the same numbers")
    func reproducible() throws {
      let cell = """
        seed 7
        shapes = load shapes train=60 test=20 size=16
        model = simclr (resnet18 size=16 width=4) head=[8]
        train model on=shapes.train epochs=2 batch=30
        (embed shapes.test with=model)[0..<3].count
        model.history.steps
        """
      let first = try Session().gather(cell).results.last?.text
      #expect(first == (try Session().gather(cell).results.last?.text))
      #expect(first != (try Session().gather(cell.replacing("seed 7", with: "seed 8")).results.last?.text))
    }

    @Test("two models made from one encoder do not share it")
    func encodersAreNotShared() throws {
      let session = Session()
      try session.gather(
        """
        shapes = load shapes train=60 test=20 size=16
        e = resnet18 size=16 width=4
        a = simclr e head=[8]
        b = simclr e head=[8]
        train a on=shapes.train epochs=1 batch=30
        """)
      #expect(try session.gather("b.epochs").results[0].text == "0")
      #expect(try session.gather("a.epochs").results[0].text == "1")
    }

    @Test("a model that was saved and opened is the same, in another session")
    func savedAndOpened() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(
        """
        shapes = load shapes train=60 test=20 size=16
        model = simclr (resnet18 size=16 width=4) head=[8] augment=[crop, (flip chance=0.25)]
        train model on=shapes.train epochs=1 batch=30
        save model "m.safetensors"
        """)
      let other = Session()
      let cell = "describe (embed (load shapes train=60 test=20 size=16).test with=model)"
      try other.gather("model = open \"m.safetensors\"")
      #expect(try other.gather(cell).results[0].text == session.gather(cell).results[0].text)
      #expect(try other.gather("model").results[0].text == session.gather("model").results[0].text)
    }

    @Test("exports are written whole, in the format of their ending, and the folder is made")
    func exports() throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather(
        """
        t = table
        add t name="a, b" height=1
        add t name="c" height=2.5
        plot bars t x=name y=height
        export last "figures/new/bars.pdf" width=8.5
        export last "bars.svg"
        export last "bars.png" width=8 dpi=150
        export t "t.csv"
        """)
      func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))
      }
      #expect(try bytes("figures/new/bars.pdf").starts(with: Array("%PDF".utf8)))
      #expect(try bytes("bars.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(String(decoding: try bytes("bars.svg"), as: UTF8.self).contains("<svg"))
      #expect(String(decoding: try bytes("t.csv"), as: UTF8.self) == "name,height\n\"a, b\",1\nc,2.5\n")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".part") } == []
      )
    }

    @Test("a bar of one value has no error bar beside bars that have one")
    func errorBars() throws {
      let folder = try DataFolder()
      let session = Session()
      func strokes(_ rows: String) throws -> Int {
        // The bar of 100 keeps the axis, and so the lines of its grid, the same.
        try session.gather("t = table\n\(rows)\nadd t name=\"c\" height=100\nplot bars t x=name y=height")
        try session.gather("export last \"bars.svg\"")
        let drawn = try String(contentsOfFile: "\(folder.path)/bars.svg", encoding: .utf8)
        return drawn.components(separatedBy: "stroke-width").count
      }
      let (a, b) = ("add t name=\"a\" height=", "add t name=\"b\" height=")
      let none = try strokes("\(a)10\n\(b)20")
      let one = try strokes("\(a)10\n\(b)15\n\(b)25")
      let two = try strokes("\(a)5\n\(a)15\n\(b)15\n\(b)25")
      #expect(one > none && two - one == one - none)
    }

    @Test("shapes take the place of pictures that are not there, and a line says so")
    func missingPictures() throws {
      let folder = try DataFolder()
      let session = Session()
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/elsewhere", withIntermediateDirectories: true)
      let found = try session.gather("(load cifar10 missing=stop).name\n")
      #expect(found.results.map(\.text) == ["\"cifar10\""] && found.text == "")
      #expect(
        try session.gather("(load folder \"photos\" missing=shapes size=16).name").results[0].text
          == "\"photos\"")
      setenv("CONTRAST_DATA", "\(folder.path)/elsewhere", 1)
      let refused = try #require(session.failure("load cifar10 missing=stop"))
      #expect(refused.said.contains("missing=shapes"))
      let drawn = try session.gather(
        "data = load cifar10 missing=shapes\n[data.count, data.test.count, data.size]")
      #expect(drawn.results[0].text == "[50000, 10000, 32]")
      #expect(
        drawn.text
          == "There is no CIFAR-10 on this machine: 50,000 + 10,000 shapes of 32×32 pixels are drawn in its place.\n"
      )
      #expect(
        try session.gather("[data.name, data.test.name]").results[0].text == "[\"shapes\", \"shapes.test\"]")
      let holiday = try session.gather(
        "h = load folder \"holiday\" size=16 missing=shapes\n[h.count, h.test.count, h.size]")
      #expect(holiday.results[0].text == "[3000, 1000, 16]" && holiday.text.contains("no folder holiday"))
      let small = try #require(session.failure("load folder \"holiday\" size=8 missing=shapes"))
      #expect(small.said.contains("16"), "\(small.plainText)")
    }

    @Test("a folder that is not here is looked for where the data sets are; a path from the root is not")
    func folderOfData() throws {
      let folder = try DataFolder()
      let session = Session()
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/work", withIntermediateDirectories: true)
      #expect(FileManager.default.changeCurrentDirectoryPath("\(folder.path)/work"))
      #expect(
        try session.gather("(load folder \"photos\" size=16).classes").results[0].text == "[\"cat\", \"dog\"]"
      )
      #expect(session.failure("load folder \"/photos\"") != nil)
      #expect(session.failure("load folder \"work\"")?.said.contains("no images") == true)
    }

    @Test("how a folder was read stands where it is loaded, whatever becomes of the value")
    func folderNote() throws {
      let folder = try DataFolder()
      try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/photos/cat/notes.txt"))
      let session = Session()
      let text = try session.gather("photos = load folder \"photos\" size=16").text
      #expect(
        text.hasPrefix("photos has 2 classes (cat, dog), and 12 images, of which 2 (20 % of each class)"),
        "\(text)")
      #expect(text.contains("Left out: 1 file neither JPEG nor PNG: notes.txt."))
      #expect(try session.gather("describe (load folder \"photos\" size=16)").text.contains("Left out"))
      #expect(try session.gather("photos.note").results[0].text.contains("Left out"))
      #expect(try !session.gather("photos").results[0].text.contains("Left out"))
    }

    @Test("the clock goes forward, from the beginning of the process")
    func clock() throws {
      let session = Session()
      try session.gather("a = (clock)")
      usleep(20_000)
      #expect(
        try session.gather("b = clock\n[a >= 0, b - a >= 0.02, b - a < 60]").results[0].text
          == "[true, true, true]")
    }

    @Test("help, and a page for name?")
    func help() throws {
      let session = Session()
      let shown = try session.gather("help train")
      #expect(shown.results[0].text.contains("epochs"))
      #expect(shown.results[0].html != nil)
      let page = try session.run(cell: "train?", console: Gathered())
      #expect(page?.text.contains("batch") == true)
      #expect(session.complete("tra", at: 3).matches.map(\.text).contains("train"))
      #expect(
        session.complete("train m opt", at: 11).matches.map(\.text).contains { $0.hasPrefix("optimizer") })
      #expect(session.inspect("train", at: 3)?.text.contains("epochs") == true)
      #expect(session.completeness(of: "for i in 0..<3 {") == .incomplete(indent: "  "))
    }

    @Test("completion and inspection answer while a cell runs")
    func beside() throws {
      let session = Session()
      try session.gather(
        "shapes = load shapes train=200 test=20 size=16\nmodel = simclr (resnet18 size=16 width=4)")
      let thread = Thread {
        _ = session.failure("train model on=shapes.train epochs=100000 batch=50\nx = 1")
      }
      thread.start()
      let other = Session(sharing: session)
      while other.failure("check model.history.loss.count > 0") != nil { usleep(500) }
      for _ in 0..<200 {
        #expect(session.complete("train mo", at: 8).matches.map(\.text).contains("model"))
        #expect(session.inspect("model", at: 2) != nil)
        usleep(1000)
      }
      session.interrupt.request()
      while !thread.isFinished { usleep(1000) }
      #expect(session.workspace["x"] == nil)
      session.interrupt.clear()
      #expect(try session.gather("1 + 1").results[0].text == "2")
    }
  }
}
