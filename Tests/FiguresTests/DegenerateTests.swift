import Figures
import FoundationEssentials
import Testing

/// Data at the edge of sense: a picture that says what it shows, or an error that says what to do.
@Suite struct DegenerateTests {
  /// All words of the figure, after making sure that every format can be drawn and words stay on the page.
  private func words(_ figure: Figure) throws -> [String] {
    let (page, log) = try figure.drawingLog()
    for word in log.words {
      #expect(page.inset(by: -0.5).contains(word.box), "“\(word.text)” leaves the page")
    }
    #expect(!log.lines.contains { $0.contains("nan") || $0.contains("inf ") })
    #expect(Decoded(try figure.png(scale: 1)) != nil)
    #expect(try figure.pdf().starts(with: Data("%PDF".utf8)))
    #expect(WellFormed.problem(in: try figure.svg()) == nil)
    #expect(!figure.altText.isEmpty)
    return log.words.map(\.text)
  }

  private func line(_ x: [Double], _ y: [Double], _ xScale: Scale = .linear, _ yScale: Scale = .linear)
    -> Figure
  {
    Figure(marks: [.line(Line(series: [.init(x: x, y: y)]))], xScale: xScale, yScale: yScale)
  }

  @Test func emptyDataIsSaidToBeEmpty() throws {
    #expect(try words(line([], [])) == ["No data to draw yet"])
    #expect(try words(Figure(marks: [.line(Line(series: []))])) == ["No data to draw yet"])
    #expect(try words(Figure(marks: [.scatter(Scatter(x: [], y: []))])) == ["No data to draw yet"])
    #expect(try words(Figure(marks: [.bars(Bars(categories: [], values: []))])) == ["No data to draw yet"])
    #expect(try words(Figure(marks: [.bars(Bars(categories: ["a"], groups: []))])) == ["No data to draw yet"])
    #expect(try words(Figure(marks: [.histogram(Histogram(values: []))])) == ["No data to draw yet"])
    #expect(
      try words(Figure(marks: [.heatmap(Heatmap(rows: 0, columns: 0, values: []))])) == [
        "No data to draw yet"
      ])
    #expect(
      try words(Figure(marks: [.confusion(Confusion(counts: [], classes: []))])) == ["No data to draw yet"])
    #expect(try words(Figure(marks: [.pictures(PictureGrid(pictures: []))])) == ["No pictures to show"])
    #expect(try words(Figure()) == ["No data to draw yet"])
  }

  @Test func whatIsLeftOutIsCounted() throws {
    let some = try words(line([1, 2, 3, 4], [1, .nan, .infinity, 2]))
    #expect(some.contains("2 points are not shown: not a finite number."))
    let none = try words(line([1, 2], [.nan, -.infinity]))
    #expect(none.contains("No data that can be drawn"))
    let logs = try words(line([0, 1, 10], [1, 2, 3], .log))
    #expect(logs.contains("1 point is not shown: not a finite number above 0."))
    let bars = try words(Figure(marks: [.bars(Bars(categories: ["a", "b"], values: [1, .nan]))]))
    #expect(bars.contains("1 value is missing or not finite and has no bar."))
    #expect(bars.contains("n/a"))
    let two = try words(
      Figure(marks: [.bars(Bars(categories: ["a", "b", "c"], values: [1, .nan, .infinity]))]))
    #expect(two.contains("2 values are missing or not finite and have no bar."))
    let cells = try words(Figure(marks: [.heatmap(Heatmap(rows: 1, columns: 2, values: [1, .nan]))]))
    #expect(cells.contains("1 cell is empty: not a finite number."))
  }

  static let numbers: [[Double]] = [
    [1], [3, 3, 3], [0, 0], [-5, -2, -9], [1e30, 2e30], [1e-30, 3e-30], [-1e300, 1e300], [1e15, 1e15 + 1],
    [.leastNonzeroMagnitude, 1], [1, 1 + 1e-15], [.greatestFiniteMagnitude, 1], [1e9, 1_000_000_001],
    [-1e-9, 1e12],
  ]

  @Test("any numbers make a picture", arguments: numbers)
  func anyNumbers(_ values: [Double]) throws {
    let places = values.indices.map(Double.init)
    _ = try words(line(places, values))
    _ = try words(line(values, places))
    _ = try words(line(places, values.map(abs), .linear, .log))
    _ = try words(Figure(marks: [.scatter(Scatter(x: values, y: values))], aspect: .equal))
    _ = try words(
      Figure(marks: [
        .scatter(Scatter(x: places, y: values, colouring: .values(values, label: nil, map: .diverging)))
      ]))
    _ = try words(Figure(marks: [.bars(Bars(categories: values.map { "\($0)" }, values: values))]))
    _ = try words(
      Figure(marks: [
        .bars(
          Bars(
            categories: values.map { "\($0)" }, groups: [.init(values: values, errors: values)],
            orientation: .horizontal))
      ]))
    _ = try words(Figure(marks: [.histogram(Histogram(values: values))]))
    _ = try words(Figure(marks: [.heatmap(Heatmap(rows: 1, columns: values.count, values: values))]))
    _ = try words(
      Figure(marks: [.line(Line(series: [.init(x: places, y: places)])), .rule(y: values[0], label: "here")]))
  }

  @Test func onePointCanBeSeen() throws {
    let lines = try line([3], [4.5]).drawingLog().log.lines
    #expect(lines.filter { $0.hasPrefix("circle") }.count == 1)
  }

  @Test func thousandsOfCategoriesAreThinnedOut() throws {
    for count in [40, 400, 5_000] {
      let names = (0..<count).map { "category number \($0)" }
      let values = names.indices.map { Double($0 % 17) }
      let (page, log) = try Figure(marks: [.bars(Bars(categories: names, values: values))]).drawingLog()
      let shown = log.words.filter { $0.text.hasPrefix("category") }
      #expect(shown.count >= 2 && shown.count <= 60)
      #expect(page.height < 700)
      #expect(log.lines.filter { $0.hasPrefix("rect") }.count == count)
    }
  }

  @Test func longTitlesWrapAndLongerOnesEnd() throws {
    let title = String(repeating: "representation learning ", count: 21)
    #expect(title.count > 500)
    var figure = Samples.lossCurve()
    figure.title = .markup(title)
    let (page, log) = try figure.drawingLog()
    let box = try #require(log.words.first).box
    #expect(page.contains(box) && box.height > 60 && page.height > 350)
    figure.title = .plain(String(repeating: "x", count: 100_000))
    figure.xLabel = .markup(title)
    figure.yLabel = .markup(title)
    figure.caption = .markup(title)
    _ = try words(figure)
  }

  @Test(
    "text of any kind is shown as typed",
    arguments: [
      "<b>bold</b> & <span", "a\u{0}b\u{7}", "snake_case_name", "z_{i} · z_{j}", "R^{2}", "_{", "}{_^",
      "τ → ∞ ‖h‖",
      "日本語 العربية 🐱", "\r\n\t", "&amp;", "\"quotes'", "\u{FFFF}\u{202E}abc",
    ])
  func anyText(_ text: String) throws {
    let figure = Figure(
      title: .plain(text), subtitle: .markup(text), xLabel: .plain(text), yLabel: .markup(text),
      caption: .plain(text),
      marks: [
        .bars(
          Bars(
            categories: [text, "b"],
            groups: [.init(name: text, values: [1, 2]), .init(name: "b", values: [1, 2])]))
      ])
    #expect(try words(figure).contains(text))
    #expect(!figure.plainText().isEmpty)
  }

  @Test func impossibleSizesAreRefused() throws {
    for size in [
      Size(width: 0), Size(width: -3), Size(width: .nan), Size(width: 1e9), Size(width: 480, height: 0),
      Size(width: 12),
    ] {
      var figure = Samples.lossCurve()
      figure.size = size
      #expect(throws: FigureError.self, "\(size)") { try figure.png() }
    }
    var tight = Samples.lines()
    tight.size = Size(width: 480, height: 60)
    #expect(throws: FigureError.self) { try tight.png() }
    for scale in [0, -1, .nan, .infinity, 1_000] as [Double] {
      #expect(throws: FigureError.self) { try Samples.lossCurve().png(scale: scale) }
    }
    var wide = Samples.lossCurve()
    wide.size = Size(width: 20_000, height: 200)
    #expect(throws: FigureError.pixels(wide: 40_000, high: 400)) { try wide.png() }
    #expect(try wide.svg().isEmpty == false)
  }

  @Test func tinyFiguresAreDrawnWhenTheirWordsFit() throws {
    for width in stride(from: 60.0, through: 300, by: 20) {
      var figure = Samples.lossCurve()
      figure.size.width = width
      _ = try words(figure)
    }
  }

  @Test func pictureGridsOfManySizes() throws {
    let sizes = [(1, 1), (224, 224), (32, 8), (3, 300), (1, 1_000)]
    let pictures = try sizes.map { width, height in
      PictureGrid.Picture(
        try Bitmap(width: width, height: height, pixels: [UInt8](repeating: 90, count: width * height * 3)),
        caption: "a caption far too long for its picture")
    }
    for columns in [nil, 1, 2, 99] {
      _ = try words(Figure(marks: [.pictures(PictureGrid(pictures: pictures, columns: columns))]))
    }
    let many = Array(repeating: pictures[0], count: 2_000)
    _ = try Figure(marks: [.pictures(PictureGrid(pictures: many.map { .init($0.bitmap) }))]).png(scale: 1)
    #expect(throws: FigureError.self) {
      try Figure(marks: [.pictures(PictureGrid(pictures: many, columns: 2_000))]).png()
    }
  }

  @Test func emptyBitmapsAreRefused() {
    #expect(throws: FigureError.self) { try Bitmap(width: 0, height: 3, pixels: []) }
    #expect(throws: FigureError.self) { try Bitmap(width: -1, height: -1, pixels: [0, 0, 0]) }
    #expect(throws: FigureError.self) { try Bitmap(width: 2, height: 2, pixels: [0]) }
    #expect(throws: FigureError.self) { try Bitmap(width: .max, height: .max, pixels: []) }
  }

  static let mistakes: [(name: String, mark: Mark)] = [
    ("lengths", .line(Line(series: [.init(x: [1], y: [])]))),
    ("band", .line(Line(series: [.init(x: [1], y: [1], low: [1, 2], high: [1])]))),
    ("half a band", .line(Line(series: [.init(x: [1], y: [1], low: [1])]))),
    ("scatter", .scatter(Scatter(x: [1], y: [1, 2]))),
    ("class", .scatter(Scatter(x: [1], y: [1], colouring: .classes([3], names: ["a"])))),
    ("classes", .scatter(Scatter(x: [1], y: [1], colouring: .classes([], names: ["a"])))),
    ("values", .scatter(Scatter(x: [1], y: [1], colouring: .values([], label: nil, map: .sequential)))),
    ("bars", .bars(Bars(categories: ["a", "b"], values: [1]))),
    ("errors", .bars(Bars(categories: ["a", "b"], groups: [.init(values: [1, 2], errors: [1])]))),
    ("matrix", .heatmap(Heatmap(rows: 2, columns: 2, values: [1]))),
    ("overflow", .heatmap(Heatmap(rows: .max, columns: .max, values: [1]))),
    ("names", .heatmap(Heatmap(rows: 1, columns: 1, values: [1], rowNames: ["a", "b"]))),
    ("domain", .heatmap(Heatmap(rows: 1, columns: 1, values: [1], domain: 1...1))),
    ("confusion", .confusion(Confusion(counts: [1], classes: ["a", "b"]))),
    ("negative", .confusion(Confusion(counts: [-1], classes: ["a"]))),
    ("bins", .histogram(Histogram(values: [1], bins: 0))),
    ("columns", .pictures(PictureGrid(pictures: [], columns: 0))),
    ("no panels", .panels([])),
    ("no boxes", .diagram(Diagram(nodes: [], edges: []))),
    ("twice", .diagram(Diagram(nodes: [.init("a", title: "a"), .init("a", title: "b")], edges: []))),
    ("nowhere", .diagram(Diagram(nodes: [.init("a", title: "a")], edges: [.init(from: "a", to: "b")]))),
    ("thumbnails", .thumbnails(Thumbnails(x: [1], y: [1], bitmaps: []))),
  ]

  @Test("mistakes are named", arguments: mistakes.map(\.name))
  func mistake(_ name: String) throws {
    let mark = try #require(DegenerateTests.mistakes.first { $0.name == name }).mark
    #expect(throws: FigureError.self) { try Figure(marks: [mark]).png() }
  }

  @Test func impossibleAxesAreRefused() {
    let points = [1.0, 2]
    let bars = Mark.bars(Bars(categories: ["a", "b"], values: [1, 2]))
    for (x, y) in [
      (Scale.log(-1...3), Scale.linear), (.linear(2...2), .linear), (.linear(0...(.infinity)), .linear),
      (.linear, .log(0...1)), (.band, .linear),
    ] {
      #expect(throws: FigureError.self) { try line(points, points, x, y).png() }
    }
    #expect(throws: FigureError.self) { try Figure(marks: [bars], yScale: .log).png() }
    #expect(throws: FigureError.self) { try Figure(marks: [bars], xScale: .log).png() }
    #expect(throws: FigureError.self) {
      try Figure(marks: [.histogram(Histogram(values: points))], xScale: .log).png()
    }
    #expect(throws: FigureError.self) {
      try Figure(marks: [bars, .pictures(PictureGrid(pictures: []))]).png()
    }
    #expect(throws: FigureError.self) {
      let lying = Mark.bars(Bars(categories: ["a"], groups: [.init(values: [1])], orientation: .horizontal))
      return try Figure(marks: [lying, .line(Line(series: [.init(x: [0], y: [1])]))]).png()
    }
  }

  @Test func diagramsOfAnyShapeAreDrawn() throws {
    let names = (0..<30).map(String.init)
    let nodes = names.map { Diagram.Node($0, title: .plain("box \($0)")) }
    var circle = zip(names, names.dropFirst()).map { Diagram.Edge(from: $0, to: $1) }
    circle.append(.init(from: "29", to: "0"))
    circle.append(.init(from: "3", to: "3"))
    _ = try words(Figure(marks: [.diagram(Diagram(nodes: nodes, edges: circle))]))
    let all = names.flatMap { a in names.filter { $0 > a }.map { Diagram.Edge(from: a, to: $0) } }
    _ = try Figure(marks: [.diagram(Diagram(nodes: nodes, edges: all))], size: Size(width: 4_000)).png(
      scale: 1)
    _ = try words(Figure(marks: [.diagram(Diagram(nodes: [nodes[0]], edges: []))]))
  }

  @Test func aMillionPointsAreDrawn() throws {
    let cloud = Samples.cloud(1_000)
    let x = (0..<300).flatMap { _ in cloud.x }
    let y = (0..<300).flatMap { _ in cloud.y }
    #expect(try Figure(marks: [.scatter(Scatter(x: x, y: y))]).png(scale: 1).count > 1_000)
    let places = x.indices.map(Double.init)
    let log = try Figure(marks: [.line(Line(series: [.init(x: places, y: y)]))]).drawingLog().log
    let drawn = log.lines.filter { $0.hasPrefix("path") }.compactMap {
      Int($0.split(separator: " ").last ?? "")
    }
    #expect(drawn.allSatisfy { $0 < 8_000 } && drawn.count == 1)
  }
}
