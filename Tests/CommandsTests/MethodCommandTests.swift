import Commands
import Foundation
import Language
import Testing

@Suite("Methods in cells")
struct MethodCommandTests {
  /// A cell that makes a model of each method for images of 16 pixels.
  private static let models = [
    "simclr e loss=(own tau=0.3)", "simclr e loss=decoupled temperature=0.1", "simclr e loss=weighted",
    "moco e queue=32",
    "moco e queue=32 symmetric=false",
    "moco e version=3 predictor=32", "nnclr e queue=32 head=[32, 16]", "byol e head=[32, 16]",
    "simsiam e head=[32, 16] predictor=8", "barlow e head=[32, 16]", "vicreg e head=[32, 16]",
    "swav e head=[32, 16] prototypes=8 crops=2", "dino e head=[32, 16] prototypes=12", "supcon e",
    "rotation e augment=crop", "jigsaw e head=[16]", "jigsaw e grid=3 permutations=30 gap=0 normalised=false",
    "pirl e width=16 negatives=30",
    "mae (vit style=standard layers=2 heads=2 width=16 size=16 patch=4) width=16",
    "barlow e head=[32, 16] augment=[crop, (asymmetric none solarise)]",
  ]

  private static let setup = """
    shapes = load shapes train=48 test=20 size=16
    e = cnn width=4 size=16
    loss own z tau=0.5 {
      u = normalise z
      mean ((logsumexp (u @ (transpose u) / tau) each=row) - (sum (u * (partners u)) each=row) / tau)
    }

    """

  @Test(
    "are trained, watched, looked at step by step, plotted, embedded, measured, saved and opened",
    arguments: models)
  func uses(model: String) throws {
    let session = Session()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("m-\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try session.gather(Self.setup + "m = \(model)")
    try session.gather("train m on=shapes epochs=2 batch=12 watch=[spread, rank, positives]")
    let title = try session.gather("m").results[0].text.prefix { $0 != "\n" }
    for (cell, words) in [
      ("m", ["model", "head", "loss", "2 epochs", "spread"]),
      (
        "step m on=shapes batch=8",
        ["step 9", "loss after it"]
          + [
            model.hasPrefix("jigsaw") || model.hasPrefix("mae") ? "outputs = head(h)" : "similarity of pairs"
          ]
      ),
      ("plot loss m", ["loss"]),
      ("plot history m", ["spread"]), ("plot network m", ["image x"]),
      ("plot network m on=shapes.test", ["image x"]), ("embed shapes.test with=m", ["20 rows"]),
      ("embed shapes.test with=m output=z", ["20 rows"]), ("measure m on=shapes.test", ["alignment"]),
      ("save m \"\(path)\"\no = open \"\(path)\"\no", ["\(title)", "2 epochs"]),
      ("train o on=shapes epochs=1 batch=12\no.epochs", ["3"]),
    ] {
      let results = try session.gather(cell).results
      let text = results.first?.text ?? ""
      for word in words {
        #expect(text.lowercased().contains(word.lowercased()), "\(model): \(cell)\n\(text)")
      }
    }
  }

  @Test("a training whose outputs become alike says so in one line; one that does not, does not")
  func collapse() throws {
    let session = Session()
    try session.gather("shapes = load shapes train=160 test=40 size=16\ne = cnn width=8 size=16")
    func said(_ options: String) throws -> String {
      let training = "train m on=shapes epochs=40 batch=32 rate=3e-3 schedule=constant watch=[spread]"
      return try session.gather("m = byol e head=[64, 64] \(options)\n\(training)").results[0].text
    }
    let text = try said("predictor=0 momentum=0")
    #expect(text.contains("; all outputs are alike: spread 0."), "\(text)")
    #expect(try session.gather("m").results[0].text.contains("all outputs are alike"))
    let whole = try said("predictor=32")
    #expect(!whole.contains("alike"), "\(whole)")
  }

  @Test(
    "networks are drawn as their views go: pairs, or all one way; a masked autoencoder's images are completed"
  )
  func drawn() throws {
    let session = Session()
    try session.gather(Self.setup)
    func text(_ model: String) throws -> String {
      try session.gather("plot network (\(model)) on=shapes").results[0].text
    }
    let jigsaw = try text("jigsaw e grid=3")
    #expect(jigsaw.contains("9 tiles, shuffled  9 × 8×8×3") && !jigsaw.contains("x̃"), "\(jigsaw)")
    #expect(try text("rotation e").contains("4 turned views  4 × 16×16×3"))
    let pirl = try text("pirl e")
    for words in ["view x̃  16×16×3", "4 tiles, shuffled", "memory", "sg(m)"] {
      #expect(pirl.contains(words), "\(pirl)")
    }
    let vit = "vit style=standard layers=1 heads=2 width=16 size=16 patch=4"
    #expect(try text("mae (\(vit)) width=16").contains("visible patches  16×16×3"))
    #expect(try text("byol e").contains("view x̃j"))
    let completed = try session.gather("show reconstruction (mae (\(vit)) width=16) on=shapes count=5")
      .results[0]
    #expect(completed.text.contains("15 pictures"), "\(completed.text)")
    let error = try #require(session.failure("show reconstruction (simclr e) on=shapes"))
    #expect(error.said.contains("mae"), "\(error.plainText)")
  }

  @Test("VICReg's outputs that shrink are seen without a watch, and those that do not shrink are not")
  func shrinking() throws {
    let session = Session()
    try session.gather("shapes = load shapes train=160 test=40 size=16\ne = cnn width=8 size=16")
    func said(_ options: String) throws -> [String] {
      let training = "train m on=shapes epochs=40 batch=32 rate=3e-3 schedule=constant"
      let history = try session.gather("m = vicreg e head=[64, 64] \(options)\n\(training)").results[0].text
      return [history, try session.gather("m").results[0].text]
    }
    for text in try said("variance=0") {
      #expect(text.contains("all outputs are alike: they deviate by 0."), "\(text)")
    }
    for text in try said("") { #expect(!text.contains("alike"), "\(text)") }
  }

  @Test("without stop-gradient SimSiam's outputs fall on one line, and with it they do not")
  func stopGradient() throws {
    func rank(_ stops: Bool) throws -> Double {
      let text = try Session().gather(
        """
        shapes = load shapes train=160 test=40 size=16
        m = simsiam (cnn width=8 size=16 seed=1) head=[64, 64] predictor=16 stop=\(stops) seed=1
        train m on=shapes epochs=80 batch=32 rate=3e-3 schedule=constant seed=1
        measure (embed shapes.train with=m output=z)
        """
      ).results[0].text
      let line = try #require(text.split(separator: "\n").first { $0.contains("effective rank") })
      return try #require(line.split(separator: " ").compactMap { Double($0) }.first)
    }
    let (whole, without) = (try rank(true), try rank(false))
    #expect(whole > 2.5 && without < 2, "\(whole) and \(without)")
  }

  @Test("what cannot be is said in one sentence, at its place, with what to type instead")
  func refused() throws {
    let session = Session()
    try session.gather(Self.setup + "plain = load shapes train=48 test=20 size=16")
    for (cell, word) in [
      ("byol e momentum=1.5", "from 0 to 1"), ("simsiam e head=[0]", "1"),
      ("m = barlow e\ntrain m on=shapes batch=2", "batch=128"),
      ("m = moco e queue=200\ntrain m on=shapes batch=12", "queue="),
      ("m = nnclr e queue=49\ntrain m on=shapes batch=12", "queue="),
      ("m = swav e prototypes=100\ntrain m on=shapes batch=12", "prototypes="),
      ("swav (vit style=standard layers=1 heads=2 size=16 patch=8 width=16) crops=2", "crops=0"),
      ("dino e crops=2 cropsize=16", "cropsize=9"), ("swav e crops=2 cropsize=3", "8"),
      ("moco e predictor=8", "version=3"), ("moco e version=3 queue=8", "version=2"),
      ("moco e version=4", "2"), ("rotation e augment=byol", "one augmentation for all views"),
      ("byol e augment=(asymmetric none)", "second"), ("jigsaw e tile=4", "tile=8"),
      ("jigsaw e permutations=25", "grid=3"), ("jigsaw e augment=byol", "one augmentation"),
      ("jigsaw e grid=4", "from 2 to 3"), ("pirl (vit size=16 patch=8 heads=2)", "resnet18"),
      ("m = pirl e\ntrain m on=shapes batch=12", "negatives=36"), ("mae e", "vit style=standard"),
      ("mae (vit style=standard heads=2 width=16 size=16 patch=4) width=30", "width=32"),
      ("mae (vit style=standard heads=2 width=16 size=16 patch=16)", "patch=4"),
      ("vicreg e variance=-1", "0"), ("dino e teacher=0", "above 0"), ("simclr e loss=decopled", "decoupled"),
    ] {
      let error = try #require(session.failure(cell), "\(cell) was accepted")
      #expect(error.said.contains(word), "\(cell)\n\(error.plainText)")
    }
  }
}
