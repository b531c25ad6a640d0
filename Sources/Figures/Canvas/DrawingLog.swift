/// Log of a canvas's drawing calls, one line each: the form of a picture that tests compare, with coordinates rounded to tenths
/// of a point.
package struct DrawingLog: Sendable {
  package private(set) var lines: [String] = []

  /// Each piece of text with the box around it, for tests of what touches what.
  package private(set) var words: [(text: String, box: Rect, isTurned: Bool)] = []

  /// Boxes of parts of the figure by their names: "plot", "legend".
  package private(set) var regions: [(name: String, box: Rect)] = []

  /// The named ticks of each axis, "x" and "y".
  package private(set) var ticks: [(axis: String, value: Double, label: String)] = []

  package init() {}

  mutating func add(tick label: String, at value: Double, of axis: String) {
    ticks.append((axis, value, label))
  }

  mutating func add(region: String, box: Rect) { regions.append((region, box)) }

  mutating func add(word: String, box: Rect, angle: Double) {
    words.append((word, box, angle != 0))
  }

  mutating func add(_ verb: String, _ numbers: [Double], _ colour: Colour?, _ rest: String) {
    var parts = [verb] + numbers.map { DrawingLog.number($0) }
    if let colour { parts.append(colour.hexText) }
    if !rest.isEmpty { parts.append(rest) }
    lines.append(parts.joined(separator: " "))
  }

  mutating func text(
    _ block: TextBlock, _ point: Point, _ horizontal: Canvas.Horizontal, _ vertical: Canvas.Vertical,
    _ angle: Double, _ colour: Colour, isOn: Bool
  ) {
    guard isOn else { return }
    let look = "size \(Numbers.short(block.style.size))" + (block.style.bold ? " bold" : "")
    let turn = angle == 0 ? "" : " turned \(Numbers.short(angle))"
    let shown = block.source.source.split(separator: "\n", omittingEmptySubsequences: false).joined(
      separator: "⏎")
    add(
      "text", [point.x, point.y], colour,
      "\(horizontal.rawValue) \(vertical.rawValue) \(look)\(turn) lines \(block.lineCount) “\(shown)”")
  }

  /// The first, last and up to six points between: enough to see that a long path is the right one.
  static func sample(_ points: [Point]) -> [Double] {
    let steps = min(points.count - 1, 7)
    guard steps > 0 else { return points.flatMap { [$0.x, $0.y] } }
    return (0...steps).flatMap { step -> [Double] in
      let point = points[step * (points.count - 1) / steps]
      return [point.x, point.y]
    }
  }

  private static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    guard tenths.isFinite, abs(tenths) < 1e9 else { return "far" }
    let text = "\(tenths == 0 ? 0 : tenths)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
