import Base
import Glibc

/// Counts of values in equal intervals with round limits.
///
/// Without a number of bins, their width follows Freedman and Diaconis, rounded to 1, 2 or 5 times a power of
/// ten. Several groups lie over one another, half transparent, in the same bins; `asShare` makes different
/// sizes compare.
public struct Histogram: Sendable, Equatable {
  public struct Group: Sendable, Equatable {
    public var name: String?
    public var values: [Double]
    public var colour: Colour?

    public init(name: String? = nil, values: [Double], colour: Colour? = nil) {
      self.name = name
      self.values = values
      self.colour = colour
    }
  }

  public var groups: [Group]
  /// About how many bins; their edges are round numbers.
  public var bins: Int?
  /// Percent of each group instead of counts.
  public var asShare: Bool

  public init(groups: [Group], bins: Int? = nil, asShare: Bool = false) {
    self.groups = groups
    self.bins = bins
    self.asShare = asShare
  }

  public init(values: [Double], bins: Int? = nil) {
    self.init(groups: [Group(values: values)], bins: bins)
  }
}

extension Mark {
  public static func histogram(_ histogram: Histogram) -> Mark { Mark(histogram) }
}

extension Histogram: AxesMark {
  package func check() throws {
    let range = 1...10_000
    if let bins, !range.contains(bins) {
      throw FigureError.series(.bins(bins, range))
    }
  }

  /// Bin `k` reaches from `start + k·width` to `start + (k + 1)·width`; the last one includes its upper edge.
  package struct Binning: Equatable, Sendable {
    package var start: Double
    package var width: Double
    package var count: Int

    package init(start: Double, width: Double, count: Int) {
      self.start = start
      self.width = width
      self.count = count
    }
  }

  private func accepts(_ value: Double) -> Bool { value.isFinite && abs(value) <= 1e300 }

  package func binning(precision: Double = Figure.exact) -> Binning? {
    let all = groups.flatMap { $0.values.filter(accepts) }.sorted()
    guard let low = all.first, let high = all.last else { return nil }
    guard !Extent(low: low, high: high).isFlat(precision) else {
      let width = low == 0 ? 1 : abs(low) * 0.2
      return Binning(start: low - width / 2, width: width, count: 1)
    }
    var wanted = bins ?? 0
    if bins == nil {
      if let whole = Histogram.whole(all, low, high) { return whole }
      let width =
        groups.map { Histogram.fairWidth($0.values.filter(accepts).sorted()) }.filter { $0 > 0 }.min() ?? 0
      let byRule = width > 0 ? (high - low) / width : log2(Double(all.count)) + 1
      wanted = Int(min(60, max(5, byRule.isFinite ? byRule : 30)))
    }
    let width = Ticks.step(low: low, high: high, count: wanted)
    let first = floor(low / width + 1e-9)
    let last = max(first + 1, (high / width - 1e-9).rounded(.up))
    guard last - first <= 20_000, abs(first) < 1e15 else {
      return Binning(start: low, width: (high / 2 - low / 2) / Double(wanted) * 2, count: wanted)
    }
    return Binning(start: first * width, width: width, count: Int(last - first))
  }

  /// The width that Freedman and Diaconis give; 0 where half the values are equal.
  private static func fairWidth(_ sorted: [Double]) -> Double {
    guard !sorted.isEmpty else { return 0 }
    return 2 * (sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]) / cbrt(Double(sorted.count))
  }

  /// A bin about each of few whole numbers: with edges on the numbers the last bin would hold two of them.
  private static func whole(_ sorted: [Double], _ low: Double, _ high: Double) -> Binning? {
    guard high - low <= 30, sorted.allSatisfy({ $0 == $0.rounded() && abs($0) < 1e9 }) else { return nil }
    return Binning(start: low - 0.5, width: 1, count: Int(high - low) + 1)
  }

  /// Bar heights of one group: counts, or percent of the group.
  package func heights(of group: Group, in binning: Binning) -> [Double] {
    var counts = [Double](repeating: 0, count: binning.count)
    var total = 0.0
    for value in group.values where accepts(value) {
      let place = floor((value / binning.width - binning.start / binning.width) + 1e-9)
      counts[min(binning.count - 1, max(0, Int(min(1e9, place))))] += 1
      total += 1
    }
    return asShare && total > 0 ? counts.map { $0 / total * 100 } : counts
  }

  package func claims(_ context: Context) throws -> Claims {
    guard !context.xScale.isLog, !context.yScale.isLog else {
      throw FigureError.logarithmicBins
    }
    var claims = Claims()
    let dropped = groups.reduce(0) { $0 + $1.values.filter { !accepts($0) }.count }
    if dropped > 0 {
      claims.notes.append(
        counted(dropped, "value") + (dropped == 1 ? " is" : " are")
          + " not counted: not a finite number.")
    }
    guard let binning = binning(precision: context.precision) else {
      claims.isEmpty = true
      return claims
    }
    claims.x = Extent(low: binning.start, high: binning.start + binning.width * Double(binning.count))
    claims.y = Extent(low: 0, high: groups.flatMap { heights(of: $0, in: binning) }.max() ?? 1)
    (claims.xPad, claims.yPad) = (0, 0)
    claims.roomAbove = context.style.em(0.5)
    claims.includesZeroY = true
    claims.horizontalGrid = true
    claims.hasWholeX = false
    claims.hasWholeY = !asShare
    claims.colours = groups.count
    claims.defaultYLabel = asShare ? "Share (%)" : "Count"
    if groups.count > 1 {
      claims.legend = groups.indices.map { index in
        LegendEntry(
          label: groups[index].name ?? "\(index + 1)", colour: colour(index, context), symbol: .square)
      }
    }
    return claims
  }

  private func colour(_ index: Int, _ context: Context) -> Colour {
    groups[index].colour ?? context.style.colour(context.firstColour + index)
  }

  package func draw(in plot: Plot) {
    guard let binning = binning(precision: plot.context.precision) else { return }
    let several = groups.count > 1
    for (index, group) in groups.enumerated() {
      let colour = colour(index, plot.context)
      let heights = heights(of: group, in: binning)
      var outline: [Point] = [Point(plot.x(binning.start), plot.y(0))]
      for (bin, height) in heights.enumerated() {
        let left = plot.x(binning.start + binning.width * Double(bin))
        let right = plot.x(binning.start + binning.width * Double(bin + 1))
        let top = plot.y(height)
        outline += [Point(left, top), Point(right, top)]
        guard !several, height > 0 else { continue }
        let gap = right - left > 6 ? 1.0 : 0
        let rect = Rect(x: left + gap / 2, y: top, width: right - left - gap, height: plot.y(0) - top)
        plot.canvas.fill(plot.canvas.snapped(rect), colour)
      }
      guard several else { continue }
      outline.append(Point(plot.x(binning.start + binning.width * Double(binning.count)), plot.y(0)))
      plot.canvas.fill(outline, colour.opacity(0.28))
      plot.canvas.path(outline, colour, width: plot.style.em(0.14))
    }
  }

  package func summary(_ reading: Reading) -> String {
    let what = reading.xLabel ?? "values"
    let parts = groups.prefix(6).map { group -> String in
      let kept = group.values.filter(accepts).sorted()
      guard let low = kept.first, let high = kept.last else { return "no values" }
      let name = group.name.map { Label.clean($0) + ": " } ?? ""
      return name + counted(kept.count, "value")
        + " from \(reading.xFormat.text(low)) to \(reading.xFormat.text(high)), median "
        + reading.xFormat.text(kept[kept.count / 2])
    }
    return "Histogram of \(what): " + parts.joined(separator: "; ")
  }

  package func plainText(_ reading: Reading) -> String {
    guard let binning = binning(precision: reading.precision) else { return "no values" }
    return groups.map { group in
      let rows = heights(of: group, in: binning).enumerated().map { bin, height in
        (name: reading.xFormat.text(binning.start + binning.width * Double(bin)), value: height)
      }
      let name = group.name.map { Label.clean($0) + "\n" } ?? ""
      return name
        + TextBars.text(
          rows, format: asShare ? NumberFormat(decimals: 1) : .automatic, columns: reading.columns)
    }.joined(separator: "\n")
  }
}
