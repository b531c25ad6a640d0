import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  @Suite("Watching a training")
  struct WatchCommandTests {
    private static let setup = """
      shapes = load shapes train=120 test=40 size=16
      model = simclr (cnn width=4 size=16) head=[16, 8]
      """

    @Test("every monitor gives its numbers at each epoch, as members, columns and panels")
    func monitors() throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather(
        Self.setup + """

          train model on=shapes.train epochs=2 batch=40 test=shapes.test held=60 \
            watch=[knn, probe, alignment, uniformity, spread, rank, positives]
          export model.history "h.csv"
          """)
      let csv = try String(contentsOfFile: "\(folder.path)/h.csv", encoding: .utf8)
      let lines = csv.split(separator: "\n")
      #expect(
        lines[0]
          == "epoch,loss,top-1,knn,probe,alignment,uniformity,spread,rank,positives_top1,positives_top5,"
          + "positives_rank,rate,seconds,images/s")
      #expect(lines.count == 4)
      #expect(lines[1].hasPrefix("0,,,0."))
      func number(_ cell: String) throws -> Double {
        try #require(Double(session.gather(cell).results[0].text.replacing("−", with: "-")), "\(cell)")
      }
      #expect(try number("model.history.knn.count") == 3)
      // Members are the columns; `MonitorValuesTests` knows what the numbers should be.
      for (name, cell) in zip(
        lines[0].split(separator: ","), lines[3].split(separator: ",", omittingEmptySubsequences: false))
      where ["knn", "probe", "alignment", "uniformity", "spread", "rank", "positives_top1"].contains(name) {
        let column = try #require(Double(cell), "\(name)")
        #expect(try abs(number("model.history.\(name).last") - column) < 1e-4, "\(name)")
      }
      let figure = try session.gather("plot history model").results[0]
      #expect(figure.png?.alt.contains("positives top-1") == true, "\(figure.text)")
      #expect(figure.png?.alt.contains("10 panels") == true, "\(figure.png?.alt ?? "")")
      let some = try session.gather("plot history model y=[loss, positives]").results[0]
      #expect(some.png?.alt.contains("4 panels") == true)
      #expect(try session.gather("model").results[0].text.contains("measured"))
      #expect(try session.gather("model.history").results[0].text.contains("knn"))
    }

    @Test("watching changes no number of the training; a model of a file keeps what was measured")
    func changesNothing() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let (plain, watched) = (Session(), Session())
      let train = "\ntrain model on=shapes.train epochs=2 batch=40"
      try plain.gather(Self.setup + train)
      try watched.gather(Self.setup + train + " watch=[knn, positives]\nsave model \"m.safetensors\"")
      #expect(
        try plain.gather("model.history.steps").results[0].text
          == watched.gather("model.history.steps").results[0].text)
      try plain.gather("export (embed shapes.test with=model) \"plain.npy\"")
      try watched.gather("export (embed shapes.test with=model) \"watched.npy\"")
      let bytes = try ["plain", "watched"].map {
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0).npy"))
      }
      #expect(bytes[0] == bytes[1])
      let other = Session()
      try other.gather("m = open \"m.safetensors\"")
      #expect(
        try other.gather("m.history.knn").results[0].text
          == watched.gather("model.history.knn").results[0].text)
      #expect(
        try other.gather("m.history").results[0].text == watched.gather("model.history").results[0].text)
    }

    @Test("what cannot be watched is said before any work")
    func refused() throws {
      let folder = try DataFolder()
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/plain", withIntermediateDirectories: true)
      for number in 0..<6 {
        try FileManager.default.copyItem(
          atPath: "\(folder.path)/photos/cat/\(number).png", toPath: "\(folder.path)/plain/\(number).png")
      }
      let session = Session()
      try session.gather(Self.setup + "\nplain = load folder \"plain\" size=16")
      for (cell, word) in [
        ("train model on=plain epochs=1 batch=4 watch=[knn]", "needs labels"),
        ("train model on=shapes.train epochs=1 batch=40 watch=[probe] test=plain", "has none"),
        ("train model on=shapes.train epochs=1 batch=40 watch=[alignment] test=shapes.test", "knn and probe"),
        ("train model on=shapes.train epochs=1 batch=40 watch=[knm]", "knn"),
        ("train model on=shapes.train epochs=1 batch=40 watch=[knn] held=2", "held"),
        ("plot history model", "not trained"),
        ("step model on=shapes.train batch=1", "batch"), ("step model on=shapes.train batch=121", "data"),
        ("step model on=shapes.train rate=1e38", "rate"),
      ] {
        let error = try #require(session.failure(cell), "\(cell) was accepted")
        #expect(error.said.contains(word), "\(cell)\n\(error.plainText)")
        #expect(error.plainText.contains("^"), "\(error.plainText)")
      }
      #expect(try session.gather("model.epochs").results[0].text == "0")
      try session.gather("train model on=shapes.train epochs=1 batch=40 watch=[uniformity]")
      let error = session.failure("plot history model y=[knn]")
      #expect(
        error?.said.contains("uniformity") == true && error?.said.contains("watch=[knn]") == true)
    }

    @Test("a step shows its numbers and is one step")
    func step() throws {
      let session = Session()
      try session.gather(Self.setup + "\ns = step model on=shapes.train batch=4")
      let shown = try session.gather("s").results[0]
      #expect(shown.text.contains("[8, 16, 16, 3]") && shown.text.contains("[8, 8]"), "\(shown.text)")
      #expect(shown.text.contains("chance is ln(2·4 − 1) = 1.946"), "\(shown.text)")
      #expect(shown.page?.contains("<img") == true)
      #expect(try session.gather("s.pairs.count").results[0].text == "4")
      #expect(try session.gather("s.views.count").results[0].text == "8")
      #expect(try session.gather("s.similarities").results[0].text.contains("8×8"))
      #expect(try session.gather("s.parts.count").results[0].text == "2")
      #expect(try session.gather("model.history.steps.count").results[0].text == "1")
      #expect(
        try session.gather("s.loss").results[0].text
          == session.gather("model.history.steps[0]").results[0].text)
      // A curve of steps alone.
      try session.gather("step model on=shapes.train batch=4")
      #expect(try session.gather("plot loss model").results[0].png?.alt.contains("Step") == true)
    }

    @Test("lines of several models are called as the models were")
    func lineNames() throws {
      let session = Session()
      try session.gather(
        Self.setup + """

          train model on=shapes.train epochs=1 batch=60
          other = supervised (cnn width=4 size=16)
          train other on=shapes.train epochs=1 batch=60
          runs = [model, other]
          """)
      for (what, names) in [
        ("model other", ["model", "other"]), ("runs[0] (runs[-1])", ["runs[0]", "runs[-1]"]),
        ("model.history other.history", ["model.history", "other.history"]),
        ("model models=other", ["model", "other"]), ("model model", ["model 1", "model 2"]),
      ] {
        for verb in ["plot loss", "plot history"] {
          let text = try session.gather("\(verb) \(what)").results[0].text
          for name in names { #expect(text.contains(name), "\(verb) \(what): \(text)") }
        }
      }
    }
  }
}
