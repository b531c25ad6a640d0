import Figures
import Learning

/// The loss of models that know nothing, as a dashed line.
enum Chance {
  /// One line where all trainings of all histories share it; of a single history a piece for each; else none, and the
  /// figure says so.
  /// - Parameter place: where a step, counted from 0, begins along the axis.
  static func add(to figure: inout Figure, _ histories: [History], place: (Int) -> Double) {
    let levels = histories.map(\.chanceLosses)
    let values = Set(levels.flatMap { $0 }.map(\.value))
    // A history of which it is not known has no part in a common line.
    guard levels.allSatisfy({ !$0.isEmpty }), let level = values.first else { return }
    if values.count == 1 {
      figure.marks.append(.rule(y: level, label: "chance"))
      return
    }
    guard histories.count == 1 else {
      figure.caption = "Chance differs between these trainings, which had different batches."
      return
    }
    for (index, piece) in levels[0].enumerated() {
      let isLast = index == levels[0].count - 1
      let start = index == 0 ? -Double.greatestFiniteMagnitude : place(piece.firstStep)
      let end = isLast ? Double.greatestFiniteMagnitude : place(levels[0][index + 1].firstStep)
      figure.marks.append(.rule(y: piece.value, label: isLast ? "chance" : nil, from: start, to: end))
    }
  }
}
