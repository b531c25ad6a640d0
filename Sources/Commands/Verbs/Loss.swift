import Base
import Images
import Language
import Learning
import Tensors

struct Pairs {
  @Required var images: ImagesValue
  var with = AugmentationValue(.simclr)
  var seed: Int?

  static let command: Command<Pairs> = Command(
    name: "pairs", summary: "Two random views of each image: the positive pairs of the contrastive loss.",
    details: """
      The first views of all images come first, then the second views in the same order, as the loss expects them: for N images, \
      view i and view i + N are a positive pair, and all others are negatives.
      """,
    gives: "images", group: "Learning", defaults: Pairs(),
    arguments: [Argument("images", \.$images, "The images; a few are enough to look at: few[0..<4]")],
    options: [
      Option("with", \.with, "Augmentation that makes the views"),
      .seed(\.seed, "the views"),
    ],
    examples: [
      Example(code: "pairs few[0..<6] with=simclr", setup: "few = (load shapes train=60 test=10).train")
    ]
  ) { options, context in
    let set = options.images.set
    guard set.count <= LossAnatomy.mostViews else {
      throw Problem(
        "`\(command.name)` takes at most \(Format.counted(LossAnatomy.mostViews, "image")), not \(Format.count(set.count))",
        about: command.word(\.$images), advice: "use a few: \(command.name) few[0..<8]")
    }
    try about(command.word(\.$images)) { try askForPictures(2 * set.count, size: set.size) }
    let pixels = try pictures(
      of: set, indices: Array(0..<set.count), epoch: 0, views: 2, with: options.with.augmentation,
      run: context.run(seed: context.session.seed(options.seed)))
    return ImagesValue(
      try ImageSet(
        name: "pairs of \(set.name)", pixels: pixels, size: set.size,
        labels: Array(0..<set.count) + Array(0..<set.count), classes: (0..<set.count).map { "\($0 + 1)" },
        areViews: true))
  }
}

struct Similarity {
  @Required var of: RowsValue
  var to: RowsValue?

  static let command: Command<Similarity> = Command(
    name: "similarity", summary: "The cosine similarity of each pair of rows: a matrix.",
    details:
      "1 is the same direction, 0 none in common, −1 the opposite one. Of images, the rows are their pixels.",
    gives: "matrix", group: "Learning", defaults: Similarity(),
    arguments: [Argument("of", \.$of, "An embedding or images")],
    options: [Option("to", \.to, "Rows to compare with; default: the rows themselves")],
    examples: [
      Example(code: "similarity few[0..<5]", setup: "few = (load shapes train=60 test=10 size=16).train"),
      Example(
        code: "plot heatmap (similarity z)",
        setup: """
          few = (load shapes train=60 test=10 size=16).train
          z = embed (pairs few[0..<4]) with=(simclr (cnn width=4 size=16)) output=z
          """),
    ],
    showsValue: true
  ) { options, context in
    let run = context.run()
    let (a, b) = (options.of, options.to ?? options.of)
    let (rows, columns) = (a.images.count, b.images.count)
    guard rows * columns <= 16_000_000 else {
      throw Problem(
        "a matrix of \(Format.count(rows))×\(Format.count(columns)) is too large to look at",
        about: command.word(\.$of),
        advice: "compare fewer rows: \(command.name) h[0..<500]")
    }
    let numbers = rows * columns
    try MachineMemory.ask(for: 24 * numbers) { memory in
      let most = Int(Double(memory.counted / 24).squareRoot())
      return InputError(
        "a matrix of \(Format.count(rows))×\(Format.count(columns))", lacks: memory,
        option: command.word(\.$of),
        advice: most > 0
          ? "compare \(Format.counted(min(most, rows), "row")) or fewer: h[0..<\(min(most, rows))]" : nil)
    }
    let first = try a.matrix(run: run)
    let second = options.to == nil ? nil : try b.matrix(run: run)
    if let second, first.shape[1] != second.shape[1] {
      throw Problem(
        "rows of \(Format.counted(first.shape[1], "number")) cannot be compared with rows of \(second.shape[1])",
        about: command.word(\.to),
        advice: "compare rows of one kind: embeddings by the same model, or images of the same size")
    }
    let products = try run.pass { pass in
      let unit = normalised(first, pass: pass).unit
      return product(
        unit, second.map { normalised($0, pass: pass).unit } ?? unit, transposeB: true, pass: pass)
    }
    let values = products.elements.map(Double.init)
    return MatrixValue(
      rows: rows, columns: columns, values: values, rowNames: a.images.rowNames,
      columnNames: b.images.rowNames,
      label: "cosine similarity", isSymmetric: options.to == nil)
  }
}

struct NTXentOptions {
  @Required var of: RowsValue
  var temperature: Float = 0.5
  var loss = NTXent.Form.standard

  static let command = Command(
    name: "ntxent", summary: "The contrastive loss of a few pairs, with all intermediate values.",
    details: """
      For view i with partner p: ℓ(i) = −log( exp(s(i, p)/τ) / Σ_{k≠i} exp(s(i, k)/τ) ), s the cosine similarity and τ the \
      temperature (Chen et al. 2020, Eq. 1). Members: similarities, probabilities, pulls (−∂ℓ(i)/∂s(i, k)) and gradient \
      (∂ℓ/∂z) are matrices, losses is a list, table is the table shown. The chance level is ln(2N − 1) for N images.

      With loss=published the denominator counts the partner twice, as in the code behind the paper: the chance level is ln(2N), \
      and the loss cannot fall below ln 2.
      """,
    gives: "loss", group: "Learning", defaults: NTXentOptions(),
    arguments: [Argument("of", \.$of, "Projections of pairs: embed (pairs few[0..<4]) with=model output=z")],
    options: [
      Option(
        "temperature", \.temperature,
        "Divides the similarities; small values weigh the hardest negatives most",
        above: 0),
      Option(
        "loss", \.loss,
        "Form of NT-Xent: as defined, or with the positive twice in the denominator (published)"),
    ],
    examples: [
      Example(
        code: "ntxent z temperature=0.1\nplot heatmap (ntxent z temperature=0.1).probabilities",
        setup: """
          few = (load shapes train=60 test=10 size=16).train
          z = embed (pairs few[0..<4]) with=(simclr (cnn width=4 size=16)) output=z
          """)
    ],
    showsValue: true
  ) { options, context in
    let run = context.run()
    try checkPairs(options.of.images)
    let anatomy = try LossAnatomy(
      of: try options.of.matrix(run: run),
      function: try NTXent(temperature: options.temperature, form: options.loss), run: run)
    return LossValue(anatomy: anatomy, names: options.of.images.rowNames)
  }

  /// The loss takes row i and row i + N for views of one image, whatever they are.
  private static func checkPairs(_ images: ImageSet) throws {
    let half = images.count / 2
    // Other numbers of rows are refused by the loss itself.
    guard images.count % 2 == 0, half > 1, !images.arePairs else { return }
    let names = images.labels.map { labels in [labels[0], labels[half]].map { images.classes[$0] } }
    throw Problem(
      "the rows are not pairs of views of the same image: rows 0 and \(half)"
        + (names.map { ", \($0[0]) and \($0[1])," } ?? "") + " would count as partners",
      about: command.word(\.$of),
      advice: "make them with \(Pairs.command.name): \(Advice.projections)")
  }
}

extension ImageSet {
  /// Whether the images are views of different images: all first views, then all second views in the same order.
  var arePairs: Bool {
    guard areViews, let labels, count % 2 == 0, count > 0 else { return false }
    let half = count / 2
    return Set(labels[..<half]).count == half && labels[..<half].elementsEqual(labels[half...])
  }

  /// Names of the images in tables and matrices: "1a" and "1b" for the views of a pair, else class or number.
  var rowNames: [String] {
    guard let labels else { return (0..<count).map(String.init) }
    let (half, isPaired) = (count / 2, arePairs)
    return labels.enumerated().map { place, label in
      isPaired ? classes[label] + (place < half ? "a" : "b") : classes[label]
    }
  }
}
