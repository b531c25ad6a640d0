import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  @Suite("Bad input")
  struct BadInputTests {
    private static let setup = """
      shapes = load shapes train=60 test=20 size=16
      model = simclr (resnet18 size=16 width=4) head=[8]
      h = embed shapes.test with=model
      t = table
      add t a=1 b="x"
      """

    @Test(
      "one clear error that names what is wrong",
      arguments: [
        ("lod shapes", "lod"), ("load", "what"), ("load shpes", "shpes"), ("load shapes sise=3", "sise"),
        ("load shapes train=-4", "train"), ("load shapes size=4", "size"),
        ("load shapes train=2.5", "whole number"),
        ("load folder \"nowhere\"", "nowhere"), ("load idx \"nowhere\"", "nowhere"),
        ("load cifar10 path=\"nowhere\"", "nowhere"), ("sample shapes.train 1000", "1000"),
        ("sample shapes.train 0", "count"),
        ("split shapes.train 150%", "share"), ("crop scale=[0, 2]", "scale"),
        ("crop scale=[1, 0.5]", "scale"),
        ("flip chance=2", "chance"), ("jitter hue=0.7", "hue"), ("blur sigma=[-1, 1]", "sigma"),
        ("either", "choices"),
        ("resnet18 size=2", "size"), ("resnet18 width=0", "width"), ("resnet18 size=16 stem=imagenet", "16"),
        ("simclr 3", "encoder"), ("simclr (resnet18 width=4) temperature=0", "temperature"),
        ("simclr (resnet18 width=4) head=[0]", "head"), ("simclr (resnet18 width=4) augment=wild", "wild"),
        ("train model", "on"), ("train model on=3", "images"),
        ("train model on=shapes.train batch=61", "batch"),
        ("train model on=shapes.train batch=1", "batch"), ("train model on=shapes.train epochs=0", "epochs"),
        ("train model on=shapes.train rate=0", "rate"), ("train model on=shapes.train optimizer=adm", "adam"),
        ("train model on=shapes.train batch=32 rate=1e30 optimizer=sgd epochs=50", "loss"),
        ("embed shapes.test", "with"), ("embed 3 with=model", "images"),
        ("embed shapes.test with=h", "model"),
        ("pca h components=99", "components"), ("tsne h perplexity=50", "perplexity"),
        ("knn h among=h k=21", "k"),
        ("knn shapes.test among=h", "numbers"), ("classifier on=h hidden=-1", "hidden"),
        ("evaluate (classifier on=h epochs=1) on=shapes.test", "numbers"), ("plot", "what"),
        ("exp 1000", "too large"), ("exp shapes", "number"), ("log 0", "above 0"), ("log [1, -1]", "above 0"),
        ("simclr (resnet18 width=4) augment=(\"wild\")", "augment"),
        ("plot loss", "models"),
        ("plot loss model", "not trained"), ("plot scatter h", "32"), ("plot scatter t x=c y=a", "c"),
        ("plot bars t x=a y=b", "text"), ("plot bars t x=q y=a", "q"), ("plot line t x=a", "column"),
        ("add t", "value"), ("plot scatter (pca h components=3) x=7", "7"),
        ("plot scatter (pca h) facet=a", "facet"),
        ("plot scatter t x=a y=a pictures=3", "pictures"),
        ("plot scatter t x=a y=a interactive=true", "interactive"),
        ("plot scatter t x=a y=a colour=q", "q"), ("plot histogram t x=q", "q"),
        ("plot histogram t x=b", "text"),
        ("plot histogram [\"a\"]", "list of numbers"), ("plot histogram (table a=[])", "column"),
        ("plot heatmap (table)", "nothing"),
        ("plot confusion h", "scores"), ("plot panels", "figures"), ("annotate h y=1", "figure"),
        ("annotate (plot images shapes.train[0..<3]) y=1", "axes"),
        ("annotate (plot bars t x=b y=a) label=\"x\"", "label"), ("plot network h", "model or encoder"),
        ("plot images shapes.train[0..<0]", "no images"),
        ("sort t by=q", "q"), ("sort t", "by"), ("filter t by=a", "above"), ("filter t above=3", "by"),
        ("filter t q=3", "q"), ("filter t by=b above=1", "text"), ("group t by=q", "q"),
        ("pick t q=3", "q"), ("pick t a=5", "column a holds 1"), ("pick h a=1", "table"),
        ("pick t a=model", "a"),
        ("load cifar10 missing=nothing", "download"), ("load folder \"nowhere\" missing=download", "shapes"),
        ("load folder \"nowhere\" missing=stop", "nowhere"), ("clock 3", "clock"),
        ("\"{model:1%}\"", "model"), ("\"{h.count:2 %%}\"", "no format"), ("open \"x.svc\"", "x.svc"),
        ("pivot t rows=a columns=b value=b", "text"), ("table a=[1, 2] b=[1]", "2 cells"),
        ("table a=[model]", "model"), ("plot line t x=a y=a facet=q", "q"),
        ("pairs h", "images"), ("similarity h to=shapes.test", "numbers"), ("similarity model", "embedding"),
        ("ntxent h[0..<3]", "even"), ("ntxent h[0..<4]", "no pairs"),
        ("ntxent shapes.train[0..<4]", "partners"),
        ("ntxent (pairs shapes.train[0..<4])[[0, 1, 2, 3]]", "no pairs"),
        ("ntxent h temperature=0", "temperature"),
        ("neighbours h k=20", "19"), ("neighbours h among=shapes.train", "numbers"),
        ("export h \"h.pdf\"", "npy"), ("export t \"t.npy\"", "csv"), ("export model \"m.pdf\"", "csv"),
        ("export (resnet18 width=4) \"m.csv\"", "save"),
        ("export (plot bars t x=b y=a) \"a.pdf\" width=0.1", "width"),
        ("add t a=model", "number"), ("export 3 \"x.pdf\"", "figure"),
        ("export (plot bars t x=b y=a) \"x.doc\"", "doc"),
        ("export (plot bars t x=b y=a) \"x\"", "ending"), ("export t \"/proc/x.csv\"", "/proc/x.csv"),
        ("save model \"/proc/x.safetensors\"", "/proc/x.safetensors"),
        ("open \"nowhere.safetensors\"", "nowhere"),
        ("show neighbours in=h query=[99]", "99"), ("show shapes.train count=0", "count"),
        ("show 3 with=simclr", "images"),
        ("seed 1.5", "whole"), ("h[99]", "99"), ("model.hstory", "history"), ("unknown", "unknown"),
        ("train = 3", "train"),
        ("1 / 0", "zero"), ("[1, 2", "["), ("\"abc", "\""), ("for x in model { }", "model"),
        ("shapes.train[0..<99]", "99"),
      ])
    func refused(cell: String, word: String) throws {
      let session = Session()
      try session.gather(BadInputTests.setup)
      let error = try #require(session.failure(cell), "\(cell) was accepted")
      #expect(error.plainText.contains(word), "\(cell)\n\(error.plainText)")
      #expect(error.plainText.contains("^"), "\(cell)\n\(error.plainText)")
      // Nothing is lost: the session goes on with what it had.
      #expect(try session.gather("h.count").results[0].text == "20")
    }

    @Test("a folder of files that are no pictures, an empty one, a damaged archive and a cut-off model file")
    func damagedFiles() throws {
      let folder = try DataFolder()
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/bad/a", withIntermediateDirectories: true)
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/empty", withIntermediateDirectories: true)
      try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/bad/a/1.jpg"))
      try Data("no archive".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/x.tar.gz"))
      try Data(count: 100).write(
        to: URL(fileURLWithPath: "\(folder.path)/cifar-10-batches-bin/data_batch_2.bin"))
      let session = Session()
      try session.gather("save (simclr (resnet18 size=16 width=4)) \"m.safetensors\"")
      let whole = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/m.safetensors"))
      try whole.prefix(5000).write(to: URL(fileURLWithPath: "\(folder.path)/cut.safetensors"))
      for (cell, word) in [
        ("load folder \"bad\"", "bad"), ("load folder \"empty\"", "empty"),
        ("load cifar10 path=\"x.tar.gz\"", "x.tar.gz"),
        ("load cifar10 path=\"cifar-10-batches-bin\"", "data_batch_2.bin"),
        ("open \"cut.safetensors\"", "cut.safetensors"),
        ("open \"x.tar.gz\"", "x.tar.gz"),
      ] {
        let error = try #require(session.failure(cell), "\(cell) was accepted")
        #expect(error.plainText.contains(word), "\(cell)\n\(error.plainText)")
      }
    }
  }
}
