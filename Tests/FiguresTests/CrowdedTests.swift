import Figures
import Foundation
import Testing

/// What every figure must hold with 1 to 60 classes, flat and tall, at the widths of papers: words on the page, off each other and
/// large enough to read.
@Suite struct CrowdedTests {
  private static let counts = [1, 2, 10, 30, 60]
  /// Points below which nobody reads words on paper.
  private static let leastText = 5.0

  private static func names(_ count: Int, long: Bool = false) -> [String] {
    (0..<count).map { "\(Samples.classes[$0 % 10]) \($0 / 10)" + (long ? " of a long name of its own" : "") }
  }

  private static func numbers(_ count: Int, _ seed: Int) -> [Double] {
    var stream = Samples.Stream(state: UInt64(seed) &* 7_919 &+ 3)
    return (0..<count).map { _ in stream.next() }
  }

  private static func expectLegible(_ figure: Figure, _ place: String, from least: Double = 0) throws {
    for width in LegibilityTests.widths where width >= least {
      let (page, log) = try figure.resized(width: width).drawingLog()
      let place = "\(place) at \(Int(width))"
      for word in log.words {
        #expect(page.inset(by: -0.5).contains(word.box), "\(place): “\(word.text)” leaves the page")
      }
      for region in log.regions {
        #expect(page.inset(by: -0.5).contains(region.box), "\(place): the \(region.name) leaves the page")
      }
      let sizes = log.lines.filter { $0.hasPrefix("text ") }.compactMap { line in
        line.range(of: " size ").flatMap { Double(line[$0.upperBound...].prefix { $0 != " " }) }
      }
      #expect(sizes.allSatisfy { $0 >= leastText - 0.01 }, "\(place): words of \(sizes.min() ?? 0) points")
      LegibilityTests.expectApart(log.words, place)
    }
  }

  @Test("heat maps of every shape have their key on the page", arguments: counts, counts)
  func heatmaps(rows: Int, columns: Int) throws {
    for (kind, long) in [("short", false), ("long", true)] {
      let map = Heatmap(
        rows: rows, columns: columns, values: CrowdedTests.numbers(rows * columns, rows),
        rowNames: CrowdedTests.names(rows, long: long), columnNames: CrowdedTests.names(columns),
        label: "cosine similarity")
      let figure = Figure(xLabel: "predicted", yLabel: "true", marks: [.heatmap(map)])
      try CrowdedTests.expectLegible(figure, "\(rows)×\(columns), \(kind) names")
    }
  }

  @Test("at 17 cm every one of 30 classes is named on both axes of a matrix")
  func namedCells() throws {
    let map = Heatmap(
      rows: 30, columns: 30, values: CrowdedTests.numbers(900, 1), rowNames: CrowdedTests.names(30),
      columnNames: CrowdedTests.names(30))
    let log = try Figure(marks: [.heatmap(map)]).resized(width: 17 * Figure.pointsPerCentimetre).drawingLog()
      .log
    for name in CrowdedTests.names(30) { #expect(log.words.count { $0.text == name } == 2, "\(name)") }
  }

  @Test("bars are named, and their numbers stand apart", arguments: counts, [1, 3, 10])
  func bars(names: Int, groups: Int) throws {
    for long in [false, true] where groups == 1 || !long {
      let bars = Bars(
        categories: CrowdedTests.names(names, long: long),
        groups: (0..<groups).map { .init(name: "way \($0)", values: CrowdedTests.numbers(names, $0)) },
        valueFormat: NumberFormat(decimals: 1, suffix: " %", factor: 100))
      let figure = Figure(xLabel: "which", yLabel: "how much", marks: [.bars(bars)])
      try CrowdedTests.expectLegible(figure, "\(names) bars of \(groups)")
      guard groups == 1, !long else { continue }
      let words = Set(try figure.resized(width: 240).drawingLog().log.words.map(\.text))
      #expect(words.isSuperset(of: CrowdedTests.names(names)), "\(names) bars")
    }
  }

  @Test("names on a map stand apart, or in a legend", arguments: counts)
  func namedMaps(classes: Int) throws {
    var stream = Samples.Stream(state: 5)
    let points = (0..<classes * 6).map { index in
      (
        x: Double(index % classes % 7) + stream.normal() * 0.3,
        y: Double(index % classes % 5) + stream.normal() * 0.3
      )
    }
    for long in [false, true] {
      let names = CrowdedTests.names(classes, long: long)
      let scatter = Scatter(
        x: points.map(\.x), y: points.map(\.y),
        colouring: .classes(points.indices.map { $0 % classes }, names: names), labelsClasses: true)
      let figure = Figure(marks: [.scatter(scatter)], aspect: .equal, showsAxes: false)
      try CrowdedTests.expectLegible(figure, "\(classes) classes")
    }
  }

  @Test("titles of columns of pictures break no word", arguments: [2, 5, 10, 20])
  func columnTitles(columns: Int) throws {
    let bitmap = try Bitmap(width: 2, height: 2, pixels: [UInt8](repeating: 90, count: 12))
    let names = CrowdedTests.names(columns, long: true)
    let grid = PictureGrid(
      pictures: (0..<columns * 2).map { .init(bitmap, caption: names[$0 % columns], highlight: .right) },
      columns: columns,
      columnTitles: ["query"] + (1..<columns).map(String.init))
    try CrowdedTests.expectLegible(
      Figure(marks: [.pictures(grid)]), "\(columns) columns", from: columns > 10 ? 300 : 0)
  }

  @Test("many panels are no tower", arguments: [(6, 1.6), (12, 2.6), (30, 3.4)])
  func panels(count: Int, most: Double) throws {
    let panel = Figure(
      title: "a panel", xLabel: "Epoch", yLabel: "loss",
      marks: [.line(Line(series: [.init(x: Samples.epochs, y: Samples.loss)]))])
    let figure = Figure(marks: [.panels(Array(repeating: panel, count: count))])
    let page = try figure.resized(width: 17 * Figure.pointsPerCentimetre).drawingLog().page
    #expect(page.height / page.width < most)
    try CrowdedTests.expectLegible(figure, "\(count) panels")
  }

  @Test("a figure that is too small says what it needs, all panels counted")
  func tooSmall() throws {
    let panel = Figure(
      xLabel: "Epoch", yLabel: "loss",
      marks: [.line(Line(series: [.init(x: Samples.epochs, y: Samples.loss)]))])
    let figure = Figure(marks: [.panels(Array(repeating: panel, count: 6), columns: 6)])
    let error = try #require(throws: FigureError.self) {
      try figure.resized(width: 8.5 * Figure.pointsPerCentimetre).drawingLog()
    }
    guard case .narrow(let width, remedy: .columns(5)) = error else {
      Issue.record("\(error)")
      return
    }
    #expect((8.5...60).contains(width / Figure.pointsPerCentimetre))
  }

  @Test("a legend names no line that is not drawn, and whole names where there is room")
  func legends() throws {
    let line = Line(series: [
      .init(name: "first", x: [1, 2], y: [1, 2]), .init(name: "second", x: [], y: []),
    ])
    let words = try Figure(marks: [.line(line)]).drawingLog().log.words.map(\.text)
    #expect(words.contains("first") && !words.contains("second"))
    let names = ["a", "b", "c"].map { "resnet18 width=64 temperature=0.5 with augmentation \($0)" }
    let long = Line(series: names.enumerated().map { .init(name: $1, x: [1, 2], y: [1, 2 + Double($0)]) })
    #expect(Set(try Figure(marks: [.line(long)]).drawingLog().log.words.map(\.text)).isSuperset(of: names))
  }

  @Test("whole numbers have a bin each, and narrow groups narrow bins")
  func bins() {
    let dice = Histogram(values: (0..<60).map { Double($0 % 6 + 1) })
    #expect(dice.binning() == .init(start: 0.5, width: 1, count: 6))
    #expect(dice.heights(of: dice.groups[0], in: dice.binning()!) == Array(repeating: 10, count: 6))
    let apart = Histogram(
      groups: (0..<10).map { group in
        .init(values: CrowdedTests.numbers(100, group).map { $0 + Double(group) * 2 })
      })
    #expect(apart.binning()!.width <= 0.5)
  }
}
