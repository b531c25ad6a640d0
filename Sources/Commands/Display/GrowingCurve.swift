import Base

/// A curve that grows while something runs, small enough to be sent four times a second.
///
/// Points that fall into one column of the picture become their mean, so a thousand noisy steps read as a line.
struct GrowingCurve {
  let metric: Metric
  /// Chance level of the values.
  var chance: Double?
  private(set) var latest: Double?
  private var sums: [(place: Int, x: Double, y: Double, count: Double)] = []

  static let columns = 180

  init(_ metric: Metric) { self.metric = metric }

  /// `share` is how much of the whole work was done, 0…1.
  mutating func add(_ share: Double, _ value: Double) {
    guard value.isFinite, share.isFinite else { return }
    latest = value
    let place = Int(share * Double(GrowingCurve.columns))
    if let last = sums.last, last.place == place {
      sums[sums.count - 1] = (place, last.x + share, last.y + value, last.count + 1)
    } else {
      sums.append((place, share, value, 1))
    }
  }

  var points: [(x: Double, y: Double)] { sums.map { ($0.x / $0.count, $0.y / $0.count) } }
}

/// A curve with its name and its latest value as an inline SVG, in the colours of the page, light or dark.
struct SmallChart {
  let curve: GrowingCurve
  /// Instead of the curve's name, where the latest value is not to be told: the line above tells a mean.
  var title: String?
  let width: Double
  let height: Double
  /// Under the two ends of the axis along.
  let ends: (String, String)?
  /// A number that was measured rarely: dots show where.
  let showsDots: Bool

  private static let accent = "#3b82c4"

  private var name: String { title ?? curve.metric.title }

  var svg: String {
    let points = curve.points
    guard let latest = curve.latest, !points.isEmpty else { return "" }
    let (top, bottom) = (24.0, height - 16)
    let known = points.map(\.y) + (curve.chance.map { [$0] } ?? [])
    let (low, high) = (known.min()!, known.max()!)
    func x(_ share: Double) -> String { Format.decimal(3 + share * (width - 6), 1).replacing("−", with: "-") }
    func y(_ value: Double) -> String {
      let share = high > low ? (value - low) / (high - low) : 0.5
      return Format.decimal(bottom - 3 - share * (bottom - top - 6), 1)
    }
    var parts = [
      "<path d=\"M3 \(bottom)H\(width - 3)\" stroke=\"currentColor\" stroke-opacity=\".3\"/>",
      text(3, 13, name, opacity: 0.75),
    ]
    if title == nil {
      parts.append(text(width - 3, 13, Measured.text(curve.metric, latest), anchor: "end", weight: "600"))
    }
    if let chance = curve.chance {
      parts.append(
        "<path d=\"M3 \(y(chance))H\(width - 3)\" stroke=\"currentColor\" stroke-opacity=\".5\" stroke-dasharray=\"4 3\"/>"
      )
    }
    if points.count > 1 {
      let path = points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ")
      parts.append(
        "<polyline fill=\"none\" stroke=\"\(Self.accent)\" stroke-width=\"1.8\" stroke-linejoin=\"round\" points=\"\(path)\"/>"
      )
    }
    let dots = showsDots && points.count <= 40 ? points[...] : points.suffix(1)
    parts += dots.map { "<circle cx=\"\(x($0.x))\" cy=\"\(y($0.y))\" r=\"2.2\" fill=\"\(Self.accent)\"/>" }
    if let ends {
      parts += [
        text(3, height - 3, ends.0, opacity: 0.6),
        text(width - 3, height - 3, ends.1, anchor: "end", opacity: 0.6),
      ]
    }
    if let chance = curve.chance {
      parts.append(
        text(
          width / 2, height - 3, "- - chance \(Measured.text(curve.metric, chance))", anchor: "middle",
          opacity: 0.6))
    }
    let alt =
      "\(name) so far, from \(Measured.text(curve.metric, points[0].y)) to \(Measured.text(curve.metric, latest))"
    return
      "<svg role=\"img\" aria-label=\"\(HTML.escaped(alt))\" width=\"\(Int(width))\" height=\"\(Int(height))\""
      + " style=\"display:block\" font-size=\"11\">\(parts.joined())</svg>"
  }

  private func text(
    _ x: Double, _ y: Double, _ text: String, anchor: String = "start", opacity: Double = 1,
    weight: String = "400"
  ) -> String {
    "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-weight=\"\(weight)\" fill=\"currentColor\""
      + " fill-opacity=\"\(opacity)\">\(HTML.escaped(text))</text>"
  }
}
