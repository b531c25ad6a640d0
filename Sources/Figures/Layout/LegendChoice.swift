/// Position of the legend: beside the plot if it is not higher than that, at the ends of lines if the names fit there,
/// otherwise above the plot, which makes the figure higher. No name is ever left out.
extension AxesLayout {
  enum ChosenLegend: Equatable {
    case none, ends, top
    case right(columns: Int)
  }

  /// The axes fitted around the legend that reads best.
  func frame(width: Double, height: Double?) throws -> AxesFrame {
    let names = claims.legend.count
    func fit(_ legend: ChosenLegend) throws -> AxesFrame {
      try fitted(width: width, height: height, legend: names == 0 && legend != .ends ? .none : legend)
    }
    switch figure.legend {
    case .none: return try fit(.none)
    case .top: return try fit(.top)
    case .right: return try beside(width: width, height: height, mayBeHigher: true) ?? fit(.top)
    case .automatic:
      if let frame = try atEnds(width: width, height: height) { return frame }
      if names > 0, claims.colourBar == nil, standsBeside(width: width), !LegendLayout(self).isCutBeside,
        let frame = try beside(width: width, height: height, mayBeHigher: false)
      {
        return frame
      }
      return try fit(.top)
    }
  }

  /// Classes of points make a list; few lines or bars, a row.
  private func standsBeside(width: Double) -> Bool {
    let names = claims.legend.count
    if case .dot = claims.legend[0].symbol { return names > 3 && width > style.em(24) }
    return names > 12 && width > style.em(30)
  }

  /// Names at the lines' ends, where they leave most of the width to the lines, stand apart, and name all there is to name.
  private func atEnds(width: Double, height: Double?) throws -> AxesFrame? {
    let named = Set(claims.endLabels.filter(\.isName).compactMap(\.text?.source))
    guard !named.isEmpty, claims.legend.allSatisfy({ named.contains($0.label) }) else { return nil }
    let widest = claims.endLabels.compactMap(\.text).map { text.width($0, endLabelStyle) }.max() ?? 0
    guard widest <= width * 0.3 else { return nil }
    let frame = try fitted(width: width, height: height, legend: .ends)
    return frame.endsHeight(style) <= frame.area.height ? frame : nil
  }

  private var endLabelStyle: TextStyle { TextStyle(size: style.base, bold: true) }

  /// A list beside the plot, of as few columns as are no higher than it; nil where it would take too much of the width: a third, if
  /// it can stand above as well.
  private func beside(width: Double, height: Double?, mayBeHigher: Bool) throws -> AxesFrame? {
    guard !claims.legend.isEmpty else { return nil }
    var highest: AxesFrame?
    for columns in 1...claims.legend.count {
      let legend = LegendLayout(self).column(count: columns)
      guard legend.width <= width * (mayBeHigher ? 0.5 : 0.3),
        let frame = try? fitted(width: width, height: height, legend: .right(columns: columns))
      else { break }
      if legend.height <= frame.area.height { return frame }
      if frame.area.y + legend.height <= height ?? .infinity { highest = frame }
    }
    return mayBeHigher ? highest : nil
  }
}
