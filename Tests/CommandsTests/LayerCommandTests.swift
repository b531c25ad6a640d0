import Commands
import Foundation
import Language
import Networks
import Testing

extension TestsInOneFolder {
  @Suite("Networks of layers, in cells")
  struct LayerCommandTests {
    static let encoders = [
      "resnet18 width=4 size=16", "resnet34 width=2 size=32 stem=imagenet", "resnet50 width=2 size=16",
      "cnn width=4 size=16", "vit layers=3 heads=3 size=16 patch=4",
      "vit style=standard layers=3 heads=2 width=16 size=16 patch=4 dropout=0",
    ]

    @Test(
      "describe as=layers writes the cell that makes the same network, with the same weights and file",
      arguments: encoders)
    func written(encoder: String) throws {
      let folder = try DataFolder()
      let session = Session()
      let code = try session.gather("describe (\(encoder)) as=layers").results[0].text
      try session.gather("save (simclr (\(encoder) seed=3) head=[4]) \"a.safetensors\"")
      try session.gather("e = \(code.replacing("network ", with: "network seed=3 ", maxReplacements: 1))")
      try session.gather("save (simclr e head=[4]) \"b.safetensors\"")
      let files = try ["a", "b"].map {
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0).safetensors"))
      }
      #expect(files[0] == files[1], "\(code)")
      #expect(try session.gather("describe e as=layers").results[0].text == code)
    }

    @Test("are written with repetitions that begin with a layer of weights, and without what is usual")
    func layout() throws {
      let session = Session()
      let resnet = try session.gather("describe resnet18 as=layers").results[0].text.split(separator: "\n")
      #expect(
        resnet[1...2] == [
          "  (convolution 64), norm, relu,",
          "  (repeat 2 [(residual [(convolution 64), norm, relu, (convolution 64), norm]), relu]),",
        ])
      let vit = try session.gather(
        "describe (vit style=standard layers=4 heads=3 width=96 size=32 patch=4 dropout=0) as=layers"
      )
      .results[0].text
      #expect(vit.contains("(repeat 4 [(attention heads=3)]), (norm layer),"), "\(vit)")
    }

    @Test("learn, embed, are saved and opened, and show their layers")
    func encoder() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(
        """
        shapes = load shapes train=60 test=20 size=16
        block = [(convolution 4), norm, relu]
        e = network size=16 [
          block, (residual [(convolution 8 stride=2), norm, relu, (convolution 8), norm]), relu,
          (dropout 10%), pool, (linear 6)
        ]
        model = simclr e head=[4]
        train model on=shapes.train epochs=1 batch=20
        h = embed shapes.test with=model
        save model "m.safetensors"
        same = open "m.safetensors"
        """)
      #expect(try session.gather("h").results[0].text.contains("20 rows of 6"))
      #expect(
        try session.gather("(describe h).mean == (describe (embed shapes.test with=same)).mean")
          .results[0]
          .text == "true")
      let table = try session.gather("describe model.encoder").results[0].text
      for words in ["3×3 convolution", "16×16×4", "residual of 5 layers, with a shortcut", "8×8×8", "linear"]
      {
        #expect(table.contains(words), "\(table)")
      }
      #expect(try session.gather("e").results[0].text.contains("encoder network"))
      #expect(try session.gather("describe same as=layers").results[0].text.contains("(dropout 0.1)"))
      #expect(try session.gather("plot network e").results[0].text.contains("residual of 5 layers"))
      #expect(try session.gather("measure model on=shapes.test").results[0].text.contains("uniformity"))
    }

    @Test("Shift-Tab at a layer says what goes in and what comes out")
    func shapes() throws {
      let session = Session()
      try session.gather("block = [(convolution 8), norm, relu]")
      let cell =
        "e = network size=16 [block, (residual [(convolution 12 stride=2), norm]), relu, pool, (linear 5)]"
      func text(at word: String) -> String? {
        guard let range = cell.range(of: word) else { return nil }
        return session.inspect(cell, at: cell.distance(from: cell.startIndex, to: range.lowerBound) + 1)?.text
      }
      #expect(
        text(at: "linear")?.contains("Here: 12 → 5, 65 parameters.") == true, "\(text(at: "linear") ?? "")")
      #expect(text(at: "pool")?.contains("Here: 8×8×12 → 12, 0 parameters.") == true)
      #expect(text(at: "residual")?.contains("Here: 16×16×8 → 8×8×12") == true)
      #expect(text(at: "network")?.contains("Here:") == false)
    }

    @Test("names may be the words of layers, and win over them")
    func names() throws {
      let session = Session()
      try session.gather("pool = 3\nlinear = [1, 2]\nfor norm in 0..<2 { relu = norm }")
      #expect(try session.gather("pool + linear[1] - norm").results[0].text == "4")
      #expect(try session.gather("pool - 1").results[0].text == "2")
      #expect(try session.gather("(linear 4)").results[0].text == "(linear 4)")
      #expect(try session.gather("linear.sum").results[0].text == "3")
      #expect(try session.gather("print \"{relu}\"").text == "1\n")
      let error = try #require(session.failure("network [(convolution 4), pool]"))
      #expect(error.said.contains("this is a number"), "\(error.plainText)")
      try session.gather("forget pool")
      #expect(try session.gather("pool").results[0].text == "pool")
    }
  }
}
