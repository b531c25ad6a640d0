import Commands
import Foundation
import Language
import Testing

@Suite("Few labels in cells")
struct FineTuningCommandTests {
  private static let setup = """
    shapes = load shapes train=120 test=40 size=16
    base = simclr (cnn width=4 size=16) head=[8]
    train base on=shapes epochs=2 batch=24

    """

  @Test("a trained model is where others begin, and says so on their cards, in figures, tables and files")
  func uses() throws {
    let session = Session()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("t-\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try session.gather(
      Self.setup + "few = sample shapes.train perclass=3\nm = supervised base freeze=1 rates=[0.1, 1]")
    let before = try session.gather("embed shapes.test with=base").results[0].text
    for (cell, words) in [
      ("few", ["30 images"]), ("few.classes", ["star"]),
      (
        "m",
        [
          "the encoder of a simclr model after 2 epochs", "encoder frozen for the first 1 epoch",
          "learning rates × 0.1 for the encoder, × 1 for the linear layer",
        ]
      ),
      ("step m on=few batch=6", ["encoder (frozen)", "top-1"]),
      ("train m on=few epochs=3 batch=10 watch=[knn, probe]", ["3 epochs"]),
      ("describe m", ["frozen", "trained", "knn"]),
      ("evaluate m on=shapes.test", ["supervised cnn on", "40 images"]),
      ("plot network m", ["32, frozen for 1 epoch"]),
      ("plot network (supervised base freeze=true)", ["32, frozen"]), ("plot network base", ["cnn f"]),
      ("plot network (supervised base freeze=true) layers=true", ["3×3 convolution"]),
      ("supervised base freeze=true", ["frozen encoder"]),
      (
        "save m \"\(path)\"\no = open \"\(path)\"\no",
        ["after 2 epochs", "encoder frozen for the first 1 epoch"]
      ),
      (
        "supervised o", ["a supervised model after 3 epochs", "before that", "a simclr model after 2 epochs"]
      ),
      ("supervised base.encoder", ["a simclr model"]), ("simclr base.encoder", ["a simclr model"]),
      ("describe base.encoder", ["3×3 convolution"]), ("supervised m freeze=0", ["a supervised model"]),
    ] {
      let text = try session.gather(cell).results[0].text
      for word in words { #expect(text.contains(word), "\(cell)\n\(text)") }
    }
    #expect(try session.gather("embed shapes.test with=base").results[0].text == before)
    #expect(
      try session.gather("supervised (cnn width=4 size=16)").results[0].text.contains("began with") == false)
    #expect(try session.gather("describe base").results[0].text.contains("encoder") == false)
  }

  @Test("a frozen encoder embeds as that of the model that it came from")
  func sameEmbedding() throws {
    let session = Session()
    try session.gather(
      Self.setup + """
        m = supervised base freeze=true
        train m on=(sample shapes.train perclass=3) epochs=2 batch=10
        a = embed shapes.test with=base
        b = embed shapes.test with=m
        """)
    let values = try ["a", "b"].map { try session.gather("describe \($0)").results[0].text }
    #expect(values[0] == values[1] && values[0].contains("spread"))
  }

  @Test("linear evaluation learns from views and is judged on the embedding")
  func linear() throws {
    let session = Session()
    try session.gather(
      Self.setup + """
        c = classifier on=shapes.train with=base epochs=3 batch=30 rate=0.1 seeds=2
        h = embed shapes.test with=base
        """)
    for (cell, words) in [
      ("c", ["linear classifier from 2 seeds on views through cnn", "32 numbers to 10 classes"]),
      ("evaluate c on=h", ["accuracy", "2 seeds"]), ("c.losses", ["["]),
      ("classifier on=shapes.train with=base epochs=2 schedule=steps augment=none hidden=0", ["linear"]),
    ] {
      let text = try session.gather(cell).results[0].text
      for word in words { #expect(text.contains(word), "\(cell)\n\(text)") }
    }
  }

  @Test("what cannot be is said in one sentence, at its place, with what to type instead")
  func refused() throws {
    let session = Session()
    try session.gather(
      Self.setup + "h = embed shapes.train with=base\nc = classifier on=shapes.train with=base epochs=1")
    for (cell, word) in [
      ("supervised base freeze=\"maybe\"", "true, false or number of epochs"),
      ("supervised base freeze=1.5", "whole number of epochs"),
      ("supervised base freeze=-1", "whole number of epochs"),
      ("supervised base rates=[1]", "rates=[0.1, 1]"), ("supervised base rates=[0, 1]", "rates"),
      ("supervised shapes", "encoder or model"),
      ("m = supervised base freeze=3\ntrain m on=shapes epochs=2 batch=24", "Write epochs=4 or more"),
      ("train (supervised base) on=(pairs shapes.train[0..<1]) batch=2", "single class"),
      (
        "m = supervised base\ntrain m on=shapes epochs=1 batch=24\ntrain m on=shapes[[\"star\", \"ring\"]] epochs=1 batch=4",
        "other classes"
      ),
      ("sample shapes.train", "perclass=10"),
      ("sample shapes.train 5 perclass=1", "Leave out one of the two"),
      ("sample shapes.train perclass=100", "Ask for perclass="),
      ("sample shapes.train perclass=0", "perclass"),
      ("sample shapes.train[0..<3] perclass=1", "has 0 images"),
      ("classifier on=shapes.train augment=crop", "add with=model"),
      ("classifier on=shapes.train schedule=cosine", "add with=model"),
      ("classifier on=h with=base", "give the images themselves"),
      ("classifier on=shapes.train with=base hidden=8", "one linear layer"),
      ("classifier on=shapes.train with=base standardise=true", "standardise"),
      ("classifier on=shapes.train[\"star\"] with=base", "single class"),
      ("evaluate c on=shapes.test", "same model's embedding"),
    ] {
      let error = try #require(session.failure(cell), "\(cell) was accepted")
      #expect(error.said.lowercased().contains(word.lowercased()), "\(cell)\n\(error.plainText)")
    }
  }
}
