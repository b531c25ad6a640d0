import Commands
import Foundation
import FrontEnd
import Testing

extension TestsInOneFolder {
  @Suite("train keep=")
  struct KeepCommandTests {
    private static let setup = """
      few = load shapes train=48 test=10 size=16
      model = simclr (cnn width=4 size=16) head=[8]
      """
    private static let file = "runs/night.safetensors"
    private static let cell = "train model on=few epochs=3 batch=16 keep=\"\(file)\" every=\"1 step\""

    private func session() throws -> Session {
      let session = Session()
      try session.gather(Self.setup)
      return session
    }

    /// A session whose training was interrupted half-way, and the error.
    private func stopped(_ cell: String = Self.cell) throws -> (Session, CellError) {
      let counting = try session()
      let all = 1 << 40
      counting.interrupt.request(afterLooks: all)
      try counting.gather(cell)
      let looks = all - counting.interrupt.looksLeft
      try FileManager.default.removeItem(atPath: Self.file)
      let stopped = try session()
      stopped.interrupt.request(afterLooks: looks / 2)
      let error = try #require(stopped.failure(cell))
      stopped.interrupt.clear()
      return (stopped, error)
    }

    private func shown(_ cell: String, _ session: Session) throws -> String {
      try session.gather(cell).results.map(\.text).joined(separator: "\n")
    }

    @Test(
      "the cell run again goes on, here and in a new kernel, says so, and the end is that of a training never stopped"
    )
    func goesOn() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let whole = try session()
      try whole.gather("train model on=few epochs=3 batch=16")
      let (same, error) = try stopped()
      #expect(error.isInterrupt)
      #expect(error.message.firstMatch(of: /^Training stopped after [1-8] of 9 steps\.$/) != nil)
      #expect(
        error.advice
          == "Run the cell again, here or in a new kernel: it goes on as runs/night.safetensors stands.")
      try FileManager.default.copyItem(atPath: Self.file, toPath: "half.safetensors")
      for session in [same, try session()] {
        try? FileManager.default.removeItem(atPath: Self.file)
        try FileManager.default.copyItem(atPath: "half.safetensors", toPath: Self.file)
        let said = try session.gather(Self.cell).text
        #expect(
          said.firstMatch(
            of: /^continues at epoch [123] of 3, kept \d+\.\d s ago in runs\/night\.safetensors\n$/) != nil,
          "\(said)")
        for value in ["model.history.steps", "model.history.loss", "(embed few with=model)"] {
          #expect(try shown(value, session) == shown(value, whole), "\(value)")
        }
        let again = try session.gather(Self.cell).text
        #expect(
          again.firstMatch(
            of:
              /^finished already: 3 epochs, kept \d+\.\d s ago in runs\/night\.safetensors; fresh=true trains anew\n$/
          )
            != nil, "\(again)")
      }
      // What was kept opens, whole or half-way, and can be gone on with by name.
      let other = try session()
      try other.gather("model = open \"half.safetensors\"")
      #expect(try shown("model", other).contains("of 9 steps"))
      try other.gather("train model on=few epochs=3 batch=16 keep=\"half.safetensors\"")
      #expect(try shown("(embed few with=model)", other) == shown("(embed few with=model)", whole))
    }

    @Test("a longer plan extends a finished one, and says by what schedule")
    func longer() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      try session().gather("train model on=few epochs=1 batch=16 keep=\"a\" warmup=1 rate=0.01")
      let said = try session().gather("train model on=few epochs=3 batch=16 keep=\"a\" warmup=1 rate=0.01")
        .text
      #expect(
        said
          == "extends a finished training of 1 epoch to 3: over the further 2 the learning rate begins anew at 0.01 after warmup=1 and "
          + "falls along half a cosine to 0, with a fresh optimiser, as a second train would have it\n")
    }

    @Test("another training is refused by all that differs, and what to do is said")
    func refused() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      _ = try stopped()
      func error(_ cell: String, _ setup: String = "") throws -> CellError {
        let session = try session()
        if !setup.isEmpty { try session.gather(setup) }
        let before = try Data(contentsOf: URL(fileURLWithPath: Self.file))
        let error = try #require(session.failure(cell), "\(cell)")
        #expect(error.underlined(in: cell).hasPrefix("\"\(Self.file)\""), "\(error.plainText)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: Self.file)) == before)
        return error
      }
      let plan = try error(Self.cell + " rate=0.01 optimizer=sgd seed=4")
      #expect(
        plan.message == "runs/night.safetensors keeps another training: `rate` is 0.001 there and 0.01 here; "
          + "`optimizer` is adam there and sgd here; `seed` is 0 there and 4 here.")
      #expect(
        plan.advice
          == "Give all as it was there; or name another file; or begin anew and write over it: fresh=true.")
      let longer = try error(Self.cell.replacing("epochs=3", with: "epochs=4"))
      #expect(longer.message.hasSuffix("`epochs` is 3 there and 4 here."))
      #expect(
        longer.advice?.hasPrefix("Let it come to its end with epochs=3 first, and then extend it; or") == true
      )
      let images = try error(Self.cell, "few = load shapes train=40 test=10 size=16")
      #expect(images.message.hasSuffix("there it has 48 images, and here 40 images."))
      let model = try error(Self.cell, "model = simclr (cnn width=5 size=16) head=[8] temperature=0.1")
      #expect(
        model.message.hasSuffix(
          "the network's width is 4 there and 5 here; the method's temperature is 0.5 there and 0.1 here."))
      let seed = try error(Self.cell, "model = simclr (cnn width=4 size=16) head=[8] seed=9")
      #expect(seed.message.hasSuffix("the model has other weights here than when that began."))
      #expect(seed.advice?.hasPrefix("Make the model anew, as it was made before that training; or") == true)
      let trained = try error(Self.cell, "train model on=few epochs=1 batch=16")
      #expect(trained.message.hasSuffix("the model has learned here what it had not when that began."))
      // fresh=true begins anew.
      #expect(try session().gather(Self.cell + " rate=0.01 fresh=true").text == "")
      // What `save` wrote is no training.
      try session().gather("save model \"\(Self.file)\"")
      #expect(
        try error(Self.cell).message
          == "\(Self.file) holds no training to go on with: another command or program wrote it.")
    }

    @Test(
      "a file that is cut anywhere or changed is one clear error, and stays as it is")
    func damaged() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      _ = try stopped()
      let good = try Data(contentsOf: URL(fileURLWithPath: Self.file))
      let session = try session()
      func error(_ bytes: Data) throws -> CellError {
        try bytes.write(to: URL(fileURLWithPath: Self.file))
        let error = try #require(session.failure(Self.cell))
        #expect(error.underlined(in: Self.cell).hasPrefix("\"\(Self.file)\""), "\(error.plainText)")
        #expect(
          error.advice?.contains("fresh=true begins anew and writes over it.") == true, "\(error.plainText)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: Self.file)) == bytes)
        return error
      }
      for percent in 0..<100 {
        let cut = try error(good.prefix(good.count * percent / 100))
        #expect(
          cut.message.hasPrefix("\(Self.file) is not a safetensors file, or is damaged: "), "\(cut.message)")
      }
      var flipped = good
      flipped[good.count - 3] ^= 1
      #expect(
        try error(flipped).message
          == "\(Self.file) is damaged: its bytes are not those that were written, as its checksum tells.")
      #expect(session.failure("open \"\(Self.file)\"")?.message.contains("as its checksum tells") == true)
    }

    @Test("options that stand alone, or make no sense, say what to type")
    func options() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = try session()
      let train = "train model on=few epochs=1 batch=16"
      for (options, message, advice, place) in [
        (
          "every=\"1 h\"", "`every` is of a training that is kept in a file, and no file is named.",
          "Add keep=\"runs/night.safetensors\", or leave out every=.", "\"1 h\""
        ),
        (
          "best=knn", "`best` is of a training that is kept in a file, and no file is named.",
          "Add keep=\"runs/night.safetensors\", or leave out best=.", "knn"
        ),
        (
          "keep=\"a\" resume=true", "A training that is kept goes on by itself.",
          "Leave out resume=true, and give the plan as it was.", "true"
        ),
        (
          "keep=\"a\" best=map", "A map is no number, so no epoch has the best.",
          "Try best=knn, or best=alignment without labels.", "map"
        ),
      ] {
        let cell = "\(train) \(options)"
        let error = try #require(session.failure(cell), "\(options)")
        #expect(error.message == message && error.advice == advice, "\(error.plainText)")
        #expect(error.underlined(in: cell) == place, "\(error.plainText)")
      }
      for every in [
        "\"\"", "\"min\"", "\"5\"", "\"0 min\"", "\"2.5 epochs\"", "\"1 week\"", "300", "\"1e9 h\"",
        "\"-1 h\"",
      ] {
        let error = try #require(session.failure("\(train) keep=\"a\" every=\(every)"), "\(every)")
        #expect(error.message.contains("every"), "\(error.plainText)")
      }
      #expect(!FileManager.default.fileExists(atPath: "a"))
      let unit = try #require(session.failure("\(train) keep=\"a\" every=5min"))
      #expect(unit.said.contains("\"5min\""), "\(unit.plainText)")
      try session.gather("\(train) keep=\"a\" every=\"5min\"")
      try FileManager.default.createDirectory(atPath: "folder", withIntermediateDirectories: true)
      let isFolder = try #require(session.failure("\(train) keep=\"folder\""))
      #expect(
        isFolder.message == "Cannot write folder: Is a directory."
          && isFolder.advice == "Name a file, not a folder.")
    }

    @Test("the best epoch is opened by best=true, and what has none says so")
    func best() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = try session()
      try session.gather(
        "train model on=few epochs=3 batch=16 keep=\"a\" best=knn\nbest = open \"a\" best=true\nlast = open \"a\""
      )
      #expect(try shown("model.history.knn", session).count > 5)
      #expect(try Int(shown("best.epochs", session)).map { (1...3).contains($0) } == true)
      try session.gather("train model on=few epochs=1 batch=16 keep=\"runs/b\"")
      let error = try #require(session.failure("open \"runs/b\" best=true"))
      #expect(error.message == "runs/b has no weights of a best epoch.", "\(error.plainText)")
      let into = try #require(session.failure("open \"a\" into=model best=true"))
      #expect(into.advice == "Leave out into=.", "\(into.plainText)")
    }

    @Test("a loop goes on with the turn that it was in")
    func loop() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let cell = """
        for rate in [0.1, 0.01, 0.001] {
          model = simclr (cnn width=4 size=16) head=[8]
          train model on=few epochs=2 batch=16 rate=rate keep="runs/{rate}.safetensors"
        }
        """
      let whole = try session()
      let all = 1 << 40
      whole.interrupt.request(afterLooks: all)
      try whole.gather(cell)
      let looks = all - whole.interrupt.looksLeft
      whole.interrupt.clear()
      try FileManager.default.removeItem(atPath: "runs")
      let stopped = try session()
      stopped.interrupt.request(afterLooks: looks / 2)
      #expect(stopped.failure(cell)?.isInterrupt == true)
      stopped.interrupt.clear()
      let again = try session()
      let said = try again.gather(cell).text.split(separator: "\n")
      #expect(
        said.count == 2 && said[0].hasPrefix("finished already: 2 epochs")
          && said[1].hasPrefix("continues at epoch"), "\(said)")
      #expect(try shown("(embed few with=model)", again) == shown("(embed few with=model)", whole))
    }
  }
}
