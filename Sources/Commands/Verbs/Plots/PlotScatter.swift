import Base
import Figures
import Images
import Language
import Tensors

struct PlotScatter {
  @Required var of: OneOf<EmbeddingValue, TableValue>
  var x: ColumnName?
  var y: ColumnName?
  var colour: ColumnName? = ColumnName("label")
  var facet: ColumnName?
  var pictures = 0
  var names = false
  var interactive = false
  var xscale = ScaleName.linear
  var yscale = ScaleName.linear
  var title: Label?

  static let command = Command(
    name: "plot scatter",
    summary: "Points: the first two columns of an embedding, or two columns of a table.",
    details: """
      An embedding is coloured by class; with more than three columns, reduce it first with pca or tsne. Columns of an \
      embedding are numbered from 0. A column of numbers colours points by a scale, a column of text by class.
      """,
    gives: "figure", group: "Plots", defaults: PlotScatter(),
    arguments: [Argument("of", \.$of, "An embedding or a table")],
    options: [
      Option("x", \.x, "The column on the horizontal axis"),
      Option("y", \.y, "The column on the vertical axis"),
      Option("colour", \.colour, "Meaning of the colours: label, none, or a column of the table"),
      Option("facet", \.facet, "Column of a table whose values become panels"),
      Option(
        "pictures", \.pictures, "Approximate number of an embedding's images to place on the map",
        in: 0...2000),
      Option("names", \.names, "Write the names of classes on the map instead of beside it"),
      Option(
        "interactive", \.interactive,
        "Draw an embedding as a map to zoom and pan, with the image under the pointer, in front ends that support it"
      ),
      Option(
        "xscale", \.xscale,
        "Scale of the horizontal axis; log and log2 for values that grow by factors, such as rates"),
      Option("yscale", \.yscale, "Scale of the vertical axis"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot scatter (pca few) colour=label",
        setup: "few = (load shapes train=300 test=10 size=16).train"),
      Example(
        code: "plot scatter (pca few) pictures=80",
        setup: "few = (load shapes train=300 test=10 size=16).train"),
      Example(
        code: "plot scatter (pca few) interactive=true",
        setup: "few = (load shapes train=300 test=10 size=16).train"),
      Example(
        code: "plot scatter t x=rate y=accuracy colour=batch xscale=log",
        setup:
          "t = table rate=[1e-4, 3e-4, 1e-3, 3e-3] accuracy=[0.31, 0.38, 0.44, 0.4] batch=[16, 32, 64, 128]"),
    ],
    showsValue: true
  ) { options, context in
    switch options.of {
    case .first(let embedding):
      FigureValue(
        try figure(of: embedding, options),
        interactive: options.interactive ? try interactive(embedding, options, context.session) : nil)
    case .second(let table): FigureValue(try figure(of: table, options))
    }
  }

  private static func figure(of embedding: EmbeddingValue, _ options: PlotScatter) throws -> Figure {
    if options.facet != nil {
      let facet = command.word(\.facet)
      throw Problem("\(facet)= needs a table", about: facet, advice: "leave \(facet) out")
    }
    let points = try MapPoints(embedding, x: options.x, y: options.y)
    let images = embedding.images
    let colouring: Scatter.Colouring
    switch options.colour?.name {
    case nil: colouring = .single(nil)
    case "label": colouring = images.labels.map { .classes($0, names: images.classes) } ?? .single(nil)
    case .some(let name):
      throw Problem(
        "an embedding has no column \(name) to colour by", about: command.word(\.colour),
        advice: "write \(command.word(\.colour))=label or \(command.word(\.colour))=none")
    }
    var figure = Figure(
      title: options.title,
      marks: [
        .scatter(
          Scatter(
            x: points.x, y: points.y, colouring: colouring,
            labelsClasses: options.names && images.labels != nil))
      ])
    if options.pictures > 0 {
      figure.marks.append(.thumbnails(try points.thumbnails(of: images, about: options.pictures)))
    }
    figure.aspect = .equal
    figure.showsAxes = false
    figure.caption = points.note.map(Label.plain)
    return figure
  }

  private static func interactive(
    _ embedding: EmbeddingValue, _ options: PlotScatter, _ session: Session
  ) throws -> InteractiveMap {
    let points = try MapPoints(embedding, x: options.x, y: options.y)
    var rows = points.x.indices.filter { points.x[$0].isFinite && points.y[$0].isFinite }
    var title = options.title?.spoken
    if rows.count > InteractiveMap.mostPoints {
      title =
        (title.map { $0 + ", " } ?? "")
        + "\(Format.count(InteractiveMap.mostPoints)) of \(Format.counted(rows.count, "point"))"
      var random = RandomStream(seed: session.seed, name: "interactive", indices: [])
      rows = random.permutation(rows.count).prefix(InteractiveMap.mostPoints).sorted().map { rows[$0] }
    }
    return try InteractiveMap(
      points: points, rows: rows, images: embedding.images,
      colours: Palette.light.map(\.hexText), title: title)
  }

  private static func figure(of table: TableValue, _ options: PlotScatter) throws -> Figure {
    if options.interactive {
      throw Problem(
        "a table has no images to hover over", about: command.word(\.interactive),
        advice: "plot the embedding itself")
    }
    if options.pictures > 0 {
      throw Problem(
        "a table has no images to place", about: command.word(\.pictures),
        advice: "plot the embedding itself")
    }
    let x = try table.numbers(options.x ?? ColumnName(""), about: command.word(\.x))
    let y = try table.numbers(options.y ?? ColumnName(""), about: command.word(\.y))
    let shared = (
      x: Scale(options.xscale.kind).shared(by: x), y: Scale(options.yscale.kind).shared(by: y)
    )
    let colouring = try Colouring(of: table, by: options.colour)
    return try Facets.figure(
      of: table, by: options.facet, about: command.word(\.facet), title: options.title
    ) { rows in
      try figure(of: rows, colouring, options)
    } align: {
      ($0.xScale, $0.yScale) = shared
    }
  }

  private static func figure(of table: TableValue, _ colouring: Colouring, _ options: PlotScatter) throws
    -> Figure
  {
    let x = try table.numbers(options.x ?? ColumnName(""), about: command.word(\.x))
    let y = try table.numbers(options.y ?? ColumnName(""), about: command.word(\.y))
    var figure = Figure(
      marks: [
        .scatter(Scatter(x: x, y: y, colouring: try colouring.of(table), labelsClasses: options.names))
      ])
    figure.xLabel = (options.x?.name).map(Label.plain)
    figure.yLabel = (options.y?.name).map(Label.plain)
    figure.xScale = Scale(options.xscale.kind)
    figure.yScale = Scale(options.yscale.kind)
    return figure
  }

  /// Colours of a table's points; class numbers are those of the whole table, so that panels agree.
  private enum Colouring {
    case single
    case numbers(ColumnName)
    case classes(ColumnName, NamedGroups)

    init(of table: TableValue, by column: ColumnName?) throws {
      guard let column else {
        self = .single
        return
      }
      guard let cells = table.column(column.name) else {
        // A table need not have the column that colours unless told.
        guard column.name == "label" else {
          throw Problem.noColumn(column.name, in: table, about: command.word(\.colour))
        }
        self = .single
        return
      }
      let isText = cells.contains { if case .text = $0 { true } else { false } }
      self = isText ? .classes(column, NamedGroups(cells)) : .numbers(column)
    }

    func of(_ table: TableValue) throws -> Scatter.Colouring {
      switch self {
      case .single: return .single(nil)
      case .numbers(let column):
        return .values(
          try table.numbers(column, about: command.word(\.colour)), label: column.name, map: .sequential)
      case .classes(let column, let groups):
        let place = Dictionary(uniqueKeysWithValues: zip(groups.keys, groups.keys.indices))
        let cells = try table.cells(column, about: command.word(\.colour))
        return .classes(cells.map { place[$0] ?? -1 }, names: groups.names)
      }
    }
  }
}

/// Two columns of an embedding as places on a page.
struct MapPoints {
  let x: [Double]
  let y: [Double]
  /// Note for the reader on columns that are not shown.
  let note: String?

  init(_ embedding: EmbeddingValue, x: ColumnName? = nil, y: ColumnName? = nil) throws {
    let (count, width) = (embedding.rows.shape[0], embedding.rows.shape[1])
    let command = PlotScatter.command
    guard width >= 2 else {
      throw Problem(
        "a scatter plot needs two columns, and this embedding has \(width)", about: command.word(\.$of))
    }
    guard width <= 3 || (x != nil && y != nil) else {
      throw Problem(
        "this embedding has \(Format.counted(width, "column")), and a scatter plot shows two",
        about: command.word(\.$of),
        advice:
          "bring it down first: \(command.name) (\(Tsne.command.name) h) or \(command.name) (\(Pca.command.name) h)"
      )
    }
    func column(_ name: ColumnName?, _ otherwise: Int, _ option: String) throws -> Int {
      guard let name else { return otherwise }
      guard let number = Int(name.name), (0..<width).contains(number) else {
        throw Problem(
          "there is no column \(name.name): \(thereAre(width, "column")), counted from 0", about: option,
          advice: "write \(option)=\(otherwise)")
      }
      return number
    }
    let (across, up) = (try column(x, 0, command.word(\.x)), try column(y, 1, command.word(\.y)))
    self.x = (0..<count).map { Double(embedding.rows[$0 * width + across]) }
    self.y = (0..<count).map { Double(embedding.rows[$0 * width + up]) }
    note = width > 2 ? "Columns \(across) and \(up) of \(width)." : nil
  }

  /// About `count` pictures, spread over the map: one for each cell of a grid that has points.
  func thumbnails(of images: ImageSet, about count: Int) throws -> Thumbnails {
    let known = x.indices.filter { x[$0].isFinite && y[$0].isFinite }
    guard let left = known.map({ x[$0] }).min(), let right = known.map({ x[$0] }).max(),
      let bottom = known.map({ y[$0] }).min(), let top = known.map({ y[$0] }).max()
    else {
      throw Problem(
        "there are no points to place images on", about: PlotScatter.command.word(\.pictures))
    }
    // About half of the cells of a map are empty.
    let cells = max(1, (2 * Double(count)).squareRoot())
    let step = max(max(right - left, top - bottom) / cells, .leastNonzeroMagnitude)
    var nearest: [SIMD2<Int>: (index: Int, distance: Double)] = [:]
    for index in known {
      let place = SIMD2((x[index] - left) / step, (y[index] - bottom) / step)
      let cell = SIMD2<Int>(Int(place.x), Int(place.y))
      let away = place - SIMD2(Double(cell.x) + 0.5, Double(cell.y) + 0.5)
      let distance = (away * away).sum()
      if distance < nearest[cell]?.distance ?? .infinity { nearest[cell] = (index, distance) }
    }
    let chosen = nearest.values.map(\.index).sorted()
    return Thumbnails(
      x: chosen.map { x[$0] }, y: chosen.map { y[$0] },
      bitmaps: try chosen.map { try Pictures.bitmap(images, $0) },
      classes: images.labels.map { labels in chosen.map { labels[$0] } } ?? [],
      side: min(40, max(12, 330 / cells)))
  }
}
