import Analysis
import Base
import Figures
import Images
import Language
import Learning
import Networks
import Tensors

struct Show {
  @Required var value: AnyValue
  var with: AugmentationValue?
  var views = 2
  var count = 8
  var seed: Int?

  static let command: Command<Show> = Command(
    name: "show",
    summary: "Display a value; images as a grid, with an augmentation also their views.",
    group: "Looking", defaults: Show(),
    arguments: [Argument("value", \.$value, "Anything")],
    options: [
      Option("with", \.with, "Augmentation of the random views to show beside each image"),
      Option("views", \.views, "Number of views of each image", in: 1...20),
      Option("count", \.count, "Number of images", in: 1...400),
      .seed(\.seed, "the choice of images and of the views"),
    ],
    examples: [
      Example(code: "show few count=20", setup: "few = load shapes train=100 test=10"),
      Example(code: "show few with=simclr views=3 count=6", setup: "few = load shapes train=100 test=10"),
    ],
    showsValue: true
  ) { options, context in
    let session = context.session
    guard let images = options.value.value as? ImagesValue else {
      if options.with != nil {
        throw Problem(
          "views are made of images, and this is \(withArticle(options.value.value.typeName))",
          about: command.word(\.$value),
          kind: .wrongType)
      }
      try session.display(options.value.value)
      return nil
    }
    // No pictures make no grid, and a slider that comes by 0 should not show an error.
    guard images.set.count > 0 else {
      try session.display(images)
      return nil
    }
    let seed = session.seed(options.seed)
    var random = RandomStream(seed: seed, name: "show", indices: [])
    let chosen = Array(random.permutation(images.set.count).prefix(options.count)).sorted()
    guard let augmentation = options.with?.augmentation else {
      return FigureValue(
        Figure(marks: [
          .pictures(
            PictureGrid(
              pictures: try chosen.map {
                PictureGrid.Picture(
                  try Pictures.bitmap(images.set, $0), caption: Pictures.caption(images.set, $0))
              }, columns: min(10, chosen.count)))
        ]))
    }
    let size = images.set.size
    try about("count") { try askForPictures(chosen.count * (options.views + 1), size: size) }
    let pixels = try pictures(
      of: images.set, indices: chosen, epoch: 0, views: options.views, with: augmentation,
      run: context.run(seed: seed))
    let originals = try chosen.map { PictureGrid.Picture(try Pictures.bitmap(images.set, $0)) }
    let views = try stride(from: 0, to: pixels.count, by: size * size * 3).map { start in
      PictureGrid.Picture(
        try Bitmap(width: size, height: size, pixels: Array(pixels[start..<start + size * size * 3])))
    }
    return FigureValue(
      Figure(marks: [.pictures(grid([originals] + views.chunks(of: chosen.count), views: options.views))]))
  }

  /// Most images beside one another: of more, each is too small to see.
  private static let mostColumns = 20

  /// Rows of originals and of each view, in blocks below one another where there are many images.
  private static func grid(_ rows: [[PictureGrid.Picture]], views: Int) -> PictureGrid {
    let (count, names) = (rows[0].count, ["original"] + (1...views).map { "view \($0)" })
    let columns = min(count, mostColumns)
    var (pictures, titles): ([PictureGrid.Picture], [String]) = ([], [])
    for start in stride(from: 0, to: count, by: columns) {
      for row in rows {
        let part = row[start..<min(count, start + columns)]
        pictures += part + Array(repeating: PictureGrid.Picture(nil), count: columns - part.count)
      }
      titles += names
    }
    return PictureGrid(pictures: pictures, columns: columns, rowTitles: titles)
  }
}

extension Array {
  fileprivate func chunks(of count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min(self.count, $0 + count)]) }
  }
}

struct ShowNeighbours {
  @Required var within: EmbeddingValue
  @Required var query: [Int]
  var k = 5
  var metric = Distance.cosine

  static let command: Command<ShowNeighbours> = Command(
    name: "show neighbours",
    summary: "Images beside their nearest neighbours, each marked right or wrong by its class.",
    gives: "figure", group: "Looking", defaults: ShowNeighbours(),
    options: [
      Option("in", \.$within, "The embedding to search"),
      Option("query", \.$query, "Row numbers, counted from 0"),
      Option("k", \.k, "Number of neighbours", in: 1...20),
      Option("metric", \.metric, "Measure of similarity or distance"),
    ],
    examples: [
      Example(
        code: "show neighbours in=h query=[3, 14] k=4",
        setup:
          "few = load shapes train=64 test=10 size=16\nh = embed few with=(simclr (resnet18 width=4 size=16))"
      )
    ],
    showsValue: true
  ) { options, context in
    let embedding = options.within
    let rows = embedding.rows.shape[0]
    guard !options.query.isEmpty, options.query.count <= 50 else {
      let query = command.word(\.$query)
      throw Problem("`\(query)` takes 1 to 50 row numbers, and this is \(options.query.count)", about: query)
    }
    guard rows > 0 else { throw Problem("the embedding has no rows", about: command.word(\.$within)) }
    for row in options.query where row < 0 || row >= rows {
      throw Problem(
        "there is no row \(row): \(thereAre(rows, "row")), counted from 0", about: command.word(\.$query))
    }
    let run = context.run()
    // A row is its own nearest neighbour: one more is asked for, and the row itself left out.
    let near = try neighbours(
      of: embedding.rows.rows(options.query), in: embedding.rows, count: min(options.k + 1, rows),
      metric: options.metric,
      run: run)
    let images = embedding.images
    var cells: [PictureGrid.Picture] = []
    for (place, query) in options.query.enumerated() {
      cells.append(
        PictureGrid.Picture(
          try Pictures.bitmap(images, query), caption: Pictures.caption(images, query), highlight: .chosen))
      let others = near.indices[place].filter { $0 != query }.prefix(options.k)
      for index in others {
        let right = images.labels.map { $0[index] == $0[query] }
        cells.append(
          PictureGrid.Picture(
            try Pictures.bitmap(images, index), caption: Pictures.caption(images, index),
            highlight: right.map { $0 ? .right : .wrong }))
      }
    }
    let columns = 1 + min(options.k, rows - 1)
    let titles = ["query"] + (1..<columns).map { "\($0)" }
    return FigureValue(
      Figure(marks: [.pictures(PictureGrid(pictures: cells, columns: columns, columnTitles: titles))]))
  }
}

struct Describe {
  enum Form: String, CaseIterable, OptionValue { case table, layers }
  @Required var value: AnyValue
  var form = Form.table

  static let command: Command<Describe> = Command(
    name: "describe", summary: "The properties of a value: a table.",
    details: """
      Of an encoder it has a line for each layer, with the shape of what that gives. `as=layers` writes an encoder as the cell that makes it of its \
      layers, to be copied and changed.
      """, gives: "table or code", group: "Looking",
    defaults: Describe(), arguments: [Argument("value", \.$value, "Anything")],
    options: [Option("as", \.form, "A table, or of an encoder the cell that makes it of layers")],
    examples: [
      Example(code: "describe shapes", setup: "shapes = load shapes train=100 test=20 size=16"),
      "describe resnet18 as=layers",
    ],
    showsValue: true
  ) { options, context in
    guard options.form == .layers else { return try describe(options.value.value, context.session) }
    switch options.value.value {
    case let encoder as EncoderValue: return CodeValue(ListedLayer.cell(of: encoder.encoder))
    case let trained as TrainedEncoderValue: return CodeValue(ListedLayer.cell(of: trained.model.encoder))
    case let model as ModelValue: return CodeValue(ListedLayer.cell(of: model.model.encoder))
    default:
      throw Problem(
        "only encoders have layers, and this is \(Base.withArticle(options.value.value.typeName))",
        about: command.word(\.$value),
        advice: "leave `\(command.given(\.form, .layers))` out", kind: .wrongType)
    }
  }

  private static func describe(_ value: any Value, _ session: Session) throws -> any Value {
    switch value {
    case let images as ImagesValue: try describe(images, session)
    case let encoder as EncoderValue: layers(of: encoder)
    case let trained as TrainedEncoderValue: layers(of: EncoderValue(copying: trained.model))
    case let model as ModelValue: epochs(of: model.model)
    case let embedding as EmbeddingValue: columns(of: embedding)
    case let table as any TableLike: columns(of: table.frozen)
    default:
      TableValue(
        columns: ["type", "value"], rows: [[.text(type(of: value).typeName), .text(value.summary)]])
    }
  }

  private static func describe(_ images: ImagesValue, _ session: Session) throws -> TableValue {
    let parts = images.whole?.parts ?? [("images", images.set)]
    var rows: [[TableValue.Cell]] = []
    for (index, name) in images.set.classes.enumerated() {
      rows.append([.text(name)] + parts.map { .number(Double($0.1.classCounts[index])) })
    }
    rows.append([.text("all")] + parts.map { .number(Double($0.1.count)) })
    for (channel, name) in ["red", "green", "blue"].enumerated() {
      let statistics = try parts.map { $0.1.count > 0 ? try $0.1.channelStatistics(session.run()) : nil }
      rows.append([.text("mean \(name)")] + statistics.map { .known($0?.mean[channel]) })
      rows.append([.text("spread \(name)")] + statistics.map { .known($0?.deviation[channel]) })
    }
    return TableValue(columns: ["what"] + parts.map(\.0), rows: rows)
  }

  /// The history, and of a model whose encoder is frozen for a time, when that was.
  private static func epochs(of model: ContrastiveModel) -> TableValue {
    let (table, fineTuning) = (HistoryValue(model.history).table, model.method.fineTuning)
    guard fineTuning.freeze != .none else { return table }
    return TableValue(
      columns: table.columns + ["encoder"],
      rows: table.rows.map { row in
        let epoch = row[0].number ?? 0
        return row + [
          epoch < 1 ? .missing : .text(fineTuning.isFrozen(inEpoch: Int(epoch)) ? "frozen" : "trained")
        ]
      })
  }

  private static func layers(of encoder: EncoderValue) -> TableValue {
    TableValue(
      columns: ["layer", "what it is", "output", "parameters"],
      rows: encoder.encoder.table.map {
        [
          .text($0.name), .text($0.kind), .text($0.outputShape.map(String.init).joined(separator: "×")),
          .number(Double($0.parameters)),
        ]
      })
  }

  /// A row for each column, and how much of it is known.
  private static func columns(of table: TableValue) -> TableValue {
    let rows = table.columns.map { name -> [TableValue.Cell] in
      let cells = table.column(name) ?? []
      let missing = cells.count { $0 == .missing }
      let numbers = cells.compactMap(\.number)
      let counts: [TableValue.Cell] = [.number(Double(cells.count - missing)), .number(Double(missing))]
      guard numbers.count == cells.count - missing, let least = numbers.min(), let most = numbers.max() else {
        return [.text(name), .text("text")] + counts + [.missing, .missing, .missing, .missing]
      }
      let spread = Spread(numbers)
      return [.text(name), .text("numbers")] + counts
        + [
          .number(spread.mean), spread.deviation.map { .number($0) } ?? .missing, .number(least),
          .number(most),
        ]
    }
    return TableValue(
      columns: ["column", "holds", "cells", "missing", "mean", "spread", "min", "max"], rows: rows)
  }

  private static func columns(of embedding: EmbeddingValue) -> TableValue {
    let (count, width) = (embedding.rows.shape[0], embedding.rows.shape[1])
    let rows = (0..<width).map { column -> [TableValue.Cell] in
      let values = (0..<count).map { Double(embedding.rows[$0 * width + column]) }
      guard let least = values.min(), let most = values.max() else {
        return [.number(Double(column)), .missing, .missing, .missing, .missing]
      }
      let spread = Spread(values)
      return [
        .number(Double(column)), .number(spread.mean), spread.deviationOfAll.map { .number($0) } ?? .missing,
        .number(least), .number(most),
      ]
    }
    return TableValue(columns: ["column", "mean", "spread", "min", "max"], rows: rows)
  }
}

extension TableValue.Cell {
  /// A number that may be unknown: what nothing was measured of is a missing cell, not 0.
  fileprivate static func known(_ value: Float?) -> Self { value.map { .number(Double($0)) } ?? .missing }
}
