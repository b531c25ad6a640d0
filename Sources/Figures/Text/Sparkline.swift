/// A line chart in one row of letters.
package enum Sparkline {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// `loss  5.50 ▇▆▅▃▂▁ 4.40   min 4.40 at 20`
  package static func text(name: String, x: [Double], y: [Double], _ reading: Reading) -> String {
    let pairs = zip(x, y).filter { $0.0.isFinite && $0.1.isFinite }
    guard let first = pairs.first, let last = pairs.last else { return Label.clean(name) + "  no data" }
    let low = pairs.min { $0.1 < $1.1 } ?? first
    let values = reading.yFormat.told([first.1, last.1, low.1], precision: reading.precision)
    let start = "\(Label.clean(name))  \(values[0]) "
    let end = " \(values[1])   min \(values[2]) at \(reading.xFormat.text(low.0))"
    let room = min(40, max(8, reading.columns - start.count - end.count))
    return start + bars(pairs.map(\.1), columns: room) + end
  }

  /// The means of up to `columns` stretches of `values`, as blocks of eight heights.
  package static func bars(_ values: [Double], columns: Int) -> String {
    guard !values.isEmpty, columns > 0 else { return "" }
    let columns = min(columns, values.count)
    let means = (0..<columns).map { column -> Double in
      let from = column * values.count / columns
      let to = max(from + 1, (column + 1) * values.count / columns)
      let count = Double(to - from)
      return values[from..<to].reduce(0) { $0 + $1 / count }
    }
    let low = means.min() ?? 0
    let high = means.max() ?? 0
    let span = high / 2 - low / 2
    return String(
      means.map { mean in
        guard span > 0 else { return blocks[3] }
        return blocks[min(7, max(0, Int((mean / 2 - low / 2) / span * 7.999)))]
      })
  }
}
