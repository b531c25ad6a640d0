/// A bar chart in letters.
package enum TextBars {
  private static let most = 40
  private static let eighths = Array(" ▏▎▍▌▋▊▉")

  /// One row for each bar: its name, a bar to an eighth of a letter, and its value.
  package static func text(
    _ rows: [(name: String, value: Double)], format: NumberFormat, columns: Int
  ) -> String {
    guard !rows.isEmpty else { return "no bars" }
    let shown = rows.prefix(most)
    let finite = shown.map(\.value).filter(\.isFinite)
    var written = format.texts(finite).makeIterator()
    let values = shown.map { $0.value.isFinite ? written.next() ?? "" : "n/a" }
    let valueWidth = values.map(\.count).max() ?? 0
    let nameWidth = min(columns / 3, shown.map { Label.clean($0.name).count }.max() ?? 0)
    let names = Shortening.distinct(shown.map { Label.clean($0.name) }) { $0.count <= nameWidth }
    let room = max(4, columns - nameWidth - valueWidth - 4)
    let largest = finite.map { abs($0) }.max() ?? 0
    var lines = zip(zip(shown, names), values).map { pair, value in
      let (row, name) = pair
      let share = row.value.isFinite && largest > 0 ? abs(row.value) / largest : 0
      let units = Int((share * Double(room * 8)).rounded())
      let bar = String(repeating: "█", count: units / 8) + (units % 8 > 0 ? String(eighths[units % 8]) : "")
      return Words.fitted(name, to: nameWidth) + "  " + Words.fitted(value, to: valueWidth, right: true)
        + "  "
        + bar
    }
    if rows.count > most { lines.append("and \(Numbers.fixed(Double(rows.count - most), decimals: 0)) more") }
    return lines.joined(separator: "\n")
  }
}
