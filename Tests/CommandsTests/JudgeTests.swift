import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  @Suite("Judging")
  struct JudgeTests {
    private static let setup = "shapes = load shapes train=300 test=100 size=16\n"

    private func number(_ cell: String, _ session: Session) throws -> Double {
      try #require(Double(session.gather(cell).results[0].text), "\(cell)")
    }

    @Test("several seeds give a mean, a spread and each accuracy")
    func seeds() throws {
      let session = Session()
      try session.gather(
        Self.setup + """
          c = classifier on=shapes.train hidden=8 epochs=3 seeds=3
          s = evaluate c on=shapes.test
          one = evaluate (classifier on=shapes.train hidden=8 epochs=3 seed=2) on=shapes.test
          t = table
          add t accuracy=s
          """)
      let each = try (0..<3).map { try number("s.accuracies[\($0)]", session) }
      let mean = each.reduce(0, +) / 3
      let spread = (each.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2).squareRoot()
      #expect(abs(try number("s.accuracy", session) - mean) < 1e-4)
      #expect(abs(try number("s.spread", session) - spread) < 1e-3)
      #expect(Set(each).count > 1)
      #expect(abs(try number("t.accuracy[0]", session) - mean) < 1e-4)
      // The third is the one that its own seed gives.
      #expect(abs(try number("one.accuracy", session) - each[2]) < 1e-6)
      let text = try session.gather("s").results[0].text
      #expect(text.contains(" ± ") && text.contains("3 seeds") && text.contains("taken for"), "\(text)")
      let written = try session.gather("\"{s:1%} {one:0%} {s.accuracy:2}\"").results[0].text
      let parts = [100 * mean, 100 * spread].map { String(format: "%.1f", $0) }
      #expect(
        written
          == "\"\(parts[0]) ± \(parts[1]) % \(String(format: "%.0f", 100 * each[2])) % \(String(format: "%.2f", mean))\""
      )
      #expect(try session.gather("c.seeds").results[0].text == "3")
    }

    @Test("the true class is found more often the more guesses are allowed")
    func topK() throws {
      let session = Session()
      try session.gather(
        Self.setup + """
          s = evaluate (classifier on=shapes.train hidden=0 epochs=3) on=shapes.test
          k = knn shapes.test among=shapes.train k=7
          """)
      for name in ["s", "k"] {
        let tops = try [1, 2, 5, 10].map { try number("\(name).top\($0)", session) }
        #expect(tops == tops.sorted() && tops[0] < tops[2], "\(tops)")
        #expect(try number("\(name).accuracy", session) == tops[0])
      }
      #expect(try number("s.top10", session) == 1)
      #expect(try session.gather("k.confusion").results[0].text.contains("10×10"))
      #expect(session.failure("s.top11") != nil)
    }

    @Test(
      "anything that is rows can be judged: classes are learned from it, and each row is its own nearest",
      // Chance is 0.1; far fewer numbers than a picture has, or a network that was never trained, leave less to learn from.
      arguments: [
        ("shapes.train", 0.8), ("(embed shapes.train with=m)", 0.2),
        ("(pca shapes.train components=4)", 0.15),
        ("(tsne few)", 0.12),
      ])
    func inputs(rows: String, least: Double) throws {
      let session = Session()
      try session.gather(
        Self.setup + """
          m = simclr (cnn width=4 size=16) head=[8]
          few = sample shapes.train 100 balanced=true
          r = \(rows)
          s = evaluate (classifier on=r hidden=16 epochs=40 batch=20) on=r
          own = knn r among=r k=1
          predicted = s.predictions
          truth = r.labels
          """)
      func texts(_ name: String) throws -> [String] {
        try #require(session.workspace[name] as? List).values.map { try #require($0 as? Text).text }
      }
      let (predicted, truth) = (try texts("predicted"), try texts("truth"))
      #expect(predicted.count == truth.count && truth.count >= 100 && Set(truth).count == 10)
      let share = Double(zip(predicted, truth).count { $0 == $1 }) / Double(truth.count)
      let accuracy = try number("s.accuracy", session)
      #expect(abs(accuracy - share) < 1e-5 && accuracy > least)
      #expect(try number("s.top5", session) > accuracy)
      #expect(try number("s.top10", session) == 1)
      #expect(try number("own.accuracy", session) == 1)
    }

    @Test("classes that are chosen are all classes there are, everywhere")
    func chosenClasses() throws {
      let session = Session()
      try session.gather(
        Self.setup + "two = shapes[[\"star\", \"ring\"]]\nm = simclr (cnn width=4 size=16) head=[8]")
      for (cell, word) in [
        ("two", "of 16×16 pixels, 2 classes"), ("two.test.classes", "[\"ring\", \"star\"]"),
        ("shapes.train[\"star\"].classes", "[\"star\"]"),
        ("(embed shapes.test with=m)[\"ring\"].classes", "[\"ring\"]"),
        ("shapes.train[0..<5].classes", "checker"),
        ("knn two.test among=two.train k=3", "accuracy"), ("knn two.test among=shapes.train k=3", "accuracy"),
        ("(knn two.test among=two.train k=3).confusion", "2×2"),
        ("evaluate (classifier on=two.train hidden=0 epochs=1) on=two.test", "ring"),
        ("evaluate (classifier on=shapes.train hidden=0 epochs=1) on=two.test", "accuracy"),
        ("train m on=two.train batch=8 epochs=1 watch=[knn] test=two.test\nm", "epoch"),
        ("plot scatter (pca two.train)", "ring"),
      ] {
        let text = try session.gather(cell).results[0].text
        #expect(text.contains(word), "\(cell)\n\(text)")
      }
      let rows = try session.gather("describe two").results[0].text
      #expect(rows.contains("ring") && rows.contains("star") && !rows.contains("cross"))
    }

    @Test("a class that is not in what is learned is told, and counts as wrong where it is judged")
    func unseenClass() throws {
      let session = Session()
      try session.gather(Self.setup + "few = shapes.train[0..<4]")
      let learned = try session.gather("c = classifier on=few hidden=0 epochs=1").text
      #expect(learned.contains("has no image of") && learned.contains("balanced=true"), "\(learned)")
      let judged = try session.gather("s = evaluate c on=shapes.test").text
      #expect(judged.contains("are of") && judged.contains("count as wrong"), "\(judged)")
      #expect(try number("s.accuracy", session) < 1)
      #expect(try session.gather("evaluate c on=few").text.isEmpty)
    }

    @Test("what cannot be judged is said in one sentence, at its place")
    func refused() throws {
      let folder = try DataFolder()
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/plain", withIntermediateDirectories: true)
      for number in 0..<6 {
        try FileManager.default.copyItem(
          atPath: "\(folder.path)/photos/cat/\(number).png", toPath: "\(folder.path)/plain/\(number).png")
      }
      let session = Session()
      try session.gather(
        Self.setup + """
          plain = load folder "plain" size=16
          photos = load folder "photos" size=16
          c = classifier on=shapes.train hidden=4 epochs=1
          """)
      for (cell, word) in [
        ("classifier on=plain", "no labels"), ("evaluate c on=plain", "no labels"),
        ("knn plain among=shapes.train", "no labels"), ("knn shapes.test among=plain", "no labels"),
        ("evaluate c on=photos", "classes"), ("knn photos among=shapes.train", "classes"),
        ("classifier on=shapes.train[0..<1]", "single class"),
        ("classifier on=shapes.train[\"star\"]", "single class"),
        (
          "evaluate (classifier on=shapes.train[[\"star\", \"ring\"]] epochs=1) on=shapes.test",
          "images[[\"ring\", \"star\"]]"
        ),
        ("classifier on=shapes.train seeds=0", "seeds"),
        ("classifier on=shapes.train[0..<0]", "no images"),
      ] {
        let error = try #require(session.failure(cell), "\(cell) was accepted")
        #expect(error.said.contains(word), "\(cell)\n\(error.plainText)")
        #expect(error.plainText.contains("^"), "\(error.plainText)")
      }
    }
  }
}
