import Analysis
import Base
import Commands
import Figures
import Foundation
import Images
import Learning
import Networks
import Records
import Tensors
import Testing

@Suite("Words for the errors of the modules below") struct WordsTests {
  private static let memory = MemoryShortage(needed: 4_000_000, available: 1_000_000)
  private static let words = Set(Verbs.all.flatMap(\.parameters).map(\.name))

  private static let files: [any Error] = [
    FileError.unreadable("x", SystemError(ENOENT)), FileError.unwritable("x", SystemError(ENOENT)),
    FileError.unwritable("x", SystemError(EACCES)), FileError.unwritable("x", SystemError(ENOSPC)),
    FileError.unreadable("x", SystemError(EISDIR)), FileError.unreadable("x", SystemError(EFBIG)),
    FileError.unreadable("x", SystemError(EIO)),
  ]

  private static let analysis: [any Error] = [
    RowsError.few(.map, least: 8, rows: 1), RowsError.empty(.components(3)), RowsError.notFinite,
    RowsError.memory(.neighbours(1), rows: 8, memory), RowsError.differ(.alignment, [3, 1], [3, 2]),
    PCAError.count(0, rows: 5, columns: 1), PCAError.width(3, rows: 4), PCAError.eigenvectorsDiverge,
    PCAError.singularValuesDiverge, NeighboursError.count(3, available: 0),
    NeighboursError.width(3, among: 4),
    NeighboursError.half(2, rows: 2), NeighboursError.half(3, rows: 5), MapError.dimensions(4),
    MapError.perplexity(.nan, rows: 9), MapError.exaggeration(0), MapError.rate(-1), MapError.noIterations,
    MapError.diverged(rate: 50), MapError.placed(points: 1, rows: 2), MapError.compared(points: 2, rows: 1),
    MapError.width(3, new: 4),
  ]

  private static let records: [any Error] = [
    RunLogError.notSQLite("x"), RunLogError.notALog("x"), RunLogError.newer("x", format: 9),
    RunLogError.corrupt("x"), RunLogError.locked("x"), RunLogError.missing("x"),
    RunLogError.unusable("x", reason: "unable to open database file"),
  ]

  private static let networks: [any Error] = [
    CNNError.width(0, 1...9), CNNError.size(0, 8...9), ResNetError.width(0, 1...9),
    ResNetError.small(7, .cifar), ResNetError.small(16, .imagenet), ResNetError.large(9999, most: 2048),
    ViTError.layers(0, 1...9), ViTError.patch(0, 1...9), ViTError.size(0, 1...9),
    ViTError.pieces(size: 12, patch: 5, nearest: 10), ViTError.tokens(99, most: 9, size: 8, patch: 1),
    ViTError.paperWidth(3, patch: 4), ViTError.width(0, 1...9, .paper), ViTError.width(0, 1...9, .standard),
    ViTError.heads(5, width: 48, fitting: 4), ViTError.dropout(1), NetworkError.unknown(architecture: "x"),
    NetworkError.lacks(architecture: "cnn", setting: "width"),
    NetworkError.memory(architecture: "vit", .layers, value: 9, least: 1, most: 0, memory),
    NetworkError.headMemory([512, 8], fitting: [16, 8], memory),
    WeightFileError.large("x", bytes: 1), WeightFileError.damaged("x", .total(1, present: 2)),
    WeightFileError.kind("x", name: "y", "F4"), WeightFileError.missing("x", name: "y", instead: ["z"]),
    WeightFileError.shape("x", name: "y", [1], needed: [2]), WeightFileError.notFinite("x", name: "y"),
    WeightFileError.longHeader("x", bytes: 200 << 20, most: 100 << 20),
  ]

  private static let images: [any Error] = [
    PixelStoreError.memory(count: 9, size: 8, fittingSize: 8, fittingCount: 1, memory),
    PixelStoreError.memory(count: 9, size: 8, fittingSize: 4, fittingCount: nil, memory),
    PixelStoreError.allocation(count: 1, size: 8), ImageSetError.bytes(1, size: 2),
    ImageSetError.labels(1, images: 2), ImageSetError.label(9, classes: 1), ImageSetError.size(0),
    ImageSetError.noneToDraw("x"), ImageSetError.sample(3, of: 1), ImageSetError.unlabelled("x"),
    ImageSetError.perClass(9, "x", few: ["y", "z"], counts: [0, 1]),
    ImageSetError.share(2), ImageSetError.indivisible("x", count: 0), ImageSetError.emptyPart(0.1, count: 2),
    ShapesError.size(8, 16...32), ShapesError.trainCount(0), ShapesError.testCount(0),
    ShapesError.memory(.allocation(count: 1, size: 8)), AugmentationError.scale(0...2),
    AugmentationError.ratio(0...2), AugmentationError.strength(.contrast, -1), AugmentationError.hue(1),
    AugmentationError.chance(2), AugmentationError.sigma(0...1),
    AugmentationError.threshold(2), AugmentationError.margin(-1),
    AugmentationError.notJitter(.flip(chance: 1)),
    AugmentationError.noChoices,
  ]

  private static let source = DownloadError.Source(name: "x", address: "a", destination: "d")
  private static let data: [any Error] = [
    ArchiveError.noMemory("x"), ArchiveError.unopened("x", nil), ArchiveError.noArchive("x", "why"),
    ArchiveError.cutOff("x", nil), CIFAR10Error.nothing("x"), CIFAR10Error.folderWithout("x"),
    CIFAR10Error.neither("x"), CIFAR10Error.noHome, CIFAR10Error.size("x", 3, expected: 2),
    CIFAR10Error.label("x", 10, image: 1), CIFAR10Error.lacks(folder: "x", "y", files: ["y"]),
    CIFAR10Error.incomplete("x", lacks: "y"), DownloadError.wrongSum(source),
    DownloadError.noProgram(source, "curl"), DownloadError.failed(source, "why"), IDXError.noFolder("x"),
    IDXError.noFiles("x"), IDXError.noSplit("x", "y", splits: ["z"]),
    IDXError.severalSplits("x", ["y", "z"]),
    IDXError.lacks("x", "y"), IDXError.sizes("x", train: 1, test: 2), IDXError.missing("x"),
    IDXError.empty("x"), IDXError.noBytes("x", start: [1]), IDXError.impossible("x", [1]),
    IDXError.cutOff("x", .file(1, declared: 2)), IDXError.tooLong("x", declared: 1),
    IDXError.noImages("x", [1]), IDXError.notSquare("x", [1, 2, 3]), IDXError.noLabels("x", [1, 2]),
    IDXError.labelCount("x", 1, images: "y", 2),
    PickleError.noPickle("x"), PickleError.cutOff("x"), PickleError.foreign("x", name: "y.z"),
    PickleError.instruction("x", 1, at: 2), PickleError.malformed("x", at: 2),
    CIFARBatchError.unreadable("x", SystemError(5)), CIFARBatchError.lacks("x", member: "data"),
    CIFARBatchError.shape("x", [1, 2], type: "u1"), CIFARBatchError.labels("x", 1, images: 2),
    CIFARBatchError.label("x", 1, image: 2, classes: 3),
    CIFAR100Error.nothing("x"), CIFAR100Error.folderWithout("x"), CIFAR100Error.noCopy(folder: "x"),
    CIFAR100Error.lacks(folder: "x", "y"), CIFAR100Error.unreadable("x", SystemError(5)),
    CIFAR100Error.size("x", 1, expected: 2), CIFAR100Error.label("x", 1, image: 2, classes: 3),
    STL10Error.nothing("x"), STL10Error.folderWithout("x"), STL10Error.noCopy(folder: nil),
    STL10Error.lacks(folder: "x", "y"), STL10Error.unreadable("x", SystemError(5)), STL10Error.size("x", 1),
    STL10Error.labels("x", 1, images: 2), STL10Error.label("x", 11, image: 2),
    ArrayError.missing("x"), ArrayError.unreadable("x", SystemError(5)), ArrayError.noArray("x"),
    ArrayError.header("x", "y"), ArrayError.columnsFirst("x"), ArrayError.imageType("x", "<f4"),
    ArrayError.labelType("x", "|S1"), ArrayError.imageShape("x", [1]), ArrayError.labelShape("x", [1, 2]),
    ArrayError.notSquare("x", [1, 2, 3]), ArrayError.cutOff("x"), ArrayError.labelCount("x", 1, images: 2),
    ArrayError.labelValue("x", 0.5, image: 1), ArrayError.noImages("x", arrays: ["y"]),
    ArrayError.labelsTwice("x"),
    ArrayError.sizes("x", train: 1, other: 2), ArrayError.fewImages("x"), ImageFolderError.noFolder("x"),
    ImageFolderError.size(0, 1...9), ImageFolderError.noImages("x", leftOut: LeftOut()),
    ImageFolderError.fewImages("x"),
  ]

  private static let learning: [any Error] = [
    TrainingError.epochs(0), TrainingError.fewImages("x", 1), TrainingError.smallBatch(1),
    TrainingError.largeBatch(9, images: 1), TrainingError.chunkAlone, TrainingError.smallChunk(0, batch: 8),
    TrainingError.largeChunk(9, batch: 8), TrainingError.joinedViews,
    TrainingError.singlePlace(size: 32, "x", layer: "y"), TrainingError.notInterrupted,
    TrainingError.longFreeze(epochs: 3, had: 0, planned: 2),
    TrainingError.otherImages("x", count: 1), TrainingError.largeStep(9, most: 8),
    TrainingError.memory("x", memory),
    TrainingError.stepMemory(views: 8, inChunks: false, fitting: 2, memory),
    TrainingError.passageMemory(1, "x", width: 1, fitting: 0, memory), NTXentError.temperature(0),
    LossAnatomyError.pairs(rows: 3), LossAnatomyError.many(9, most: 8), LossAnatomyError.notFinite,
    MethodUseError.correlations(batch: 2), MethodUseError.longQueue(9, most: 8, "x", images: 4),
    MethodUseError.prototypes(9, batch: 4, queue: 0),
    MethodUseError.fixedSize(architecture: "vit", 9, size: 16), MethodUseError.largeCrops(16, size: 16),
    MethodUseError.fixedTiles(architecture: "vit", 9, size: 16),
    MethodUseError.smallTiles(5, architecture: "cnn", least: 8),
    MethodUseError.negatives(9, most: 4, "x", images: 8),
    MethodUseError.negatives(9, most: 0, "x", images: 8),
    MethodUseError.noPatches(architecture: "cnn"), MethodUseError.fewPatches(1, size: 16),
    MethodUseError.decoderWidth(30, heads: 3, fitting: 36), MethodUseError.noReconstruction,
    ModelFileError.method("x", .choice("supcon", setting: "form", "y")),
    SupervisedError.unlabelled("x"), SupervisedError.oneClass("x"),
    SupervisedError.otherClasses("x", ["a"], known: ["b"]), SupervisedError.noClasses, ClassifierError.noRows,
    ClassifierError.notFinite(row: 1), ClassifierError.epochs(0), ClassifierError.batch(0),
    ClassifierError.hidden(-1), ClassifierError.memory(hidden: 9, width: 1, fitting: nil, memory),
    ClassifierError.diverged(loss: .nan, epoch: 1), ClassifierError.width(1, rows: 2), ModelError.busy,
    ModelFileError.undescribed("x"), ModelFileError.newer("x", format: 3, newest: 2),
    ModelFileError.unclear("x"), ModelFileError.normalisation("x"), ModelFileError.method("x", .untold),
    ModelFileError.method("x", .unknown("y", known: ["z"])),
    ModelFileError.size("x", weights: 2, numbers: 1),
    ModelFileError.history("x", .step(loss: 1, rate: 2, [.top1], [3])),
    ModelFileError.history("x", .place(1, of: 2)),
  ]

  private static let figures: [FigureError] = [
    .narrow(100), .narrow(100, remedy: .columns(2)), .low(100), .side(.nan), .scale(0),
    .pixels(wide: 40_000, high: 400), .noMemory, .cairo("why"), .mixedMarks, .overLyingBars, .logarithmicBars,
    .logarithmicBins, .axis("x", 1...1, isLogarithmic: false), .logarithmOfNames(axis: "y"),
    .bandsOfNumbers(axis: "x"), .series(.line("a", 0, x: 1, y: 2)), .series(.band(nil, 0, points: 1)),
    .series(.group("a", 0, values: 1, categories: 2)), .series(.groupErrors(nil, 1)),
    .series(.points(x: 1, y: 2)), .series(.pointClasses(1, points: 2)), .series(.pointClass(3, names: 1)),
    .series(.pointValues(1, points: 2)), .series(.bins(0, 1...9)),
    .matrix(.cells(rows: 1, columns: 2, values: 1)), .matrix(.largeMatrix(rows: 9, columns: 9, most: 8)),
    .matrix(.names(1, .rows, names: 2)), .matrix(.colours(1...1)),
    .matrix(.confusion(counts: 1, expected: 4)), .matrix(.negativeCount),
    .pictures(.emptyPicture(width: 0, height: 0)), .pictures(.pictureBytes(1, width: 1, height: 1)),
    .pictures(.manyPictures(9, most: 8)), .pictures(.gridColumns(0)),
    .pictures(.thumbnails(x: 1, y: 1, pictures: 2, classes: 1)), .pictures(.thumbnailSide(0)),
    .parts(.noPanels), .parts(.panelColumns(0)), .parts(.manyPanels(9, most: 8)), .parts(.noBoxes),
    .parts(.largeDiagram(boxes: 9, arrows: 1, most: 8)), .parts(.sameBox("a")), .parts(.noBox("a")),
  ]

  @Test("of figures are whole sentences", arguments: figures)
  func sentences(error: FigureError) throws {
    let problem = try #require(Session().explain(error))
    #expect(problem.message.hasSuffix(".") && problem.advice?.hasSuffix(".") == true, "\(problem)")
    #expect(!problem.message.contains("\\") && !problem.message.contains("Optional"), "\(problem)")
  }

  @Test(
    "name options that commands declare, and need no name of a case",
    arguments: files + records + analysis + networks + images + data + learning)
  func declared(error: any Error) throws {
    let problem = try #require(Session().explain(error), "\(error)")
    let said = problem.message + " " + (problem.advice ?? "")
    #expect(!said.contains("\\") && !said.contains("Error") && !said.contains("Optional"), "\(said)")
    if let about = problem.about { #expect(Self.words.contains(about), "\(about)") }
  }

  @Test(
    "of notes on data count and name",
    arguments: [
      (
        .folder(
          FolderReport(
            place: "data", classes: ["cat", "dog"],
            division: .parts([
              .init(.train, "a", images: 6), .init(.test, "b", images: 1), .init(.validation, "c", images: 2),
            ]), untrained: ["dog"])),
        "data is divided: a (6 images) to train on, b (1 image) for testing, c (2 images), the member `validation`. "
          + "It has 2 classes (cat, dog). There is nothing to train on of dog."
      ),
      (
        .folder(
          FolderReport(
            place: "data", classes: nil, division: .split(images: 10, test: 2, within: .whole),
            likelyClasses: ["x", "y"], likelyPart: "one")),
        "data has no class folders, so no labels, and 10 images, of which 2 (20 %) are set aside for testing. "
          + "Each of them holds the folders x, y: if those are the classes, load one part alone, as \"data/one\", "
          + "or call them train and test."
      ),
      (
        .folder(
          FolderReport(
            place: "d", classes: ["a"], division: .split(images: 4, test: 1, within: .eachSmallClass))),
        "d has 1 class (a), and 4 images, of which 1 (20 % of each class, at least one image) are set aside for testing."
      ),
      (
        .leftOut(
          LeftOut([
            .init(.deadLink, count: 1, [.init("a")]), .init(.annexed, count: 15, [.init("b"), .init("c")]),
            .init(.tooLarge, count: 1, [.init("d", .memory(needed: 600_000_000, free: 300_000_000))]),
            .init(.otherPart, count: 1, [.init("e", .noClassFolders)]),
          ])),
        "Left out: 1 link leads nowhere: a; 15 links lead to files that are not here (`git annex get .` fetches "
          + "them): b, c, …; 1 image too large for the memory: d (it needs 600 MB, 300 MB are free); "
          + "1 folder that is not a part: e (no class folders)."
      ),
      (.untrained(["7"]), "There is nothing to train on of 7."),
      (.turned, "EMNIST's files hold its images with rows and columns exchanged; here they stand upright."),
      (.unofficialArchive, "This archive is not the official release: its size differs."),
    ] as [(DataNote, String)])
  func notes(note: DataNote, words: String) { #expect([note].words == words) }

  @Test("of what is left out agree with their number", arguments: LeftOut.Reason.allCases)
  func leftOut(reason: LeftOut.Reason) {
    for count in [1, 2] {
      let said = [.leftOut(LeftOut([.init(reason, count: count, [.init("x")])]))].words
      #expect(said.hasPrefix("Left out: \(count) "), "\(said)")
      #expect(said.hasSuffix(count == 1 ? ": x." : ": x, …."), "\(said)")
    }
  }

  @Test(
    "say what would do",
    arguments: [
      (
        RowsError.memory(.neighbours(1), rows: 8, memory),
        "a search for 1 neighbour of 8 rows would take about 4 MB of memory, and 1 MB are free; take 1 row or fewer"
      ),
      (
        NeighboursError.half(150, rows: 300),
        "`k` is 150, and trustworthiness asks for less than half of 300 rows; use k from 1 to 149"
      ),
      (
        ViTError.paperWidth(24, patch: 4),
        "With style=paper a token is a patch as it is: 4·4·3 = 48 numbers, not 24.; "
          + "Leave width out, or write style=standard."
      ),
      (
        NetworkError.memory(architecture: "cnn", .width, value: 256, least: 1, most: 40, memory),
        "the network cnn with width=256 would take about 4 MB of memory, and 1 MB are free; "
          + "use width from 1 to 40"
      ),
      (
        ShapesError.memory(
          .memory(count: 301_000, size: 32, fittingSize: 18, fittingCount: 97_656, memory)),
        "a set of 301,000 images of 32×32 pixels would take about 4 MB of memory, and 1 MB are free; "
          + "what fits is size=18 or 97,656 images"
      ),
      (
        IDXError.severalSplits("x", ["digits", "letters"]),
        "the folder x holds several data sets: digits, letters; Choose one: split=\"digits\"."
      ),
      (
        DownloadError.wrongSum(source),
        "what came from a is not the official file: its SHA-256 differs, and it was thrown away; "
          + "Try again later. Or fetch a in another way and put it at d, or give its place: load cifar10 path=…"
      ),
      (
        AugmentationError.scale(0...2),
        "a crop keeps a share of the image above 0 and up to 1, not [0, 2]; Try scale=[0.2, 1]."
      ),
      (
        TrainingError.stepMemory(views: 800, inChunks: false, fitting: 96, memory),
        "a step with 800 views at once would take about 4 MB of memory, and 1 MB are free; "
          + "Write batch=96, or keep the batch and write chunk=96."
      ),
      (
        LossAnatomyError.pairs(rows: 3),
        "the loss compares pairs of views, the first of each image and then the second of each: an even number of "
          + "rows, at least 4, and there are 3 rows; make them with pairs: embed (pairs few[0..<4]) with=model output=z"
      ),
      (
        ModelFileError.newer("x", format: 3, newest: 2),
        "x was written by a newer version of Contrast: its format is 3, and this version reads up to 2; open it with "
          + "a newer version, or save the model there for this one: weights alone open with into="
      ),
      (
        SupervisedError.unlabelled("x"),
        "`x` has no labels, and a supervised model learns by them; labels come with load cifar10, load shapes, "
          + "load idx, and with a folder for each class"
      ),
      (
        FigureError.narrow(283, remedy: .columns(5)),
        "The figure is too small for its words: it needs a width of about 10.0 cm.; "
          + "Make it wider, or use fewer columns: columns=5."
      ),
    ] as [(any Error, String)])
  func advice(error: any Error, words: String) throws {
    let problem = try #require(Session().explain(error))
    #expect("\(problem.message); \(problem.advice ?? "")" == words)
  }
}
