import Figures

/// Realistic data, the same at every run, and the figures that the tests draw from it.
enum Samples {
  struct Stream {
    var state: UInt64

    /// Uniform in 0..<1.
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }

    /// Roughly normal with mean 0 and spread 1, from sums only: the same bits on every machine.
    mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + next() } }
  }

  static let epochs = (1...20).map(Double.init)
  /// A SimCLR loss that falls from 5.5 to 4.4 over twenty epochs.
  static let loss: [Double] = [
    5.503, 5.291, 5.142, 5.037, 4.951, 4.889, 4.832, 4.779, 4.741, 4.698, 4.667, 4.629, 4.598, 4.571, 4.543,
    4.508,
    4.477, 4.449, 4.421, 4.398,
  ]
  static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  static func lossCurve(_ theme: Theme = .light) -> Figure {
    Figure(
      title: "SimCLR on 5,000 images", xLabel: "Epoch", yLabel: "NT-Xent loss",
      marks: [.line(Line(series: [.init(name: "loss", x: epochs, y: loss)]))], theme: theme)
  }

  static func lines(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 4)
    let names = ["τ = 0.1", "τ = 0.5", "τ = 1.0"]
    let series = names.enumerated().map { index, name -> Line.Series in
      let y = loss.map { 55 - 8 * ($0 - 4) - Double(index) * 3.4 + stream.normal() * 0.35 }
      return Line.Series(name: name, x: epochs, y: y, low: y.map { $0 - 1.2 }, high: y.map { $0 + 1.3 })
    }
    return Figure(
      title: "Temperature", subtitle: "kNN accuracy while training, mean and spread of 5 seeds",
      xLabel: "Epoch",
      yLabel: "Accuracy (%)", caption: "CIFAR-10, 5,000 images, batch 128.",
      marks: [.line(Line(series: series))], theme: theme)
  }

  static func bars(_ theme: Theme = .light) -> Figure {
    Figure(
      title: "What a small network reads from four inputs", yLabel: "Test accuracy (%)",
      marks: [
        .bars(
          Bars(
            categories: ["Raw pixels", "SimCLR", "PCA", "t-SNE"], values: [35.77, 48.63, 39.67, 28.72],
            valueFormat: NumberFormat(suffix: " %")))
      ], theme: theme)
  }

  static func groupedBars(_ theme: Theme = .light) -> Figure {
    Figure(
      title: "As published, and corrected", yLabel: "Test accuracy (%)",
      marks: [
        .bars(
          Bars(
            categories: ["Raw pixels", "SimCLR", "PCA", "t-SNE"],
            groups: [
              .init(name: "as published", values: [35.77, 48.63, 39.67, 28.72]),
              .init(name: "corrected", values: [41.2, 61.9, 42.4, 29.3], errors: [0.8, 1.4, 0.5, 2.1]),
            ]))
      ], theme: theme)
  }

  /// `count` points in ten clusters.
  static func cloud(_ count: Int) -> (x: [Double], y: [Double], classes: [Int]) {
    var stream = Stream(state: 7)
    let centres = (0..<10).map { _ in (stream.normal() * 22, stream.normal() * 20) }
    var x: [Double] = []
    var y: [Double] = []
    var classes: [Int] = []
    for index in 0..<count {
      let own = index % 10
      x.append(centres[own].0 + stream.normal() * 7)
      y.append(centres[own].1 + stream.normal() * 7)
      classes.append(own)
    }
    return (x, y, classes)
  }

  static func map(_ theme: Theme = .light, count: Int = 5_000, named: Bool = false) -> Figure {
    let cloud = cloud(count)
    return Figure(
      title: .plain("t-SNE of \(count) embeddings"),
      marks: [
        .scatter(
          Scatter(
            x: cloud.x, y: cloud.y, colouring: .classes(cloud.classes, names: classes), labelsClasses: named))
      ], aspect: .equal, showsAxes: false, theme: theme)
  }

  static func values(_ theme: Theme = .light) -> Figure {
    let cloud = cloud(600)
    let values = zip(cloud.x, cloud.y).map { $0 * 0.7 + $1 }
    return Figure(
      title: "Coloured by a number", xLabel: "First component", yLabel: "Second component",
      marks: [
        .scatter(
          Scatter(x: cloud.x, y: cloud.y, colouring: .values(values, label: "loss", map: .sequential)))
      ], theme: theme)
  }

  /// A small picture: a disc on a shaded ground, its colours from the index.
  static func picture(_ index: Int, side: Int = 32) -> Bitmap {
    var stream = Stream(state: UInt64(index) &* 977 &+ 3)
    let ground = (0..<3).map { _ in stream.next() * 160 + 40 }
    let disc = (0..<3).map { _ in stream.next() * 200 + 30 }
    let (cx, cy) = (Double(side) * (0.3 + stream.next() * 0.4), Double(side) * (0.3 + stream.next() * 0.4))
    let radius = Double(side) * (0.18 + stream.next() * 0.14)
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        let (dx, dy) = (Double(x) - cx, Double(y) - cy)
        let inside = dx * dx + dy * dy < radius * radius
        let shade = 0.75 + 0.4 * Double(y) / Double(side)
        for channel in 0..<3 {
          pixels.append(
            UInt8(min(255, (inside ? disc[channel] : ground[channel] * shade) + stream.next() * 14)))
        }
      }
    }
    guard let bitmap = try? Bitmap(width: side, height: side, pixels: pixels) else { preconditionFailure() }
    return bitmap
  }

  static func pictures(_ theme: Theme = .light) -> Figure {
    let kinds = ["original", "view 1", "view 2"]
    let all = (0..<24).map { PictureGrid.Picture(picture($0 % 8 + $0 / 8 * 100), caption: kinds[$0 / 8]) }
    return Figure(
      title: "Augmentation", marks: [.pictures(PictureGrid(pictures: all, columns: 8))], theme: theme)
  }

  static func neighbours(_ theme: Theme = .light) -> Figure {
    var all: [PictureGrid.Picture] = []
    for row in 0..<3 {
      all.append(.init(picture(row), caption: classes[row], highlight: .chosen))
      for column in 1..<6 {
        let isRight = (row + column) % 3 != 0
        all.append(
          .init(
            picture(row * 10 + column), caption: isRight ? classes[row] : classes[row + column],
            highlight: isRight ? .right : .wrong))
      }
    }
    return Figure(
      title: "Nearest neighbours", subtitle: "Cosine similarity of h, five nearest",
      marks: [
        .pictures(
          PictureGrid(
            pictures: all, columnTitles: ["query", "1st", "2nd", "3rd", "4th", "5th"],
            rowTitles: ["first\nquery", "second", "third"]))
      ], theme: theme)
  }

  static func panels(_ theme: Theme = .light) -> Figure {
    Figure(
      title: "Batch size and loss", subtitle: "Two views of the same run",
      marks: [.panels([lossCurve(), bars(), batchSizes()])], size: Size(width: 760), theme: theme)
  }

  static func batchSizes(_ theme: Theme = .light) -> Figure {
    Figure(
      title: "Batch size", xLabel: "Batch size", yLabel: "Accuracy (%)",
      marks: [
        .line(
          Line(series: [
            .init(name: "MLP", x: [16, 32, 64, 128, 256], y: [42.1, 44.9, 47.2, 48.6, 49.1]),
            .init(
              name: "linear", x: [16, 32, 64, 128, 256], y: [38.4, 41.5, 43.3, 45.0, 45.2], dash: .dashed),
          ]))
      ], xScale: .log2, theme: theme)
  }

  static func similarity(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 11)
    let values = (0..<64).map { index -> Double in
      let (row, column) = (index / 8, index % 8)
      let partner = row / 2 == column / 2
      return row == column ? 1 : (partner ? 0.78 : 0.05) + stream.normal() * (partner ? 0.06 : 0.22)
    }
    let names = (0..<8).map { "z\($0)" }
    return Figure(
      title: "Cosine similarity of eight projections", subtitle: "Pairs of views stand next to each other",
      marks: [
        .heatmap(
          Heatmap(
            rows: 8, columns: 8, values: values, rowNames: names, columnNames: names,
            format: NumberFormat(decimals: 2), label: "cosine"))
      ], theme: theme)
  }

  static func confusion(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 5)
    let counts = (0..<100).map { index -> Int in
      let (row, column) = (index / 10, index % 10)
      let alike = (row == 3 && column == 5) || (row == 5 && column == 3) || (row == 1 && column == 9)
      return row == column ? 480 + Int(stream.next() * 300) : alike ? 190 : Int(stream.next() * 70)
    }
    return Figure(
      title: "Which class was taken for which",
      marks: [.confusion(Confusion(counts: counts, classes: classes))],
      theme: theme)
  }

  static func histogram(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 21)
    let positive = (0..<900).map { _ in 0.72 + stream.normal() * 0.11 }
    let negative = (0..<4_000).map { _ in 0.08 + stream.normal() * 0.19 }
    return Figure(
      title: "Similarity of pairs", xLabel: "Cosine similarity",
      marks: [
        .histogram(
          Histogram(
            groups: [
              .init(name: "negative pairs", values: negative),
              .init(name: "positive pairs", values: positive),
            ],
            asShare: true))
      ], theme: theme)
  }

  static func oneHistogram(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 22)
    return Figure(
      title: "Norms of h", xLabel: "‖h‖",
      marks: [.histogram(Histogram(values: (0..<2_000).map { _ in 12 + stream.normal() * 2.2 }))],
      theme: theme)
  }

  static func ruled(_ theme: Theme = .light) -> Figure {
    var figure = bars(theme)
    figure.title = "Against chance"
    figure.marks.append(.rule(y: 10, label: "chance"))
    figure.marks.append(.rule(y: 48.63, label: "published"))
    return figure
  }

  static func lyingBars(_ theme: Theme = .light) -> Figure {
    Figure(
      title: "Ablation of the augmentation", yLabel: "kNN accuracy (%)",
      marks: [
        .bars(
          Bars(
            categories: [
              "crop only", "crop and flip", "crop, flip and colour jitter",
              "crop, flip, colour jitter and greyscale", "none", "the paper's two compositions",
            ],
            groups: [
              .init(values: [31.2, 33.5, 44.8, 47.1, 25.4, 38.0], errors: [1.1, 0.9, 1.4, 0.7, 0.4, 1.2])
            ], orientation: .automatic, highlight: 3)),
        .rule(y: 10, label: "chance"),
      ], theme: theme)
  }

  static func rates(_ theme: Theme = .light) -> Figure {
    Figure(
      title: "Learning rate", xLabel: "Learning rate", yLabel: "Final loss",
      marks: [
        .line(
          Line(series: [
            .init(x: [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2], y: [5.3, 5.1, 4.6, 4.5, 4.4, 4.7, 5.5])
          ]))
      ], xScale: .log, theme: theme)
  }

  static func siamese(_ theme: Theme = .light) -> Figure {
    var nodes = [Diagram.Node("x", title: "image x", picture: picture(3))]
    var edges: [Diagram.Edge] = []
    for (branch, name) in ["i", "j"].enumerated() {
      nodes += [
        .init("v" + name, title: .markup("view x̃_{\(name)}"), picture: picture(103 + branch * 100)),
        .init("f" + name, title: "ResNet18 f", detail: "512", colour: 0),
        .init("g" + name, title: "head g", detail: "1024 → 512", colour: 1),
      ]
      edges += [
        .init(from: "x", to: "v" + name), .init(from: "v" + name, to: "f" + name),
        .init(from: "f" + name, to: "g" + name, label: .markup("h_{\(name)}")),
        .init(from: "g" + name, to: "loss", label: .markup("z_{\(name)}")),
      ]
    }
    nodes.append(.init("loss", title: "NT-Xent", detail: "τ = 0.5", colour: 3))
    edges.append(.init(from: "fi", to: "fj", label: "shared", kind: .link))
    edges.append(.init(from: "gi", to: "gj", label: "shared", kind: .link))
    return Figure(
      title: "SimCLR: one image, two views, one network",
      marks: [.diagram(Diagram(nodes: nodes, edges: edges))],
      size: Size(width: 620), theme: theme)
  }

  static func block(_ theme: Theme = .light) -> Figure {
    let nodes: [Diagram.Node] = [
      .init("in", title: "x", detail: "32×32×64"),
      .init("c1", title: "3×3 convolution", detail: "32×32×64", colour: 0),
      .init("b1", title: "batch norm, ReLU"),
      .init("c2", title: "3×3 convolution", detail: "32×32×64", colour: 0),
      .init("b2", title: "batch norm"), .init("sum", title: "+", colour: 2), .init("out", title: "ReLU"),
    ]
    let chain = zip(nodes, nodes.dropFirst()).map { Diagram.Edge(from: $0.id, to: $1.id) }
    return Figure(
      title: "A residual block",
      marks: [
        .diagram(
          Diagram(
            nodes: nodes, edges: chain + [.init(from: "in", to: "sum", label: "identity")], direction: .down))
      ], size: Size(width: 300), theme: theme)
  }

  static func thumbnails(_ theme: Theme = .light) -> Figure {
    let cloud = cloud(400)
    return Figure(
      title: "A map of pictures",
      marks: [
        .thumbnails(
          Thumbnails(
            x: cloud.x, y: cloud.y, bitmaps: (0..<400).map { picture($0, side: 16) }, classes: cloud.classes))
      ], aspect: .equal, showsAxes: false, theme: theme)
  }

  /// Every mark and layout by name, light.
  static let all: [(name: String, figure: @Sendable (Theme) -> Figure)] = [
    ("loss", { lossCurve($0) }), ("lines", { lines($0) }), ("bars", { bars($0) }),
    ("grouped-bars", { groupedBars($0) }),
    ("map", { map($0) }), ("map-few", { map($0, count: 300) }), ("map-named", { map($0, named: true) }),
    ("values", { values($0) }), ("pictures", { pictures($0) }), ("neighbours", { neighbours($0) }),
    ("batch-sizes", { batchSizes($0) }),
    ("panels", { panels($0) }), ("similarity", { similarity($0) }), ("confusion", { confusion($0) }),
    ("histogram", { histogram($0) }), ("one-histogram", { oneHistogram($0) }), ("ruled", { ruled($0) }),
    ("lying-bars", { lyingBars($0) }), ("rates", { rates($0) }),
    ("siamese", { siamese($0) }), ("block", { block($0) }), ("thumbnails", { thumbnails($0) }),
    ("circle", { circle($0) }), ("directions", { directions($0) }), ("heat", { heat($0) }),
  ]
}
