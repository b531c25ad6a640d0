import Base
import Glibc

/// Points on two axes, such as a map of an embedding.
///
/// Size and opacity follow the number of points, so that 100 can be seen and 50,000 still show where they are
/// dense. Points are drawn in a shuffled, always equal order: no class hides the others.
///
/// From ``rasterisedFrom`` points on, the cloud is one picture of about 300 dots per inch inside SVG and PDF
/// files, which keeps them small; axes and words stay outlines.
public struct Scatter: Sendable, Equatable {
  public enum Colouring: Sendable, Equatable {
    case single(Colour?)
    /// A class index for each point into `names`; −1 marks a point without a class.
    case classes([Int], names: [String])
    /// A number for each point, shown by a colour map with its key.
    case values([Double], label: String?, map: ColourMap)
  }

  /// The number of points from which SVG and PDF files hold the cloud as a picture.
  public static let rasterisedFrom = 6_000

  public var x: [Double]
  public var y: [Double]
  public var colouring: Colouring
  /// Radius of a dot in points; `nil` follows the number of points.
  public var radius: Double?
  /// 0…1; `nil` follows the number of points.
  public var opacity: Double?
  /// Writes each class's name on the map at its middle instead of in a legend.
  public var labelsClasses: Bool

  public init(
    x: [Double], y: [Double], colouring: Colouring = .single(nil), radius: Double? = nil,
    opacity: Double? = nil,
    labelsClasses: Bool = false
  ) {
    self.x = x
    self.y = y
    self.colouring = colouring
    self.radius = radius
    self.opacity = opacity
    self.labelsClasses = labelsClasses
  }

  /// Points coloured by name; names are numbered in the order in which they first appear.
  public init(x: [Double], y: [Double], categories: [String], labelsClasses: Bool = false) {
    var index: [String: Int] = [:]
    var names: [String] = []
    let classes = categories.map { name -> Int in
      if let known = index[name] { return known }
      index[name] = names.count
      names.append(name)
      return names.count - 1
    }
    self.init(x: x, y: y, colouring: .classes(classes, names: names), labelsClasses: labelsClasses)
  }
}

extension Mark {
  public static func scatter(_ scatter: Scatter) -> Mark { Mark(scatter) }
}

extension Scatter: AxesMark {
  package func check() throws {
    guard x.count == y.count else {
      throw FigureError.series(.points(x: x.count, y: y.count))
    }
    switch colouring {
    case .single: break
    case .classes(let classes, let names):
      guard classes.count == x.count else {
        throw FigureError.series(.pointClasses(classes.count, points: x.count))
      }
      if let wrong = classes.first(where: { $0 < -1 || $0 >= names.count }) {
        throw FigureError.series(.pointClass(wrong, names: names.count))
      }
    case .values(let values, _, _):
      guard values.count == x.count else {
        throw FigureError.series(.pointValues(values.count, points: x.count))
      }
    }
  }

  package func claims(_ context: Context) -> Claims {
    var claims = Claims()
    let kept = kept(context)
    claims.x = Extent(kept.lazy.map { x[$0] })
    claims.y = Extent(kept.lazy.map { y[$0] })
    claims.xPad = 0.04
    claims.yPad = 0.04
    claims.verticalGrid = true
    claims.horizontalGrid = true
    claims.hasWholeX = false
    claims.isEmpty = kept.isEmpty
    if let note = Words.dropped(x.count - kept.count, isLog: context.xScale.isLog || context.yScale.isLog) {
      claims.notes.append(note)
    }
    switch colouring {
    case .single: claims.colours = 1
    case .classes(let classes, let names):
      claims.colours = names.count
      let isNamed = labelsClasses && hasRoomForNames(context)
      if labelsClasses && !isNamed {
        claims.notes.append("The names have no room on the map: a wider figure has.")
      }
      if !isNamed {
        claims.legend = names.indices.map { index in
          LegendEntry(label: names[index], colour: colour(index, context), symbol: .dot(shape(index)))
        }
        if classes.contains(-1) {
          claims.legend.append(
            LegendEntry(label: "no class", colour: context.style.neutral, symbol: .dot(.circle)))
        }
      }
      let told = context.style.palette.count * DotShape.allCases.count
      if !isNamed, let note = Words.repeated(names.count, "Signs", after: told) { claims.notes.append(note) }
    case .values(let values, let label, let map):
      if let reach = Extent(values.lazy.filter(\.isFinite)) {
        claims.colourBar = ColourBar(
          map: map, low: reach.low, high: reach.high, label: label, format: .automatic)
      }
    }
    return claims
  }

  private func kept(_ context: Context) -> [Int] {
    x.indices.filter { context.xScale.accepts(x[$0]) && context.yScale.accepts(y[$0]) }
  }

  /// Radius in points and opacity for `count` dots on `area`: together they cover about a sixth of it.
  static func look(count: Int, on area: Rect) -> (radius: Double, opacity: Double) {
    let count = Double(max(1, count))
    let fair = (area.width * area.height * 0.16 / (Double.pi * count)).squareRoot()
    let radius = min(3.4, max(1.15, fair))
    // Dots that must overlap let each other through.
    let cover = count * Double.pi * radius * radius / max(1, area.width * area.height)
    return (radius, min(0.85, max(0.3, 0.85 / (1 + cover * 1.6))))
  }

  package func draw(in plot: Plot) {
    let kept = kept(plot.context)
    let suited = Scatter.look(count: kept.count, on: plot.area)
    let radius = self.radius.flatMap { $0.isFinite && $0 > 0 ? min($0, 50) : nil } ?? suited.radius
    let opacity = self.opacity.flatMap { $0.isFinite ? min(1, max(0.02, $0)) : nil } ?? suited.opacity
    let colours = colours(plot.context).map { $0.opacity(opacity) }
    let order = Scatter.shuffled(kept)
    let reach = reach
    // On a grid of pixels the outcome is the same, and much faster.
    let isVector = plot.canvas.kind == .svg || plot.canvas.kind == .pdf
    if kept.count >= (isVector ? Scatter.rasterisedFrom : 500) {
      raster(order, radius, colours, plot)
    } else {
      plot.canvas.clipped(to: plot.area.inset(by: -radius)) {
        for index in order {
          let (colour, shape) = sign(index, colours, reach)
          shape.draw(on: plot.canvas, at: Point(plot.x(x[index]), plot.y(y[index])), radius: radius, colour)
        }
      }
    }
    if labelsClasses && hasRoomForNames(plot.context) { drawNames(kept, plot) }
  }

  private func raster(_ order: [Int], _ radius: Double, _ colours: [Colour], _ plot: Plot) {
    let area = plot.canvas.snapped(plot.area.inset(by: -2 * radius))
    // Very large pages would need more memory than the eye needs dots.
    let scale = min(plot.canvas.resolution, 8_000 / max(area.width, area.height))
    plot.canvas.note("dots", [area.x, area.y, area.width, area.height, radius], nil, "count \(order.count)")
    guard plot.canvas.kind != .log else { return }
    let reach = reach
    var raster = DotRaster(
      width: max(1, Int((area.width * scale).rounded())), height: max(1, Int((area.height * scale).rounded()))
    )
    for index in order {
      if plot.canvas.isStopped { break }
      let (colour, shape) = sign(index, colours, reach)
      raster.add(
        x: (plot.x(x[index]) - area.x) * scale, y: (plot.y(y[index]) - area.y) * scale,
        radius: radius * scale,
        shape: shape, colour: colour)
    }
    plot.canvas.paint(raster.pixels, over: area)
  }

  // MARK: Signs

  func colour(_ index: Int, _ context: Context) -> Colour {
    context.style.colour(context.firstColour + index)
  }

  private func shape(_ index: Int) -> DotShape {
    DotShape.allCases[index / Palette.light.count % DotShape.allCases.count]
  }

  /// One colour for each class and one more for points without any; for values, a table of 256.
  private func colours(_ context: Context) -> [Colour] {
    switch colouring {
    case .single(let colour): [colour ?? self.colour(0, context)]
    case .classes(_, let names): names.indices.map { colour($0, context) } + [context.style.neutral]
    case .values(_, _, let map):
      (0..<256).map { map.colour(at: Double($0) / 255, on: context.style.mode) } + [context.style.neutral]
    }
  }

  private func sign(_ index: Int, _ colours: [Colour], _ reach: Extent?) -> (Colour, DotShape) {
    let none = colours[colours.count - 1]
    switch colouring {
    case .single: return (none, .circle)
    case .classes(let classes, _):
      let own = classes[index]
      return own < 0 ? (none, .circle) : (colours[own], shape(own))
    case .values(let values, _, _):
      guard let reach, values[index].isFinite else { return (none, .circle) }
      let span = reach.high / 2 - reach.low / 2
      let share = span > 0 ? (values[index] / 2 - reach.low / 2) / span : 0.5
      return (colours[Int(share * 255)], .circle)
    }
  }

  private var reach: Extent? {
    guard case .values(let values, _, _) = colouring else { return nil }
    return Extent(values.lazy.filter(\.isFinite))
  }

  /// The indices in a pseudorandom order, the same at every run.
  package static func shuffled(_ indices: [Int]) -> [Int] {
    var out = indices
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for index in stride(from: out.count - 1, to: 0, by: -1) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      out.swapAt(index, Int((state >> 33) % UInt64(index + 1)))
    }
    return out
  }

  // MARK: Words

  package func summary(_ reading: Reading) -> String {
    var text = "Scatter plot of \(counted(x.count, "point"))"
    if let across = reading.xLabel, let up = reading.yLabel { text += ", \(up) against \(across)" }
    switch colouring {
    case .single: break
    case .classes(_, let names):
      text +=
        ", in \(counted(names.count, "class")): "
        + Words.list(names.map(Label.clean), most: 12)
    case .values(_, let label, _): text += ", coloured by \(label ?? "value")"
    }
    return text
  }

  package func plainText(_ reading: Reading) -> String {
    var lines = [counted(x.count, "point")]
    for (name, values, format) in [("x", x, reading.xFormat), ("y", y, reading.yFormat)] {
      if let reach = Extent(values.lazy.filter(\.isFinite)) {
        lines[0] += "   \(name) \(format.text(reach.low)) … \(format.text(reach.high))"
      }
    }
    if case .classes(let classes, let names) = colouring {
      var counts = [Int](repeating: 0, count: names.count)
      for index in classes where counts.indices.contains(index) { counts[index] += 1 }
      let items = zip(names, counts).map { "\(Label.clean($0)) \(Numbers.fixed(Double($1), decimals: 0))" }
      lines.append(Words.list(items, most: 20))
    }
    return lines.joined(separator: "\n")
  }
}
