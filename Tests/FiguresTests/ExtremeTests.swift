import Figures
import Testing

/// Numbers of every size through every mark: a picture, or a `FigureError`, never a trap.
@Suite struct ExtremeTests {
  /// What arithmetic on axes can stumble over.
  private static let numbers: [Double] = [
    0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 4.2e-20, 1e-300,
    1e-299, 1e200, 1e300, -1e300, 1e308, -1e308,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan, 1e15, 9e15, 1e16, 0.1,
    1e18,
    1e19, 1 + 1e-15, 5.0000001, 123_456_789.25, 1e-7, 0.99992,
  ]

  /// Values of one figure: some from the list, some of a random size, some close together.
  private static func values(_ count: Int, _ stream: inout Samples.Stream) -> [Double] {
    func pick(_ choices: Int) -> Int { Int(stream.next() * Double(choices)) }
    let (kind, first) = (pick(4), numbers[pick(numbers.count)])
    return (0..<count).map { _ in
      switch kind {
      case 0: numbers[pick(numbers.count)]
      case 1: (stream.next() - 0.5) * .init(sign: .plus, exponent: pick(2_090) - 1_070, significand: 1)
      case 2: first + first * 1e-15 * Double(pick(10))
      default: [first, numbers[pick(numbers.count)]][pick(2)]
      }
    }
  }

  private static let scales: [Scale] = [.automatic, .linear, .log, .log2]

  private static func mark(_ kind: Int, _ count: Int, _ stream: inout Samples.Stream) -> Mark {
    let (a, b) = (values(count, &stream), values(count, &stream))
    let names = (0..<count).map { "name \($0)" }
    switch kind {
    case 0:
      return .line(Line(series: [.init(name: "a", x: a, y: b, low: values(count, &stream), high: a)]))
    case 1: return .line(Line(series: [.init(x: a, y: b), .init(name: "b", x: b, y: a)]))
    case 2: return .scatter(Scatter(x: a, y: b, colouring: .values(b, label: "b", map: .sequential)))
    case 3: return .scatter(Scatter(x: a, y: b, categories: names))
    case 4: return .bars(Bars(categories: names, values: a))
    case 5: return .bars(Bars(categories: names, groups: [.init(values: a, errors: b), .init(values: b)]))
    case 6: return .histogram(Histogram(values: a + b))
    case 7: return .histogram(Histogram(groups: [.init(values: a), .init(values: b)], bins: 1 + count * 5))
    case 8: return .heatmap(Heatmap(rows: 1, columns: count, values: a))
    case 9: return .rule(y: a.first ?? 1, label: "here")
    default:
      return .heatmap(Heatmap(rows: count, columns: 1, values: b, map: .diverging, labelsValues: true))
    }
  }

  /// Every way to look at the figure; what cannot be drawn says so.
  private static func draw(_ figure: Figure, asPicture: Bool = true) {
    _ = figure.altText
    _ = figure.plainText()
    do {
      _ = try figure.drawingLog()
      if asPicture { _ = try figure.png(scale: 1) }
    } catch {
      #expect(error is FigureError, "\(error)")
    }
  }

  @Test("no numbers trap", arguments: 0..<8)
  func anyDoubles(seed: Int) {
    var stream = Samples.Stream(state: UInt64(seed) &* 7_919 &+ 3)
    for round in 0..<60 {
      func pick(_ choices: Int) -> Int { Int(stream.next() * Double(choices)) }
      var figure = Figure(marks: [ExtremeTests.mark(pick(11), pick(6), &stream)])
      if pick(3) == 0 { figure.marks.append(ExtremeTests.mark(9, 1, &stream)) }
      figure.xScale = ExtremeTests.scales[pick(4)]
      figure.yScale = ExtremeTests.scales[pick(4)]
      if pick(3) == 0 { figure.yFormat = .percent }
      if pick(4) == 0 { figure.aspect = .equal }
      if pick(4) == 0 { figure.size.width = 57 }
      if pick(3) == 0 {
        let ends = ExtremeTests.values(2, &stream).filter { !$0.isNaN }
        if ends.count == 2 { figure.yScale.domain = min(ends[0], ends[1])...max(ends[0], ends[1]) }
      }
      if pick(5) == 0 { figure = Figure(marks: [.panels([figure, figure])]) }
      ExtremeTests.draw(figure, asPicture: round % 4 == 0)
    }
  }

  @Test("numbers that once trapped")
  func found() {
    ExtremeTests.draw(
      Figure(marks: [.bars(Bars(categories: ["a", "b"], values: [4.2e-20, 0]))], size: Size(width: 57)))
    ExtremeTests.draw(
      Figure(marks: [.line(Line(series: [.init(x: [1, 2], y: [1e-300, 1e200])]))], yScale: .log))
    ExtremeTests.draw(
      Figure(marks: [.line(Line(series: [.init(x: [1, 2], y: [-1e308, 1e308])]))]))
  }
}
