import Analysis
import Images
import Language
import Learning
import Tensors

struct Measure {
  @Required var value: OneOf<RowsValue, ModelValue>
  var on: ImagesValue?
  var of: RowsValue?
  var k = 10
  var seed: Int?

  /// Pairs are compared each with each: more than this would take minutes and tell nothing more.
  private static let mostPairs = 5_000

  static let command: Command<Measure> = Command(
    name: "measure", summary: "Measures of the quality of a representation: a table.",
    details: """
      Of an embedding: spread and effective rank, which fall when it collapses, uniformity, and, with labels, the accuracy of k \
      nearest neighbours. Of a model, with on=images: the same for two views of each image, before the head (h) and after it (z), \
      with alignment and uniformity (Wang and Isola 2020) and the rank of the partner among all other views. Of a map, with \
      of=rows: the share of neighbours that it kept, and its trustworthiness (Venna and Kaski 2001).
      """,
    gives: "table", group: "Judging", defaults: Measure(),
    arguments: [Argument("value", \.$value, "An embedding, or a model with on=")],
    options: [
      Option("on", \.on, "Images for a model, which sees two views of each"),
      Option("of", \.of, "Rows that a map was made of"),
      Option("k", \.k, "Number of neighbours to look at", in: 1...1000),
      .seed(\.seed, "the views"),
    ],
    examples: [
      Example(
        code: "measure (embed few with=model)",
        setup: "few = (load shapes train=64 test=10 size=16).train\nmodel = simclr (cnn width=4 size=16)"),
      Example(
        code: "measure model on=few",
        setup: "few = (load shapes train=64 test=10 size=16).train\nmodel = simclr (cnn width=4 size=16)"),
      Example(
        code: "measure map of=few",
        setup:
          "few = (load shapes train=100 test=10 size=16).train\nmap = tsne few perplexity=10 iterations=50"),
    ],
    showsValue: true
  ) { options, context in
    let run = context.run(seed: context.session.seed(options.seed))
    switch options.value {
    case .second(let model):
      guard let images = options.on else {
        throw Problem(
          "a model needs images to be measured on", about: command.word(\.on),
          advice: "add \(command.word(\.on))=images, as in: \(command.name) model \(command.word(\.on))=few")
      }
      return try views(of: images.set, under: model.model, run: run)
    case .first(let rows):
      if let source = options.of { return try map(rows, of: source, k: options.k, run: run) }
      return try representation(rows, k: options.k, run: run)
    }
  }

  private static func representation(_ rows: RowsValue, k: Int, run: Run) throws -> TableValue {
    let matrix = try rows.matrix(run: run)
    let width = matrix.shape[1]
    var lines: [[TableValue.Cell]] = [
      line("spread", try spread(matrix), "1: directions cover the sphere evenly, 0: all rows are equal"),
      line(
        "effective rank", try effectiveRank(matrix, run: run),
        "directions in use, of \(min(width, matrix.shape[0]))"),
      line("uniformity", try uniformity(matrix, run: run), "lower is more even; 0: all rows are equal"),
    ]
    if let labels = rows.images.labels, matrix.shape[0] > 1 {
      let count = min(k, matrix.shape[0] - 1)
      let found = try knnPredictions(
        of: matrix, in: matrix, labels: labels, classes: rows.images.classes.count, count: count,
        leavingOutSelf: true, run: run)
      let right = zip(found, labels).filter { $0 == $1 }.count
      lines.append(
        line(
          "kNN accuracy", Double(right) / Double(labels.count),
          "share whose \(Format.counted(count, "neighbour")) vote for their class"))
    }
    return TableValue(columns: ["measure", "value", "how to read it"], rows: lines)
  }

  private static func line(_ name: String, _ value: Double, _ meaning: String) -> [TableValue.Cell] {
    [.text(name), .number(value), .text(meaning)]
  }

  private static func views(of set: ImageSet, under model: ContrastiveModel, run: Run) throws -> TableValue {
    guard set.count <= mostPairs else {
      throw Problem(
        "`\(command.name)` compares all pairs and takes at most \(Format.counted(mostPairs, "image")), not \(Format.count(set.count))",
        about: command.word(\.on),
        advice: "measure on a sample: \(command.word(\.on))=(\(Sample.command.name) images 1000)")
    }
    let (first, second, whole) = try observe(model, on: set, run: run) { observation in
      let views = try observation.views()
      return (views.first, views.second, try observation.outputs())
    }
    let columns = try [\Observation.Outputs.h, \.z].map { part -> [Double] in
      let rows = whole[keyPath: part]
      let ranks = try positives(first[keyPath: part], second[keyPath: part], run: run)
      return [
        try alignment(first[keyPath: part], second[keyPath: part], run: run), try uniformity(rows, run: run),
        try spread(rows), try effectiveRank(rows, run: run), ranks.top1, ranks.top5, ranks.meanRank,
      ]
    }
    let names = [
      ("alignment", "0: the views of an image coincide"), ("uniformity", "lower is more even"),
      ("spread", "1: directions cover the sphere evenly, 0: collapsed"),
      ("effective rank", "directions in use"),
      ("top-1", "share of views whose partner is their nearest"),
      ("top-5", "share of views whose partner is among their five nearest"),
      ("mean rank", "mean rank of the partner among \(Format.count(2 * set.count - 1)) other views"),
    ]
    return TableValue(
      columns: ["measure", "h", "z", "how to read it"],
      rows: names.indices.map {
        [.text(names[$0].0), .number(columns[0][$0]), .number(columns[1][$0]), .text(names[$0].1)]
      })
  }

  private static func map(_ map: RowsValue, of source: RowsValue, k: Int, run: Run) throws -> TableValue {
    let (points, rows) = (try map.matrix(run: run), try source.matrix(run: run))
    guard points.shape[0] == rows.shape[0] else {
      throw Problem(
        "the map has \(Format.counted(points.shape[0], "point")) and the rows are \(Format.count(rows.shape[0]))",
        about: command.word(\.of), advice: "give the rows that the map was made of")
    }
    return TableValue(
      columns: ["measure", "value", "how to read it"],
      rows: [
        line(
          "neighbour recall", try neighbourRecall(of: points, rows: rows, count: k, run: run),
          "share of the \(k) nearest rows that are among the nearest on the map"),
        line(
          "trustworthiness", try trustworthiness(of: points, rows: rows, count: k, run: run),
          "1: all \(k) nearest on the map are near in the data too"),
      ])
  }
}
