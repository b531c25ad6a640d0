import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  /// `watch=[map]` with `plot z`, `show attention` and `show similarity`.
  @Suite("Seeing what is learned")
  struct SeeingCommandTests {
    private static let setup = "few = (load shapes train=60 test=10 size=16).train\n"

    private static func train(_ model: String, epochs: Int = 3) -> String {
      setup + "m = \(model)\ntrain m on=few epochs=\(epochs) batch=20 watch=[map]"
    }

    @Test(
      "a map of z moves with the training: frames, chosen epochs, a slider, and alone with other measurements"
    )
    func map() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(Self.train("simclr (cnn width=4 size=16) head=[8, 2]", epochs: 6))
      let figure = try session.gather("plot z m").results[0]
      #expect(figure.text.contains("60 pairs of points on the unit circle"), "\(figure.text)")
      #expect(figure.text.components(separatedBy: "alignment ").count == 5, "four frames: \(figure.text)")
      #expect(figure.text.contains("epoch 0") && figure.text.contains("epoch 6"), "\(figure.text)")
      #expect(figure.png?.alt.contains("in 10 classes") == true, "\(figure.png?.alt ?? "")")
      // The nearest frame of each epoch that is asked for, once.
      let some = try session.gather("plot z m epochs=[2, 5, 99, 7]").results[0].text
      #expect(["epoch 2", "epoch 5", "epoch 6"].allSatisfy(some.contains), "\(some)")
      #expect(some.components(separatedBy: "alignment ").count == 4, "\(some)")
      let slid = try session.gather("slider epoch from=0 to=6 value=4 { plot z m epochs=epoch }").results[0]
        .text
      #expect(slid.contains("epoch 4") && !slid.contains("epoch 6"), "\(slid)")
      let moving = try session.gather("plot z m interactive=true").results[0]
      #expect(moving.vegaLite?["params"]?.array?.count == 1)
      // A map alone gives no numbers: no column and no row of nothing.
      #expect(try session.gather("m.history.table.count").results[0].text == "6")
      // A file has them all.
      try session.gather("save m \"m.safetensors\"\nn = open \"m.safetensors\"")
      #expect(try session.gather("plot z n").results[0].text == figure.text)
    }

    @Test("wide outputs are drawn along directions of the latest frame; every method has a map")
    func methods() throws {
      for method in [
        "simclr (cnn width=4 size=16) head=[8, 6]", "moco (cnn width=4 size=16) queue=40",
        "byol (cnn width=4 size=16)", "simsiam (cnn width=4 size=16)", "barlow (cnn width=4 size=16)",
        "vicreg (cnn width=4 size=16)", "nnclr (cnn width=4 size=16) queue=40",
        "swav (cnn width=4 size=16) prototypes=10",
        "dino (cnn width=4 size=16)", "supcon (cnn width=4 size=16)", "rotation (cnn width=4 size=16)",
        "supervised (cnn width=4 size=16)",
        "jigsaw (cnn width=4 size=16) head=[16]", "pirl (cnn width=4 size=16) width=16 negatives=30",
        "mae (vit style=standard layers=2 heads=2 width=16 size=16 patch=4) width=16",
      ] {
        let session = Session()
        try session.gather(Self.train(method, epochs: 1))
        let text = try session.gather("plot z m").results[0].text
        #expect(
          text.contains("2 principal directions of z at epoch 1") && text.contains("uniformity"),
          "\(method): \(text)")
        #expect(try session.gather("plot z m directions=3").results[0].text.contains("3 principal"))
      }
    }

    @Test("while it trains the map stands in one display, the first state beside the latest")
    func live() throws {
      let session = Session()
      session.progressDelay = .zero
      let output = try session.gather(Self.train("simclr (cnn width=4 size=16) head=[8, 2]"))
      let maps = output.places.values.filter { $0.png != nil }
      #expect(maps.count == 1 && output.places.count == 2, "\(output.places.values.map(\.text))")
      let text = try #require(maps.first).text
      #expect(text.contains("epoch 0") && text.contains("epoch 3") && !text.contains("epoch 1"), "\(text)")
    }

    @Test("attention is drawn for a vision transformer, and similarity for a network of convolutions")
    func inside() throws {
      let session = Session()
      try session.gather(
        Self.setup + """
          v = simclr (vit style=standard layers=2 heads=2 width=16 patch=4 size=16)
          p = dino (vit style=paper layers=2 heads=2 patch=4 size=16)
          m = simclr (cnn width=4 size=16)
          """)
      for (cell, words) in [
        ("show attention v on=few count=3", ["Grid of 12 pictures", "head 1", "block 1 of 2"]),
        ("show attention p on=few count=2 block=0", ["Grid of 8 pictures", "block 0 of 2"]),
        ("show similarity m on=few count=3", ["Grid of 12 pictures", "cos 0.9", "2×2 places"]),
        ("show similarity m on=few count=1 with=[]", ["cos 1.00"]),
      ] {
        let shown = try session.gather(cell).results[0]
        for word in words {
          #expect(
            (shown.png?.alt ?? "").contains(word) || shown.text.contains(word), "\(cell): \(shown.text)")
        }
      }
      #expect(
        try session.gather("show similarity m on=few seed=1").results[0].png
          == session.gather("show similarity m on=few seed=1").results[0].png)
    }

    @Test("what cannot be seen is said before any work, with what to type instead")
    func refused() throws {
      let session = Session()
      try session.gather(
        Self.setup + """
          v = simclr (vit style=standard layers=2 heads=2 width=16 patch=4 size=16)
          m = simclr (cnn width=4 size=16)
          none = few[0..<0]
          """)
      for (cell, word, advice) in [
        ("plot z m", "no map", "watch=[map]"), ("plot z m epochs=[]", "no map", "watch=[map]"),
        ("plot z m directions=4", "directions", "3"), ("plot z few", "takes a model", "images"),
        ("show attention m on=few", "no attention in cnn", "show similarity model on=images"),
        ("show attention v on=few block=2", "there is no block 2", "block"),
        ("show attention v on=none", "no image", "on=none"),
        ("show similarity m on=none", "no image", "on=none"),
        ("show similarity v on=few", "no mean over places", "show attention model on=images"),
        ("show similarity m on=few count=0", "count", "24"),
        ("plot history m", "not trained", "train"),
      ] {
        let error = try #require(session.failure(cell), "\(cell) was accepted")
        #expect(error.said.lowercased().contains(word), "\(cell)\n\(error.plainText)")
        #expect(
          error.plainText.contains(advice) && error.plainText.contains("^"), "\(cell)\n\(error.plainText)")
      }
      try session.gather("train m on=few epochs=1 batch=20 watch=[map]")
      #expect(session.failure("plot history m y=[map]")?.said.contains("plot z") == true)
      #expect(session.failure("plot z m epochs=(0...30)")?.said.contains("at most 24") == true)
    }
  }
}
