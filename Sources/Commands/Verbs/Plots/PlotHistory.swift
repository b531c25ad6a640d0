import Figures
import Language
import Learning

struct PlotHistory {
  var models: [Named<HistoryValue>] = []
  var y: [ColumnName] = []
  var title: Label?

  static let command = Command(
    name: "plot history",
    summary: "The loss and what a training was watched by, epoch by epoch: a panel each.",
    details: """
      Panels are drawn of what `train … watch=[…]` measured, and of loss, top1, rate and seconds. A dashed line is chance: what \
      a model that knows nothing has. Several models share the panels.
      """,
    gives: "figure", group: "Plots", defaults: PlotHistory(),
    arguments: [Argument.named("models", \.models, "Models or histories", isRequired: true)],
    options: [
      Option("y", \.y, "What to draw, one or a list; the loss and all that was watched unless given"),
      Option("title", \.title, "Text above the figure"),
    ],
    examples: [
      Example(
        code: "plot history model y=[loss, knn, uniformity]",
        setup: """
          few = load shapes train=300 test=10 size=16
          model = simclr (cnn width=8 size=16)
          train model on=few epochs=6 batch=50 rate=3e-3 watch=[knn, alignment, uniformity]
          """)
    ],
    showsValue: true
  ) { options, context in
    let histories = options.models.map(\.value.history)
    if let empty = histories.first(where: { $0.epochs.isEmpty && $0.measurements.isEmpty }) {
      throw Problem(
        empty.steps.isEmpty
          ? "this model is not trained yet, so it has no history"
          : "this model has no whole epoch yet: \(Format.counted(empty.steps.count, "step")) only",
        about: "models", advice: "first: train model on=images watch=[knn]")
    }
    let lineNames: [String?] = histories.count == 1 ? [nil] : options.models.lineNames
    let panels = try names(options, histories).map { try panel($0, histories, lineNames) }
    guard panels.count > 1 else {
      var figure = panels[0]
      figure.yLabel = figure.title
      figure.title = options.title
      return FigureValue(figure)
    }
    return FigureValue(Figure(title: options.title, marks: [.panels(panels)]))
  }

  /// Columns that every history has.
  private static let always = ["loss", "top1", "rate", "seconds"]

  private static func names(_ options: PlotHistory, _ histories: [History]) throws -> [String] {
    var known: [String] = []
    for name in histories.flatMap(\.measuredNames) where !known.contains(name) { known.append(name) }
    guard !options.y.isEmpty else { return ["loss"] + known }
    return try options.y.flatMap { column -> [String] in
      let name = column.name == "top-1" ? "top1" : column.name
      if known.contains(name) || always.contains(name) { return [name] }
      let parts = known.filter { $0.hasPrefix(name + "_") }
      guard parts.isEmpty else { return parts }
      let watched = MonitorName(rawValue: name) != nil
      throw Problem(
        "`\(name)` was not \(watched ? "watched" : "measured"); known: \((always + known).joined(separator: ", "))",
        about: "y", advice: watched ? "train with it: train model on=images watch=[\(name)]" : nil)
    }
  }

  private static func panel(_ name: String, _ histories: [History], _ lineNames: [String?]) throws -> Figure {
    let lines = zip(histories, lineNames).map { history, lineName in
      let (x, y) = points(name, history)
      return Line.Series(name: lineName, x: x, y: y)
    }
    var figure = Figure(title: .plain(Measured.label(name)), marks: [.line(Line(series: lines))])
    if name == "loss" {
      Chance.add(to: &figure, histories) { step in
        Double(histories[0].epochs.count { ($0.stepsSoFar ?? 0) <= step }) + 0.5
      }
    } else {
      let levels = Set(histories.map { $0.chance(name) })
      if levels.count == 1, let level = levels.first ?? nil {
        figure.marks.append(.rule(y: level, label: "chance"))
      }
    }
    figure.precision = Figure.single
    figure.xLabel = "Epoch"
    if Measured.isShare(name) { figure.yFormat = .percent }
    return figure
  }

  private static func points(_ name: String, _ history: History) -> (x: [Double], y: [Double]) {
    let numbers = history.epochs.map { Double($0.number) }
    switch name {
    case "loss": return (numbers, history.epochs.map(\.loss))
    case "top1": return (numbers, history.epochs.map(\.top1))
    case "rate": return (numbers, history.epochs.map { $0.rate ?? .nan })
    case "seconds": return (numbers, history.epochs.map(\.seconds))
    default:
      let curve = history.curve(name)
      return (curve.epochs, curve.values)
    }
  }
}
