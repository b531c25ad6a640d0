/// A straight line across the whole plot with its name: chance level, a published result, the end of warm-up.
public struct Rule: Sendable, Equatable {
  public enum Position: Sendable, Equatable {
    /// A level on the value axis.
    case y(Double)
    case x(Double)
  }

  public var position: Position
  public var label: Label?
  public var colour: Colour?
  /// Range of the line along the other axis; `nil` for all of it.
  public var reach: ClosedRange<Double>?

  public init(
    _ position: Position, label: Label? = nil, colour: Colour? = nil, reach: ClosedRange<Double>? = nil
  ) {
    self.position = position
    self.label = label
    self.colour = colour
    self.reach = reach
  }
}

extension Mark {
  public static func rule(
    y: Double, label: Label? = nil, colour: Colour? = nil, from start: Double, to end: Double
  ) -> Mark {
    Mark(Rule(.y(y), label: label, colour: colour, reach: min(start, end)...max(start, end)))
  }

  public static func rule(y: Double, label: Label? = nil, colour: Colour? = nil) -> Mark {
    Mark(Rule(.y(y), label: label, colour: colour))
  }

  public static func rule(x: Double, label: Label? = nil, colour: Colour? = nil) -> Mark {
    Mark(Rule(.x(x), label: label, colour: colour))
  }
}

extension Rule: AxesMark {
  package var canLie: Bool { true }

  package func check() throws {}

  private func accepts(_ context: Context) -> Bool {
    switch position {
    case .y(let value): (context.isFlipped ? context.xScale : context.yScale).accepts(value)
    case .x(let value): (context.isFlipped ? context.yScale : context.xScale).accepts(value)
    }
  }

  package func claims(_ context: Context) -> Claims {
    var claims = Claims()
    claims.isEmpty = true
    claims.hasWholeY = true
    (claims.xPad, claims.yPad) = (0, 0)
    guard accepts(context) else {
      claims.notes = ["A line at a value that has no place on the axis is not shown."]
      return claims
    }
    let isLevel: Bool
    let value: Double
    (isLevel, value) = place(context)
    let extent = Extent(low: value, high: value)
    if isLevel { claims.y = extent } else { claims.x = extent }
    if let label, !label.isEmpty {
      let end = EndLabel(
        text: label, colour: colour ?? context.style.muted, value: value, isName: false, isBold: false)
      if isLevel { claims.endLabels = [end] } else { claims.topLabels = [end] }
    }
    return claims
  }

  /// Whether the line lies on the page, and its value.
  private func place(_ context: Context) -> (isLevel: Bool, value: Double) {
    switch position {
    case .y(let value): (!context.isFlipped, value)
    case .x(let value): (context.isFlipped, value)
    }
  }

  package func draw(in plot: Plot) {
    guard accepts(plot.context) else { return }
    let style = plot.style
    let ink = colour ?? style.muted
    let area = plot.area
    let (isLevel, value) = place(plot.context)
    let along = isLevel ? plot.y(value) : plot.x(value)
    guard along >= (isLevel ? area.y : area.x) - 1, along <= (isLevel ? area.maxY : area.maxX) + 1 else {
      return
    }
    var (start, end) = isLevel ? (area.x, area.maxX) : (area.y, area.maxY)
    if let reach {
      let axis = isLevel ? plot.x : plot.y
      start = axis(max(reach.lowerBound, axis.low))
      end = axis(min(reach.upperBound, axis.high))
    }
    let from = isLevel ? Point(start, along) : Point(along, start)
    let to = isLevel ? Point(end, along) : Point(along, end)
    plot.canvas.line(from, to, ink, width: style.em(0.12), dash: [style.em(0.45), style.em(0.35)])
  }

  package func summary(_ reading: Reading) -> String {
    let (text, axis) =
      switch position {
      case .y(let value): (reading.yFormat.text(value), reading.yLabel ?? "y")
      case .x(let value): (reading.xFormat.text(value), reading.xLabel ?? "x")
      }
    let across =
      if case .y = position { (reading.xLabel ?? "x", reading.xFormat) } else {
        (reading.yLabel ?? "y", reading.yFormat)
      }
    let stretch =
      reach.map { reach in
        (reach.lowerBound > -Scale.reach.most ? " from \(across.0) \(across.1.text(reach.lowerBound))" : "")
          + (reach.upperBound < Scale.reach.most
            ? " up to \(across.0) \(across.1.text(reach.upperBound))" : "")
      } ?? ""
    return "Line at \(axis) \(text)" + stretch + (label.map { ": \($0.spoken)" } ?? "")
  }

  package func plainText(_ reading: Reading) -> String {
    label == nil && reach == nil ? "" : summary(reading)
  }
}
