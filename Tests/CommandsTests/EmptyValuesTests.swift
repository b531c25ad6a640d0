import Commands
import Language
import Testing

/// What no pictures, no rows and an empty table do to every command: a slider comes by 0, a filter keeps nothing.
@Suite("Empty values")
struct EmptyValuesTests {
  private static let setup = """
    shapes = load shapes train=60 test=20 size=16
    model = simclr (cnn width=4 size=16) head=[8]
    sup = supervised (cnn width=4 size=16)
    h = embed shapes.test with=model
    p = pca h components=2
    map = tsne h perplexity=5 iterations=5
    c = classifier on=h hidden=4 epochs=1
    e = shapes.train[0..<0]
    f = h[0..<0]
    q = p[0..<0]
    t = table
    u = filter (table a=[1, 2] b=["x", "y"]) a=3
    """

  /// Cells that give a value, and what it says.
  private static let answered = [
    ("e", "0 images"), ("f", "0 rows"), ("u", "0 rows"), ("e.labels", "[]"), ("f.images", "0 images"),
    ("pairs e", "0 images"), ("(pairs e).count", "0"), ("embed (pairs e) with=model output=z", "0 rows"),
    ("slider n from=0 to=4 value=0 { pairs shapes.train[0..<n] }", "0 images"),
    ("slider n from=0 to=4 value=0 { show shapes.train[0..<n] with=simclr }", "0 images"),
    ("show e", "0 images"), ("show e with=simclr views=3", "0 images"), ("show f", "0 rows"),
    ("show u", "0 rows"), ("print e", "0 images"), ("print u", "0 rows"), ("explain pca", "Principal"),
    ("describe e", "–"), ("describe f", "–"), ("describe t", "0 rows"), ("embed e with=model", "0 rows"),
    ("similarity e", "0×0"), ("similarity f", "0×0"), ("similarity h to=f", "20×0"),
    ("pca f into=p", "0 rows"), ("tsne f into=map", "0 rows"), ("neighbours f among=h", "0 rows"),
    ("plot line u x=a y=a", "no data"), ("plot bars u x=b y=a", "no bars"),
    ("plot scatter u x=a y=a", "0 points"), ("plot scatter q colour=label", "0 points"),
    ("plot scatter q interactive=true", "0 points"), ("table x=[]", "0 rows"), ("sort u by=a", "0 rows"),
    ("filter u a=3", "0 rows"), ("group u by=b", "0 rows"), ("pivot u rows=b columns=b value=a", "0 rows"),
    ("matrix f", "0×"), ("transpose f", "×0"), ("normalise f", "0×"), ("softmax f", "0×"), ("sum f", "0"),
    ("diagonal f", "0×1"), ("partners f", "0×"), ("where f f f", "0×"), ("join f f", "0×"),
    ("columns f 0..<2", "0×2"), ("sqrt u.a", "[]"), ("abs u.a", "[]"), ("f @ (transpose h)", "0×20"),
    ("f + f", "0×"),
    ("exp u.a", "[]"), ("log u.a", "[]"), ("either []", "either"), ("list", "0 images"),
    ("add u a=1 b=\"z\"\nu", "z"), ("time e", "0 images"),
  ]

  /// Cells that are refused, and a word of the sentence that says why.
  private static let refused = [
    ("sample e 1", "no images"), ("sample e 1 balanced=true", "no images"), ("split e 50%", "no images"),
    ("show neighbours in=f query=[0]", "no rows"), ("train model on=e batch=2", "no images"),
    ("train model on=shapes.train[0..<1] batch=2", "one image"), ("train sup on=e batch=2", "no images"),
    ("train model on=shapes.train batch=8 epochs=1 watch=[knn] test=e", "no images"),
    ("step model on=e batch=2", "no images"), ("ntxent f", "pairs"), ("ntxent e", "pairs"),
    ("pca e", "0 rows"), ("tsne f", "8 rows"), ("neighbours e", "no rows"),
    ("neighbours h among=f", "no rows"),
    ("measure f", "2 rows"), ("measure model on=e", "1 row"), ("measure map of=f", "20 points"),
    ("measure f of=f", "2 rows"), ("knn e among=shapes.train", "no images"), ("knn h among=f", "no images"),
    ("classifier on=e", "no images"), ("evaluate c on=f", "no images"), ("plot loss model", "not trained"),
    ("plot history model", "not trained"), ("plot scatter t", "empty"), ("plot line t", "empty"),
    ("plot bars t", "empty"), ("plot bars u x=b y=a facet=b", "no rows"),
    ("plot histogram u x=a", "no values"),
    ("plot histogram f", "no values"), ("plot heatmap (similarity f)", "no values"),
    ("plot heatmap u", "no values"), ("plot confusion u", "scores"), ("plot images e", "no images"),
    ("plot network e", "model"), ("plot panels []", "figure"), ("annotate e y=1", "figure"),
    ("add t a=[]", "cell"), ("pick u a=3", "no rows"), ("export e \"e.png\"", "no images"),
    ("save e \"e.safetensors\"", "model"), ("choice n in=[] { n }", "1 to"), ("supervised e", "encoder"),
    ("simclr e", "encoder"), ("moco e", "encoder"), ("nnclr e", "encoder"), ("byol e", "encoder"),
    ("simsiam e", "encoder"), ("barlow e", "encoder"), ("vicreg e", "encoder"), ("swav e", "encoder"),
    ("dino e", "encoder"), ("supcon e", "encoder"), ("rotation e", "encoder"), ("e[0]", "no images"),
    ("jigsaw e", "encoder"), ("pirl e", "encoder"), ("mae e", "encoder"), ("plot z e", "model"),
    ("plot z model", "No map"), ("show attention model on=e", "no image"),
    ("show similarity model on=e", "no image"), ("show reconstruction model on=e", "no image"),
    ("mean f", "needs numbers"), ("max f", "needs numbers"), ("min f", "needs numbers"),
    ("logsumexp f", "needs numbers"),
    ("identity 0", "from 1"), ("gradient e of=f", "loss function"), ("loss own z { mean f }", "f"),
    ("compare u u", "run"), ("u[0]", "no rows"), ("f[\"star\"]", "star"),
  ]

  /// Sentences that nobody would write by hand.
  private static let slips = [
    "-1", "−1", "between 1 and 0", " 1 images", " 1 rows", "could not be drawn",
  ]

  @Test("are an empty value or one sensible error, whatever is asked of them")
  func everywhere() throws {
    let session = Session()
    try session.gather(Self.setup)
    for (cell, word) in Self.answered {
      let gathered = try session.gather(cell)
      let text = gathered.text + (gathered.shown + gathered.results).map(\.text).joined(separator: "\n")
      #expect(text.contains(word), "\(cell)\n\(text)")
      for slip in Self.slips { #expect(!gathered.text.contains(slip), "\(cell)\n\(text)") }
      try session.gather("u = filter (table a=[1, 2] b=[\"x\", \"y\"]) a=3")
    }
    for (cell, word) in Self.refused {
      let error = try #require(session.failure(cell), "\(cell) was accepted")
      #expect(error.said.contains(word), "\(cell)\n\(error.plainText)")
      for slip in Self.slips where !cell.contains(slip) {
        #expect(!error.said.contains(slip), "\(cell)\n\(error.plainText)")
      }
    }
    #expect(try session.gather("h.count").results[0].text == "20")
  }

  @Test("every command is tried that takes images, rows or tables")
  func allCommands() {
    let takingNone: Set<String> = [
      "load shapes", "load cifar10", "load folder", "load idx", "load cifar100", "load stl10", "load arrays",
      "clear", "check", "fail", "define", "use",
      "crop", "flip",
      "jitter", "grey",
      "blur", "solarise", "pad", "asymmetric",
      "resnet18", "resnet34", "resnet50", "vit", "cnn", "network", "convolution", "norm", "relu", "gelu",
      "dropout", "pool", "flatten", "linear", "residual", "patches", "positions", "attention", "repeat",
      "record", "runs", "machines",
      "open", "ask", "button", "forget", "seed", "clock",
    ]
    let cells = (Self.answered + Self.refused).map(\.0)
    for command in Verbs.all where !takingNone.contains(command.name) {
      #expect(cells.contains { $0.hasPrefix(command.name + " ") || $0 == command.name }, "\(command.name)")
    }
  }
}
