import FrontEnd
import Language
import Learning

/// Measurements of a training, epoch by epoch.
struct HistoryValue: Displayable {
  static let typeName = "history"
  let history: History

  init(_ history: History) { self.history = history }

  var summary: String {
    guard let first = history.epochs.first, let last = history.epochs.last else {
      return history.steps.isEmpty
        ? "history: no whole epoch yet"
        : "history: \(Format.counted(history.steps.count, "step")), no whole epoch yet"
    }
    let measured = history.measured.compactMap { metric -> String? in
      let values = history.curve(metric).values
      guard let first = values.first, let last = values.last, values.count > 1 else { return nil }
      return "\(metric.title) \(Measured.text(metric, first)) → \(Measured.text(metric, last))"
    }
    return
      "history: \(Format.counted(history.epochs.count, "epoch")), loss \(Format.decimal(first.loss, 3)) → \(Format.decimal(last.loss, 3))"
      + ", \(Format.time(history.seconds))" + measured.map { ", " + $0 }.joined()
      + (Measured.collapse(in: history).map { "; " + $0 } ?? "")
  }

  var memberNames: [String] {
    ["loss"] + history.metrics.map(\.name) + ["rate"] + history.measured.map(\.name)
      + ["steps", "seconds", "table"]
  }

  var memberNotes: [(name: String, text: String)] {
    [
      ("loss", "mean loss of each epoch"), ("rate", "mean learning rate of each epoch"),
      ("steps", "loss of each step"),
    ]
  }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "loss": List(history.epochs.map { Number($0.loss) })
    case "rate": List(history.epochs.compactMap(\.rate).map { Number($0) })
    case "steps": List(history.steps.map { Number($0.loss) })
    case "seconds": Number(history.seconds)
    case "table": table
    default:
      if let metric = history.metrics.first(where: { $0.name == name }) {
        List((history.perEpoch(metric) ?? []).map { Number($0) })
      } else if let metric = history.measured.first(where: { $0.name == name }) {
        List(history.curve(metric).values.map { Number($0) })
      } else {
        nil
      }
    }
  }

  /// One row an epoch, as a table that can be plotted and exported; epoch 0 is what was measured before the first.
  var table: TableValue {
    let measured = history.measured
    let epochs = Dictionary(history.epochs.map { ($0.number, $0) }) { $1 }
    // A map alone gives no numbers, and so no row.
    let looks = Dictionary(
      history.measurements.filter { !$0.readings.isEmpty }.map { ($0.epoch, $0) }
    ) { $1 }
    let rows = Set(epochs.keys).union(looks.keys).sorted().map { number -> [TableValue.Cell] in
      let (epoch, look) = (epochs[number], looks[number])
      func cell(_ value: Double?) -> TableValue.Cell { value.map { .number($0) } ?? .missing }
      return [.number(Double(number)), cell(epoch?.loss)]
        + history.metrics.indices.map { cell(epoch?.metrics[$0]) } + measured.map { cell(look?[$0]) }
        + [cell(epoch?.rate), cell(epoch?.seconds), cell(epoch?.imagesPerSecond)]
    }
    return TableValue(
      columns: ["epoch", "loss"] + history.metrics.map(\.title) + measured.map(\.name)
        + ["rate", "seconds", "images/s"], rows: rows)
  }

  func rich(_ session: Session) throws -> Rich {
    var rich = try table.rich(session)
    rich.text = summary + "\n" + rich.text
    rich.latex = rich.latex.map { LaTeX.escaped(summary) + "\n\n" + $0 }
    return rich
  }
}

extension [Named<HistoryValue>] {
  /// Names of the lines in a figure: the names that the values were given by, or "model 1", "model 2" if those are not
  /// distinct.
  var lineNames: [String] {
    let names = enumerated().map { $1.name ?? "model \($0 + 1)" }
    return Set(names).count == names.count ? names : indices.map { "model \($0 + 1)" }
  }
}
