import Figures
import Foundation
import Testing

/// What every figure must hold, whatever its data: over many made by chance, the same at every run.
///
/// `FIGURES_SHEET=FOLDER swift test --filter LegibilityTests` also writes the figures there as pictures, to look at.
@Suite struct LegibilityTests {
  static let widths = [
    6 * Figure.pointsPerCentimetre, 8.5 * Figure.pointsPerCentimetre, 480, 17 * Figure.pointsPerCentimetre,
  ]

  private static func sheet(_ figure: Figure, _ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["FIGURES_SHEET"] else { return }
    try figure.png().write(to: URL(filePath: folder).appending(path: "\(name).png"))
  }

  // MARK: Legends

  private static let words = [
    "cat", "Tractor", "item", "northern", "harvester", "x", "Melanocytic", "keratosis", "warbler", "of",
    "the",
    "schwarzgelbe", "Beobachtung", "7", "carcinoma", "_(bird)", "ResNet-50", "τ = 0.5", "日本",
  ]

  /// Short names, names of several words, and long ones that differ only in the middle or at the end.
  private static func names(_ count: Int, _ stream: inout Samples.Stream) -> [String] {
    func pick(_ choices: Int) -> Int { Int(stream.next() * Double(choices)) }
    let kind = pick(4)
    let long = (0..<12).map { _ in words[pick(words.count)] }.joined(separator: " ")
    return (0..<count).map { index in
      switch kind {
      case 0: "class \(index)"
      case 1: (0..<1 + pick(5)).map { _ in words[pick(words.count)] }.joined(separator: " ") + " \(index)"
      case 2: long + " \(index) " + long
      default: "\(words[index % words.count])_\(index)"
      }
    }
  }

  private static func named(_ seed: Int) -> (figure: Figure, names: [String]) {
    var stream = Samples.Stream(state: UInt64(seed) &* 1_299_709 &+ 11)
    func pick(_ choices: Int) -> Int { Int(stream.next() * Double(choices)) }
    let count = [2, 3, 5, 8, 12, 13, 20, 34, 60][seed % 9]
    let names = names(count, &stream)
    let (wide, high) = [(1.0, 1.0), (9, 1), (1, 9), (2.5, 1), (1, 0)][pick(5)]
    var figure: Figure
    switch pick(6) {
    case 0:
      let series = names.map { name in
        Line.Series(name: name, x: Samples.epochs, y: Samples.loss.map { $0 * high + stream.next() })
      }
      figure = Figure(xLabel: "epoch", yLabel: "loss", marks: [.line(Line(series: series))])
      if pick(2) == 0 { figure.marks.append(.rule(y: 5.5, label: "a level with a name of some length")) }
    case 1:
      let categories = (0..<1 + pick(5)).map { "bar \($0)" }
      let groups = names.map { name in
        Bars.Group(name: name, values: categories.map { _ in stream.next() })
      }
      figure = Figure(
        xLabel: "which", yLabel: "how much", marks: [.bars(Bars(categories: categories, groups: groups))])
    default:
      let classes = (0..<40 * count).map { $0 % count }
      figure = Figure(
        marks: [
          .scatter(
            Scatter(
              x: classes.map { Double($0) * wide * 0.3 + stream.normal() * wide },
              y: classes.map { Double($0 % 3) * high + stream.normal() * high },
              colouring: .classes(classes, names: names)))
        ], aspect: pick(3) == 0 ? .automatic : .equal, showsAxes: pick(2) == 0)
    }
    if pick(5) == 0 { figure.legend = .right }
    if pick(6) == 0 { figure.legend = .top }
    if pick(4) == 0 { figure.title = "A title" }
    return (figure, names)
  }

  @Test("a legend beside points leaves them two thirds of the figure", arguments: [241.0, 340, 482])
  func room(width: Double) throws {
    let names = ["aeroplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    let rows = (0..<60).map(Double.init)
    let figure = Figure(marks: [
      .scatter(
        Scatter(x: rows, y: rows, colouring: .classes(rows.map { Int($0) % 10 }, names: names)))
    ])
    let (page, log) = try figure.resized(width: width).drawingLog()
    let plot = try #require(log.regions.first { $0.name == "plot" }).box
    #expect(plot.width > page.width * 0.6, "\(plot.width) of \(page.width)")
  }

  @Test("the number of a lone point does not stand at the edge, far from it")
  func lonePoint() throws {
    let figure = Figure(marks: [.line(Line(series: [.init(x: [3], y: [0.7312])]))])
    let (_, log) = try figure.drawingLog()
    let plot = try #require(log.regions.first { $0.name == "plot" }).box
    #expect(log.words.allSatisfy { $0.box.x < plot.maxX - 1 || $0.box.y > plot.maxY }, "\(log.words)")
  }

  @Test("every class is named once, beside or above the plot", arguments: 0..<54)
  func legends(seed: Int) throws {
    let (figure, names) = LegibilityTests.named(seed)
    for width in LegibilityTests.widths {
      let resized = figure.resized(width: width)
      let (page, log) = try resized.drawingLog()
      let place = "seed \(seed), \(names.count) classes at \(Int(width))"
      let plot = try #require(log.regions.first { $0.name == "plot" }).box
      let legend = log.regions.first { $0.name == "legend" }?.box
      for word in log.words {
        #expect(page.inset(by: -0.5).contains(word.box), "\(place): “\(word.text)” leaves the page")
      }
      // Without a legend names stand at the ends of lines.
      let region = legend ?? Rect(x: plot.maxX, y: 0, width: page.maxX - plot.maxX, height: page.height)
      let inside = log.words.filter { region.inset(by: -1).contains($0.box) }
      let shown = inside.map(\.text).filter { legend != nil || names.contains($0) }
      #expect(shown.count == names.count, "\(place): not every class is named")
      #expect(Set(shown).count == names.count, "\(place): two classes have the same name")
      for (name, text) in zip(names, shown) where legend != nil {
        #expect(LegibilityTests.stands(text, for: name), "\(place): “\(text)” for “\(name)”")
      }
      if let legend {
        #expect(page.contains(legend), "\(place): the legend leaves the page")
        #expect(!legend.intersects(plot), "\(place): the legend crosses the plot")
        #expect(plot.width > page.width * 0.3, "\(place): the plot is narrow")
      }
      LegibilityTests.expectApart(log.words, place)
      try LegibilityTests.sheet(resized, "legend-\(seed)-\(Int(width))")
    }
  }

  /// Whether a text is a name, or its pieces in their order.
  private static func stands(_ text: String, for name: String) -> Bool {
    var rest = name[...]
    for piece in text.split(separator: "…") {
      guard let found = rest.range(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }

  static func expectApart(_ words: [(text: String, box: Rect, isTurned: Bool)], _ place: String) {
    let upright = words.filter { !$0.isTurned && !$0.text.isEmpty }.map { word in
      (
        word.text,
        Rect(
          x: word.box.x + 0.5, y: word.box.y + word.box.height * 0.2, width: word.box.width - 1,
          height: word.box.height * 0.6)
      )
    }
    for (index, a) in upright.enumerated() {
      for b in upright[(index + 1)...] where a.1.intersects(b.1) {
        Issue.record("\(place): “\(a.0)” touches “\(b.0)”")
      }
    }
  }

  // MARK: Ticks

  private static func numbers(_ seed: Int) -> [Double] {
    var stream = Samples.Stream(state: UInt64(seed) &* 15_485_863 &+ 5)
    func pick(_ choices: Int) -> Int { Int(stream.next() * Double(choices)) }
    let size = pow(10, Double(pick(25) - 12)) * (1 + stream.next())
    let middle = [0, 1, -1, 3.434, 99.993, 1e6, -123_456.5][pick(7)] * [1, 1, size][pick(3)]
    let count = [0, 1, 1, 2, 3, 10, 40][pick(7)]
    if pick(6) == 0 { return Array(repeating: middle, count: count) }
    // Down to the last digits of a Double, as seen from the middle.
    let reach = middle == 0 || pick(2) == 0 ? size : abs(middle) * pow(10, -Double(pick(13)))
    return (0..<count).map { _ in middle + (stream.next() - 0.5) * reach }
  }

  @Test("tick labels say their value, differ where values do, in one notation", arguments: 0..<150)
  func ticks(seed: Int) throws {
    let values = LegibilityTests.numbers(seed)
    let places = values.indices.map(Double.init)
    var figures = [
      Figure(xLabel: "place", yLabel: "value", marks: [.line(Line(series: [.init(x: places, y: values)]))]),
      Figure(xLabel: "value", yLabel: "value", marks: [.scatter(Scatter(x: values, y: values))]),
    ]
    figures[1].xFormat = seed % 2 == 0 ? .percent : .automatic
    if values.contains(where: { $0 > 0 }) {
      figures.append(figures[1])
      (figures[2].xScale, figures[2].yScale) = (.log2, .log)
    }
    for (number, figure) in figures.enumerated() {
      for width in LegibilityTests.widths {
        let resized = figure.resized(width: width)
        let (page, log) = try resized.drawingLog()
        let place = "seed \(seed), figure \(number) at \(Int(width)): \(values.prefix(3))"
        for word in log.words {
          #expect(page.inset(by: -0.5).contains(word.box), "\(place): “\(word.text)” leaves the page")
        }
        LegibilityTests.expectApart(log.words, place)
        for axis in ["x", "y"] {
          let ticks = log.ticks.filter { $0.axis == axis }
          let factor = axis == "x" ? figure.xFormat.factor : 1
          #expect(ticks.isEmpty == values.isEmpty, "\(place), \(axis): ticks belong to values")
          LegibilityTests.expectClear(ticks.map { ($0.value * factor, $0.label) }, "\(place), \(axis)")
        }
      }
      try LegibilityTests.sheet(figure.resized(width: 300), "ticks-\(seed)-\(number)")
    }
  }

  private static func expectClear(_ ticks: [(value: Double, label: String)], _ place: String) {
    let labels = ticks.map(\.label)
    #expect(Set(labels).count == labels.count, "\(place): labels alike: \(labels)")
    guard let reach = Extent(ticks.map(\.value)), ticks.count > 1 else { return }
    let step = (reach.high - reach.low) / Double(ticks.count - 1)
    func isSaid(_ tick: (value: Double, label: String), from base: Double) -> Bool {
      abs(read(tick.label) + base - tick.value) <= max(step * 0.26, abs(tick.value) * 1e-15)
    }
    // Where one label alone says its value, it is the base of all others.
    let whole = ticks.filter { isSaid($0, from: 0) }
    let isOffset = whole.count == 1
    var others = isOffset ? ticks.filter { $0.label != whole[0].label } : ticks
    // Beside numbers below it, each names the base.
    for place in others.indices where isOffset && others[place].label.hasPrefix(whole[0].label + " ") {
      others[place].label = others[place].label.dropFirst(whole[0].label.count).filter { $0 != " " }
    }
    for tick in others {
      #expect(
        isSaid(tick, from: isOffset ? read(whole[0].label) : 0)
          && (!isOffset || "+−".contains(tick.label.prefix(1))),
        "\(place): \(tick.label) at \(tick.value), beside \(labels)")
    }
    let kinds = Set(others.filter { read($0.label) != 0 }.map { kind($0.label) })
    #expect(kinds.count <= 1, "\(place): several notations: \(labels)")
  }

  /// How a number is written: its decimals, or its power of ten. On logarithmic axes each has its own power.
  private static func kind(_ label: String) -> String {
    let digits = label.drop { "+−".contains($0) }.filter { $0 != "%" && $0 != " " }
    if digits.contains("×10") || (digits.hasPrefix("10") && digits.contains { superscripts.contains($0) }) {
      return "power"
    }
    if digits.hasPrefix("2"), digits.contains(where: { superscripts.contains($0) }) { return "power of two" }
    return "plain"
  }

  private static let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")

  private static func read(_ label: String) -> Double {
    var text = label.replacingOccurrences(of: ",", with: "").replacingOccurrences(of: " %", with: "")
    let sign = text.hasPrefix("−") ? -1.0 : 1
    text = String(text.drop { "+−".contains($0) })
    let raised = text.compactMap { superscripts.firstIndex(of: $0) }
    let exponent = raised.reduce(0) { $0 * 10 + $1 } * (text.contains("⁻") ? -1 : 1)
    let plain = text.filter { !superscripts.contains($0) && $0 != "⁻" }
    guard !raised.isEmpty else { return sign * (Double(plain) ?? .nan) }
    let parts = plain.split(separator: "×")
    let base = Double(parts.last ?? "") ?? .nan
    let mantissa = parts.count > 1 ? parts[0] + "e\(exponent)" : "1e\(exponent)"
    return sign * (base == 10 ? Double(mantissa) ?? .nan : pow(base, Double(exponent)))
  }
}
