import Commands
import Foundation
import Language
import Testing

@Suite("Supervised models in cells")
struct SupervisedCommandTests {
  private static let setup = """
    shapes = load shapes train=120 test=40 size=16
    m = supervised (cnn width=4 size=16) augment=crop
    c = simclr (cnn width=4 size=16) head=[8]

    """

  @Test("are trained, watched, embedded, plotted, measured and evaluated as other models are")
  func uses() throws {
    let session = Session()
    let card = try session.gather(Self.setup + "m").results[0].text
    #expect(card.contains("Supervised model") && card.contains("cross entropy"), "\(card)")
    try session.gather("train m on=shapes epochs=2 batch=24 watch=[knn, probe, rank, alignment]")
    for (cell, words) in [
      ("m", ["Supervised model", "2 epochs", "star"]),
      ("step m on=shapes batch=8", ["loss after it", "similarity", "top-1"]), ("m.classes", ["star"]),
      ("evaluate m on=shapes.test", ["supervised cnn on", "accuracy", "40 images"]),
      ("embed shapes.test with=m output=z", ["40 rows of 10 numbers"]),
      ("plot loss m", ["chance", "Cross entropy"]), ("plot network m", ["cross entropy"]),
      ("measure m on=shapes.test", ["alignment"]), ("plot history m", ["knn"]),
      ("knn (embed shapes.test with=m) among=(embed shapes.train with=m)", ["accuracy"]),
    ] {
      let text = try session.gather(cell).results[0].text
      for word in words { #expect(text.contains(word), "\(cell)\n\(text)") }
    }
  }

  @Test("what they cannot do is said in one sentence, at its place, with what to type instead")
  func refused() throws {
    let session = Session()
    try session.gather(Self.setup)
    for (cell, word) in [
      ("evaluate m on=shapes.test", "train model on=images"),
      ("embed shapes.test with=m output=z", "no classes yet"),
      ("measure m on=shapes.test", "no classes yet"), ("evaluate c on=shapes.test", "Train a classifier"),
      ("train m on=(pairs shapes.train[0..<1]) batch=2", "single class"),
      ("train m on=shapes.train[\"star\"] batch=4", "single class"),
      ("train m on=shapes.train[[0, 0, 0, 0]] batch=2", "single class"),
      ("train c on=shapes.train[\"star\"] batch=4 watch=[knn]", "single one"),
      (
        "train m on=shapes epochs=1 batch=24\nevaluate m on=(embed shapes.test with=m)", "evaluated on images"
      ),
      ("evaluate m on=(pairs shapes.test[0..<4])", "classes"), ("m.temperature", "temperature"),
    ] {
      let error = try #require(session.failure(cell), "\(cell) was accepted")
      #expect(error.said.contains(word), "\(cell)\n\(error.plainText)")
    }
  }
}
