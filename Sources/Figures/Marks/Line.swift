import Base
import Glibc

/// Lines through points in their order: loss curves and all that changes over something.
///
/// A value that is not a finite number leaves a gap, and the figure says so.
public struct Line: Sendable, Equatable {
  public enum Dash: String, Sendable, CaseIterable { case solid, dashed, dotted }

  public struct Series: Sendable, Equatable {
    public var name: String?
    public var x: [Double]
    public var y: [Double]
    /// Lower and upper edge of a band around the line, such as the spread over seeds; as many as there are
    /// points.
    public var low: [Double]?
    public var high: [Double]?
    public var colour: Colour?
    public var dash: Dash
    /// Text at the right end instead of the name.
    public var endLabel: String?

    public init(
      name: String? = nil, x: [Double], y: [Double], low: [Double]? = nil, high: [Double]? = nil,
      colour: Colour? = nil, dash: Dash = .solid, endLabel: String? = nil
    ) {
      self.name = name
      self.x = x
      self.y = y
      self.low = low
      self.high = high
      self.colour = colour
      self.dash = dash
      self.endLabel = endLabel
    }
  }

  public var series: [Series]
  /// Dots on the points; `nil` shows them when there are few.
  public var showsPoints: Bool?
  /// Names, or for a single line its last value, at the right end of each line.
  public var labelsEnds: Bool
  /// Width of the lines, as a multiple of the usual one.
  public var weight: Double

  public init(series: [Series], showsPoints: Bool? = nil, labelsEnds: Bool = true, weight: Double = 1) {
    self.series = series
    self.showsPoints = showsPoints
    self.labelsEnds = labelsEnds
    self.weight = weight
  }
}

extension Mark {
  public static func line(_ line: Line) -> Mark { Mark(line) }
}

extension Line: AxesMark {
  /// Largest number of series whose names fit at the ends of lines.
  private static let mostEndLabels = 8

  package func check() throws {
    for (index, one) in series.enumerated() {
      guard one.x.count == one.y.count else {
        throw FigureError.series(.line(one.name, index, x: one.x.count, y: one.y.count))
      }
      for edge in [one.low, one.high] {
        guard edge == nil || edge?.count == one.y.count, (one.low == nil) == (one.high == nil) else {
          throw FigureError.series(.band(one.name, index, points: one.y.count))
        }
      }
    }
  }

  package func claims(_ context: Context) -> Claims {
    var claims = Claims()
    var dropped = 0
    claims.xPad = 0
    claims.horizontalGrid = true
    for (index, one) in series.enumerated() {
      let colour = colour(index, context)
      let kept = one.x.indices.filter {
        context.xScale.accepts(one.x[$0]) && context.yScale.accepts(one.y[$0])
      }
      dropped += one.x.count - kept.count
      claims.x = .union(claims.x, Extent(kept.lazy.map { one.x[$0] }))
      claims.y = .union(claims.y, Extent(kept.lazy.map { one.y[$0] }))
      for edge in [one.low, one.high].compactMap({ $0 }) {
        claims.y = .union(claims.y, Extent(kept.lazy.map { edge[$0] }.filter(context.yScale.accepts)))
      }
      // What is not drawn has no line to name.
      if let name = one.name, !kept.isEmpty {
        claims.legend.append(
          LegendEntry(label: name, colour: colour, symbol: .line(dash: dash(index, context.style))))
      }
      if labelsEnds, let last = kept.last {
        let words = one.endLabel ?? (series.count == 1 ? nil : one.name ?? "")
        claims.endLabels.append(
          EndLabel(
            text: words.map(Label.plain), colour: colour, value: one.y[last],
            isName: one.endLabel == nil && series.count > 1))
      }
    }
    if series.count == 1 { claims.legend = [] }
    // A single place stands in the middle, not at the edge, and far from a number there, which the axis says.
    if claims.x?.isFlat(Figure.exact) == true {
      claims.xPad = 0.05
      claims.endLabels.removeAll { !$0.isName && $0.text == nil }
    }
    let told = context.style.palette.count * Dash.allCases.count
    if let note = Words.repeated(series.count, "Lines", after: told) { claims.notes.append(note) }
    if claims.endLabels.count > Line.mostEndLabels { claims.endLabels = [] }
    claims.endLabels.removeAll { $0.text?.isEmpty == true }
    claims.colours = series.count
    claims.isEmpty = claims.x == nil
    // Steps counted in epochs lie between whole numbers too: it is their reach that says whether those suffice.
    claims.hasWholeX =
      claims.x.map {
        $0.high.rounded(.down) - $0.low.rounded(.up) >= ($0.high == $0.low ? 0 : 1)
      } ?? true
    if let note = Words.dropped(dropped, isLog: context.xScale.isLog || context.yScale.isLog) {
      claims.notes.append(note)
    }
    return claims
  }

  package func draw(in plot: Plot) {
    let width = plot.style.em(0.19) * (weight.isFinite ? max(0.1, weight) : 1)
    let clip = plot.area.inset(by: -width)
    plot.canvas.clipped(to: clip) {
      for index in series.indices { drawBand(series[index], colour(index, plot.context), plot) }
    }
    for (index, one) in series.enumerated() {
      let colour = colour(index, plot.context)
      let runs = runs(one, plot)
      plot.canvas.clipped(to: clip) {
        for run in runs {
          let path = Line.thinned(run)
          plot.canvas.path(path, colour, width: width, dash: dash(index, plot.style))
        }
      }
      drawPoints(runs, colour, width, plot)
    }
  }

  private func drawPoints(_ runs: [[Point]], _ colour: Colour, _ width: Double, _ plot: Plot) {
    let count = runs.reduce(0) { $0 + $1.count }
    let spacing = plot.area.width / Double(max(1, count))
    let everywhere = showsPoints ?? (count <= 40 && spacing > plot.style.em(0.9))
    let inside = plot.area.inset(by: -1)
    for run in runs {
      for (index, point) in run.enumerated() {
        // A point without neighbours would otherwise be invisible.
        let isAlone = run.count == 1
        let isLast = index == run.count - 1 && run == runs.last
        guard everywhere || isAlone || (isLast && labelsEnds && showsPoints != false) else { continue }
        guard inside.contains(Rect(x: point.x, y: point.y, width: 0, height: 0)) else { continue }
        let radius = isLast || isAlone ? width * 1.6 : width * 1.25
        plot.canvas.circle(point, radius: radius, colour)
      }
    }
  }

  private func drawBand(_ one: Series, _ colour: Colour, _ plot: Plot) {
    guard let low = one.low, let high = one.high else { return }
    var upper: [Point] = []
    var lower: [Point] = []
    func flush() {
      plot.canvas.fill(upper + lower.reversed(), colour.opacity(plot.style.mode == .light ? 0.18 : 0.26))
      upper = []
      lower = []
    }
    for index in one.x.indices {
      guard plot.context.xScale.accepts(one.x[index]), plot.context.yScale.accepts(low[index]),
        plot.context.yScale.accepts(high[index])
      else {
        flush()
        continue
      }
      upper.append(Point(plot.x(one.x[index]), plot.y(high[index])))
      lower.append(Point(plot.x(one.x[index]), plot.y(low[index])))
    }
    flush()
  }

  /// Stretches of neighbouring points that can be drawn.
  private func runs(_ one: Series, _ plot: Plot) -> [[Point]] {
    var runs: [[Point]] = []
    var run: [Point] = []
    for index in one.x.indices {
      if plot.context.xScale.accepts(one.x[index]), plot.context.yScale.accepts(one.y[index]) {
        run.append(Point(plot.x(one.x[index]), plot.y(one.y[index])))
      } else if !run.isEmpty {
        runs.append(run)
        run = []
      }
    }
    if !run.isEmpty { runs.append(run) }
    return runs
  }

  /// Keeps the first, lowest, highest and last point of each quarter of a point along x: the same picture
  /// from far fewer points.
  static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > 4_000 else { return points }
    var out: [Point] = []
    var index = 0
    while index < points.count {
      let column = floor(points[index].x * 4)
      var end = index
      var lowest = index
      var highest = index
      while end < points.count, floor(points[end].x * 4) == column {
        if points[end].y < points[lowest].y { lowest = end }
        if points[end].y > points[highest].y { highest = end }
        end += 1
      }
      for keep in Set([index, lowest, highest, end - 1]).sorted() { out.append(points[keep]) }
      index = end
    }
    return out
  }

  private func colour(_ index: Int, _ context: Context) -> Colour {
    series[index].colour ?? context.style.colour(context.firstColour + index)
  }

  /// Lines of the same colour, where there are more lines than colours, differ in their dashes.
  private func dash(_ index: Int, _ style: Style) -> [Double] {
    let kinds = Dash.allCases
    let own = series[index]
    let isFree = own.dash == .solid && own.colour == nil
    switch isFree ? kinds[index / style.palette.count % kinds.count] : own.dash {
    case .solid: return []
    case .dashed: return [style.em(0.6), style.em(0.4)]
    case .dotted: return [style.em(0.2), style.em(0.3)]
    }
  }

  package func summary(_ reading: Reading) -> String {
    let parts = series.prefix(6).compactMap { one -> String? in
      let pairs = zip(one.x, one.y).filter { $0.0.isFinite && $0.1.isFinite }
      guard let first = pairs.first, let last = pairs.last else { return nil }
      let name = one.name ?? reading.yLabel ?? "the value"
      if pairs.count == 1 { return "\(name) is \(reading.yFormat.text(first.1))" }
      if Extent([first.1, last.1])?.isFlat(reading.precision) == true {
        return "\(name) starts and ends at \(reading.yFormat.text(first.1))"
      }
      var texts = [first.1, last.1].map(reading.yFormat.text)
      if texts[0] == texts[1] {
        texts = reading.yFormat.told([first.1, last.1], precision: reading.precision)
      }
      return "\(name) goes from \(texts[0]) to \(texts[1])"
    }
    let over = reading.xLabel.map { " over \($0)" } ?? ""
    let more = series.count > 6 ? ", and \(series.count - 6) more lines" : ""
    return "Line chart\(over): " + (parts.isEmpty ? "no data" : parts.joined(separator: "; ")) + more
  }

  package func plainText(_ reading: Reading) -> String {
    series.map { one in
      let name = one.name ?? reading.yLabel ?? "y"
      return Sparkline.text(name: name, x: one.x, y: one.y, reading)
    }.joined(separator: "\n")
  }
}
