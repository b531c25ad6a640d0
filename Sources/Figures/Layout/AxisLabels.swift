import Glibc

/// The words along one axis, chosen so that none touches another and none is cut.
struct AxisLabels {
  struct Item {
    var value: Double
    var block: TextBlock
  }

  var labels: [Item] = []
  /// Format of values between the ticks.
  var notation = Notation(.given, .automatic)
  /// The ticks that have a name, and those between them.
  var ticks: [Double] = []
  var minor: [Double] = []
  /// Degrees; negative leans upwards to the right.
  var angle = 0.0
  /// Room that the words need across the axis.
  var extent = 0.0
  /// Room that words need beyond the plot's left and right edge.
  var overhangLeft = 0.0
  var overhangRight = 0.0
}

extension AxesLayout {
  // MARK: y

  func yLabels(_ y: Axis, _ length: Double, _ width: Double) -> AxisLabels {
    if let names = y.categories { return rowLabels(names, length, width) }
    let count = min(9, max(2, Int(length / style.em(2.6))))
    var out = AxisLabels()
    // Beside a plot a few letters wide, one short number rather than two long ones.
    let found = y.ticks(
      count: count, format: figure.yFormat, whole: claims.hasWholeY, atLeastTwo: width >= style.em(12))
    let ticks = found.ticks
    out.notation = found.notation
    out.minor = ticks.filter(\.label.isEmpty).map(\.value)
    out.ticks = ticks.filter { !$0.label.isEmpty }.map(\.value)
    out.labels = ticks.filter { !$0.label.isEmpty }.map {
      AxisLabels.Item(value: $0.value, block: text.block($0.label, style.tickText))
    }
    out.extent = out.labels.map(\.block.width).max() ?? 0
    return out
  }

  /// Names beside rows, wrapped to a third of the width; thinned out when rows are lower than a line.
  private func rowLabels(_ names: [String], _ length: Double, _ width: Double) -> AxisLabels {
    var out = AxisLabels()
    let slot = length / Double(max(1, names.count))
    let small = smaller(names, toStand: 1.15, in: slot)
    let every = small != nil ? 1 : max(1, Int((style.em(1.15) / slot).rounded(.up)))
    var look = rowText(width, lines: max(1, min(3, Int(slot / style.em(1.25)))))
    look.size = small ?? look.size
    let shown = Array(stride(from: 0, to: names.count, by: every))
    out.labels = zip(shown, text.names(shown.map { names[$0] }, look)).map {
      AxisLabels.Item(value: Double($0), block: $1)
    }
    out.extent = out.labels.map(\.block.width).max() ?? 0
    return out
  }

  /// A size in which names that do not count on stand at every place of `slot` points, `lines` of their size apart; `nil` where
  /// the usual size does or that would be too small to read. Numbers in their order are as clear with gaps.
  private func smaller(_ names: [String], toStand lines: Double, in slot: Double) -> Double? {
    let size = slot / lines
    guard size < style.base, size >= Style.leastText, names.contains(where: { Int($0) == nil }) else {
      return nil
    }
    return size
  }

  private func rowText(_ width: Double, lines: Int) -> TextStyle {
    TextStyle(size: style.base, width: width * 0.36, lines: lines, alignment: .right)
  }

  /// Lines that the longest of a few names needs beside its row.
  func rowLines(_ names: [String], _ width: Double) -> Int {
    guard names.count <= 60 else { return 1 }
    return names.map { text.block($0, rowText(width, lines: 3)).lineCount }.max() ?? 1
  }

  // MARK: x

  func xLabels(_ x: Axis, _ length: Double) -> AxisLabels {
    if let names = x.categories { return columnLabels(names, x, length) }
    var count = min(10, max(2, Int(length / style.em(x.form == .linear ? 3 : 1.8))))
    while true {
      let found = x.ticks(count: count, format: figure.xFormat, whole: claims.hasWholeX)
      let ticks = found.ticks
      let named = ticks.filter { !$0.label.isEmpty }
      var out = horizontal(named.map { ($0.value, text.block($0.label, style.tickText)) }, x, length)
      out.minor = ticks.filter(\.label.isEmpty).map(\.value)
      if !collide(out, x, gap: style.em(0.9)) { return out }
      if count <= 1 {
        // Where no two words fit beside one another, one of them.
        let kept = out.labels.first { found.notation.isWhole($0.value) }.map { [($0.value, $0.block)] } ?? []
        return horizontal(kept, x, length)
      }
      count -= 1
    }
  }

  private func horizontal(_ labels: [(Double, TextBlock)], _ x: Axis, _ length: Double) -> AxisLabels {
    var out = AxisLabels()
    out.labels = labels.map { AxisLabels.Item(value: $0.0, block: $0.1) }
    out.ticks = labels.map(\.0)
    out.extent = labels.map(\.1.height).max() ?? 0
    for (value, block) in labels {
      let place = x(value) - x.start
      out.overhangLeft = max(out.overhangLeft, block.width / 2 - place)
      out.overhangRight = max(out.overhangRight, block.width / 2 - (length - place))
    }
    return out
  }

  private func collide(_ labels: AxisLabels, _ x: Axis, gap: Double) -> Bool {
    var end = -Double.infinity
    for label in labels.labels {
      if x(label.value) - label.block.width / 2 < end { return true }
      end = x(label.value) + label.block.width / 2 + gap
    }
    return false
  }

  /// Names below columns: side by side if they fit, else wrapped, else slanted, else only every few.
  private func columnLabels(_ names: [String], _ x: Axis, _ length: Double) -> AxisLabels {
    let slot = x.bandWidth
    // Thousands of names are measured by a sample.
    let step = max(1, names.count / 300)
    let sample = stride(from: 0, to: names.count, by: step).map { names[$0] }
    let widest = sample.map { text.width($0, style.tickText) }.max() ?? 0
    let gap = style.em(0.5)
    func all(_ look: TextStyle, every: Int = 1) -> [(Double, TextBlock)] {
      let shown = Array(stride(from: 0, to: names.count, by: every))
      return zip(shown, text.names(shown.map { names[$0] }, look)).map { (Double($0), $1) }
    }
    if widest <= slot - gap { return horizontal(all(style.tickText), x, length) }
    if let wrapped = wrapped(names, slot - gap) { return horizontal(wrapped, x, length) }
    if slot >= style.em(1.25) { return slanted(all(slantedText(length)), x) }
    if let small = smaller(names, toStand: 1.25, in: slot) {
      var look = slantedText(length)
      look.size = small
      return slanted(all(look), x)
    }
    let every = max(1, Int(((min(widest, style.em(8)) + gap) / slot).rounded(.up)))
    if widest <= style.em(8) { return horizontal(all(style.tickText, every: every), x, length) }
    let sparse = max(1, Int((style.em(1.4) / slot).rounded(.up)))
    return slanted(all(slantedText(length), every: sparse), x)
  }

  private func slantedText(_ length: Double) -> TextStyle {
    TextStyle(size: style.base, width: min(style.em(13), length * 0.45), lines: 1)
  }

  private func wrapped(_ names: [String], _ width: Double) -> [(Double, TextBlock)]? {
    guard width >= style.em(3), names.count <= 40 else { return nil }
    let look = TextStyle(size: style.base, width: width, alignment: .centre)
    var out: [(Double, TextBlock)] = []
    for (index, name) in names.enumerated() {
      let words = name.split { $0 == " " || $0 == "\n" }
      guard words.allSatisfy({ text.width(String($0), style.tickText) <= width }) else { return nil }
      let block = text.block(name, look)
      guard block.lineCount <= 3 else { return nil }
      out.append((Double(index), block))
    }
    return out
  }

  private func slanted(_ labels: [(Double, TextBlock)], _ x: Axis) -> AxisLabels {
    var out = AxisLabels()
    out.angle = -40
    out.labels = labels.map { AxisLabels.Item(value: $0.0, block: $0.1) }
    let (sine, cosine) = (sin(40 * Double.pi / 180), cos(40 * Double.pi / 180))
    for (value, block) in labels {
      out.extent = max(out.extent, block.width * sine + block.height * cosine)
      out.overhangLeft = max(
        out.overhangLeft, block.width * cosine + block.height * sine / 2 - (x(value) - x.start))
    }
    return out
  }
}
