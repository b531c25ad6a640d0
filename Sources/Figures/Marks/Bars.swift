import Base
import Glibc

/// Bars from zero for named things, with error bars and their values in figures.
///
/// The x label, scale and format of the figure are those of the categories and the y ones those of the
/// values, whichever way the bars lie. A value that is not a finite number has no bar; its place says `n/a`.
public struct Bars: Sendable, Equatable {
  public enum Orientation: String, Sendable, CaseIterable {
    /// Upright, and lying when the names would not fit below.
    case automatic
    case vertical, horizontal
  }

  /// Values of one kind, one for each category.
  public struct Group: Sendable, Equatable {
    public var name: String?
    public var values: [Double]
    /// Ends of the error bars; as many as there are values, and not finite where there is none to draw.
    public var low: [Double]?
    public var high: [Double]?
    public var colour: Colour?

    public init(
      name: String? = nil, values: [Double], low: [Double]? = nil, high: [Double]? = nil,
      colour: Colour? = nil
    ) {
      self.name = name
      self.values = values
      self.low = low
      self.high = high
      self.colour = colour
    }

    /// Error bars equally far on both sides, such as one standard deviation.
    public init(name: String? = nil, values: [Double], errors: [Double], colour: Colour? = nil) {
      let pairs = zip(values, errors)
      self.init(
        name: name, values: values, low: pairs.map { $0 - abs($1) }, high: pairs.map { $0 + abs($1) },
        colour: colour)
      // A missing error must not shorten the check of lengths.
      if errors.count != values.count { low = errors; high = errors }
    }
  }

  public var categories: [String]
  public var groups: [Group]
  public var orientation: Orientation
  /// The value at the end of each bar; `nil` shows them where they fit.
  public var labelsValues: Bool?
  /// Format of the values at the bars.
  public var valueFormat: NumberFormat
  /// Index of the one category that stands out; the others step back.
  public var highlight: Int?

  public init(
    categories: [String], groups: [Group], orientation: Orientation = .automatic, labelsValues: Bool? = nil,
    valueFormat: NumberFormat = .automatic, highlight: Int? = nil
  ) {
    self.categories = categories
    self.groups = groups
    self.orientation = orientation
    self.labelsValues = labelsValues
    self.valueFormat = valueFormat
    self.highlight = highlight
  }

  public init(categories: [String], values: [Double], valueFormat: NumberFormat = .automatic) {
    self.init(categories: categories, groups: [Group(values: values)], valueFormat: valueFormat)
  }
}

extension Mark {
  public static func bars(_ bars: Bars) -> Mark { Mark(bars) }
}

extension Bars: AxesMark {
  /// Maximum number of horizontal bars; more would need a page of their own, while upright bars show every few of their names.
  private static let mostLying = 100

  package var canLie: Bool { true }

  package func check() throws {
    for (index, group) in groups.enumerated() {
      guard group.values.count == categories.count else {
        throw FigureError.series(
          .group(group.name, index, values: group.values.count, categories: categories.count))
      }
      guard (group.low == nil) == (group.high == nil),
        group.low.map({ $0.count == categories.count }) != false,
        group.high.map({ $0.count == categories.count }) != false
      else {
        throw FigureError.series(.groupErrors(group.name, index))
      }
    }
  }

  /// Lying bars when upright ones would need slanted names.
  func isHorizontal(_ context: Context) -> Bool {
    switch orientation {
    case .vertical: return false
    case .horizontal: return true
    case .automatic:
      guard context.allowsLying, categories.count <= Bars.mostLying, !categories.isEmpty else { return false }
      let slot = context.width * 0.9 / Double(categories.count) - context.style.em(0.5)
      return categories.contains { name in
        let words = name.split { $0 == " " || $0 == "\n" }
        return name.count > 45
          || words.contains { context.text.width(String($0), context.style.tickText) > slot }
      }
    }
  }

  /// Share of a name's room that its bars take where there are several.
  private static let shareOfSlot = 0.8

  private func accepts(_ value: Double) -> Bool { value.isFinite && abs(value) <= 1e300 }

  package func claims(_ context: Context) throws -> Claims {
    let isHorizontal = isHorizontal(context)
    guard !context.yScale.isLog else {
      throw FigureError.logarithmicBars
    }
    var claims = Claims()
    var values: Extent?
    for group in groups {
      for numbers in [group.values, group.low ?? [], group.high ?? []] {
        values = .union(values, Extent(numbers.lazy.filter(accepts)))
      }
    }
    claims.isEmpty = values == nil || categories.isEmpty
    let room = context.style.em(labels(context) == nil ? 0.3 : 1.6)
    let sideways = context.style.em(0.6) + (labels(context)?.map(\.width).max() ?? 0)
    let hasPositive = (values?.high ?? 0) > 0
    let hasNegative = (values?.low ?? 0) < 0
    if isHorizontal {
      (claims.x, claims.yBands) = (values, categories)
      (claims.xPad, claims.includesZeroX, claims.verticalGrid) = (0, true, true)
      claims.roomRight = hasPositive || !hasNegative ? sideways : 0
      claims.roomLeft = hasNegative ? sideways : 0
      // A line of text for each bar, so that their numbers stand apart.
      if labels(context) != nil, groups.count > 1 {
        claims.rowHeight = context.style.em(1.05) * Double(groups.count) / Bars.shareOfSlot
      }
    } else {
      (claims.y, claims.xBands) = (values, categories)
      (claims.yPad, claims.includesZeroY, claims.horizontalGrid) = (0, true, true)
      claims.roomAbove = hasPositive || !hasNegative ? room : 0
      claims.roomBelow = hasNegative ? room : 0
    }
    claims.hasWholeX = false
    claims.colours = groups.count
    claims.isFlipped = isHorizontal
    if groups.count > 1 {
      claims.legend = groups.enumerated().map { index, group in
        LegendEntry(
          label: group.name ?? "\(index + 1)", colour: colour(index, 0, context, inLegend: true),
          symbol: .square)
      }
    }
    if let note = Words.repeated(groups.count, "Colours", after: context.style.palette.count) {
      claims.notes.append(note)
    }
    let missing = groups.reduce(0) { $0 + $1.values.filter { !accepts($0) }.count }
    if missing > 0 {
      claims.notes.append(
        counted(missing, "value")
          + (missing == 1 ? " is missing or not finite and has" : " are missing or not finite and have")
          + " no bar.")
    }
    return claims
  }

  package func draw(in plot: Plot) {
    let isHorizontal = plot.y.categories != nil && isHorizontal(plot.context)
    let band = isHorizontal ? plot.y : plot.x
    let slot = band.bandWidth
    // Thousands of bars leave no room for gaps.
    let share = slot < 3 ? 1 : groups.count > 1 ? Bars.shareOfSlot : 0.68
    let most = plot.style.em(isHorizontal ? 3 : 7) * Double(groups.count)
    let width = min(slot * share, most)
    let each = width / Double(max(1, groups.count))
    let gap = each > 6 && groups.count > 1 ? plot.style.em(0.12) : 0
    let bands = band.categories ?? []
    // Several bar marks may share one axis with more names than this one has.
    var places: [String: Int] = [:]
    for (index, name) in bands.enumerated() where places[name] == nil { places[name] = index }
    let isOwn = bands == categories
    let labels = labels(plot.context, room: isHorizontal ? each : slot / Double(max(1, groups.count)))
    for (group, bars) in groups.enumerated() {
      for index in categories.indices {
        let place = isOwn ? index : places[categories[index]] ?? index
        let start = band(Double(place)) - width / 2 + each * Double(group)
        let stretch = (from: start + gap / 2, width: each - gap)
        let value = bars.values[index]
        let label = labels.map { $0[group * categories.count + index] }
        draw(value, group, index, stretch, label, isHorizontal, plot)
      }
    }
  }

  private func draw(
    _ value: Double, _ group: Int, _ index: Int, _ stretch: (from: Double, width: Double),
    _ label: TextBlock?,
    _ isHorizontal: Bool, _ plot: Plot
  ) {
    let axis = isHorizontal ? plot.x : plot.y
    let inside = { (value: Double) in axis(min(max(value, axis.low), axis.high)) }
    let zero = inside(0)
    let middle = stretch.from + stretch.width / 2
    func at(_ along: Double) -> Point { isHorizontal ? Point(along, middle) : Point(middle, along) }
    var end = zero
    if accepts(value) {
      end = inside(value)
      let (near, far) = (min(zero, end), max(zero, end))
      let rect =
        isHorizontal
        ? Rect(x: near, y: stretch.from, width: far - near, height: stretch.width)
        : Rect(x: stretch.from, y: near, width: stretch.width, height: far - near)
      plot.canvas.fill(plot.canvas.snapped(rect), colour(group, index, plot.context))
      if let low = groups[group].low?[index], let high = groups[group].high?[index], accepts(low),
        accepts(high)
      {
        drawError(inside(low), inside(high), stretch.width, at, isHorizontal, plot)
        end = value >= 0 ? inside(max(high, value)) : inside(min(low, value))
      }
    }
    guard let label else { return }
    let gap = plot.style.em(0.4)
    let colour = accepts(value) ? plot.style.ink : plot.style.muted
    if isHorizontal {
      let isLeft = accepts(value) && value < 0
      plot.canvas.draw(
        label, at: at(end + (isLeft ? -gap : gap)), isLeft ? .right : .left, .middle, colour,
        halo: plot.style.halo)
    } else {
      let isBelow = accepts(value) && value < 0
      plot.canvas.draw(
        label, at: at(end + (isBelow ? gap * 0.6 : -gap)), .centre, isBelow ? .top : .baseline, colour,
        halo: plot.style.halo)
    }
  }

  private func drawError(
    _ low: Double, _ high: Double, _ width: Double, _ at: (Double) -> Point, _ isHorizontal: Bool,
    _ plot: Plot
  ) {
    let half = min(plot.style.em(0.4), width * 0.25)
    var lines = [(at(low), at(high))]
    for point in [at(low), at(high)] {
      lines.append(
        isHorizontal
          ? (Point(point.x, point.y - half), Point(point.x, point.y + half))
          : (Point(point.x - half, point.y), Point(point.x + half, point.y)))
    }
    // A rim in the colour of the page: the part inside a bright bar must be seen too.
    let stroke = plot.style.em(0.11)
    for (from, to) in lines {
      plot.canvas.line(from, to, plot.style.background.opacity(0.7), width: stroke * 3)
    }
    for (from, to) in lines { plot.canvas.line(from, to, plot.style.ink, width: stroke) }
  }

  /// The values in words, group after group; `nil` when they are not wanted or do not fit.
  /// - Parameter room: of one bar, across it: its width upright, its height lying; an estimate before the axes are made.
  private func labels(_ context: Context, room: Double? = nil) -> [TextBlock]? {
    guard labelsValues != false, groups.count * categories.count <= 400 else { return nil }
    let isHorizontal = isHorizontal(context)
    let values = groups.flatMap(\.values)
    let known = valueFormat.texts(values.filter(accepts))
    var next = known.makeIterator()
    if isHorizontal, labelsValues != true, let room, room < context.style.em(0.95) { return nil }
    let slot =
      room ?? context.width * 0.92 / Double(max(1, categories.count * groups.count))
      * (groups.count > 1 ? 0.85 : 1)
    for size in [1.0, 0.9, 0.8] {
      next = known.makeIterator()
      let look = TextStyle(size: context.style.base * size, bold: groups.count == 1)
      let blocks = values.map { context.text.block(accepts($0) ? next.next() ?? "" : "n/a", look) }
      let widest = blocks.map(\.width).max() ?? 0
      if isHorizontal || widest <= slot - context.style.em(0.4) || (labelsValues == true && size == 0.8) {
        return blocks
      }
      // A second, smaller size only pays when it is close to fitting.
      if widest > slot * 1.3 && labelsValues != true { return nil }
    }
    return nil
  }

  private func colour(_ group: Int, _ index: Int, _ context: Context, inLegend: Bool = false) -> Colour {
    let own = groups[group].colour ?? context.style.colour(context.firstColour + group)
    guard let highlight, !inLegend, index != highlight else { return own }
    return groups.count == 1 ? context.style.neutral : own.opacity(0.4)
  }

  // MARK: Words

  package func summary(_ reading: Reading) -> String {
    let measure = reading.yLabel.map { " of \($0)" } ?? ""
    guard !categories.isEmpty, !groups.isEmpty else { return "Bar chart without bars" }
    let parts = groups.prefix(4).map { group -> String in
      let texts = valueFormat.texts(group.values)
      let items = zip(categories, texts).map { "\(Label.clean($0)) \($1)" }
      return (group.name.map { "\(Label.clean($0)): " } ?? "") + Words.list(items, most: 12)
    }
    return "Bar chart\(measure): " + parts.joined(separator: "; ")
  }

  package func plainText(_ reading: Reading) -> String {
    let rows = categories.indices.flatMap { index in
      groups.indices.map { group in
        let own = groups[group].name ?? ""
        let name = groups.count > 1 ? categories[index] + (own.isEmpty ? "" : " · " + own) : categories[index]
        return (name: name, value: groups[group].values[index])
      }
    }
    return TextBars.text(rows, format: valueFormat, columns: reading.columns)
  }
}
