import Base
import Figures
import Language
import Learning

struct PlotHistory {
  var models: [Named<HistoryValue>] = []
  var y: [ColumnName] = []
  var title: Label?

  static let command: Command<PlotHistory> = Command(
    name: "plot history",
    summary: "The loss and the watched measurements, epoch by epoch, in one panel each.",
    details: """
      Panels can show what `train … watch=[…]` measured, and loss, top1, rate and seconds. A dashed line is the chance level, that \
      of an uninformed model. Several models share the panels.
      """,
    gives: "figure", group: "Plots", defaults: PlotHistory(),
    arguments: [Argument.named("models", \.models, "Models or histories", isRequired: true)],
    options: [
      Option("y", \.y, "Measurements to draw, one or a list; default: the loss and all that was watched"),
      .title(\.title),
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
    if let empty = histories.first(where: { $0.epochs.isEmpty && $0.measured.isEmpty }) {
      throw Problem(
        empty.steps.isEmpty
          ? "this model is not trained yet, so it has no history"
          : "this model has no whole epoch yet: \(Format.counted(empty.steps.count, "step")) only",
        about: command.word(\.models), advice: "first: \(Advice.train(Advice.watch([.knn])))")
    }
    let lineNames: [String?] = histories.count == 1 ? [nil] : options.models.lineNames
    let panels = try columns(options, histories).map { panel($0, histories, lineNames) }
    guard panels.count > 1 else {
      var figure = panels[0]
      figure.yLabel = figure.title
      figure.title = options.title
      return FigureValue(figure)
    }
    return FigureValue(Figure(title: options.title, marks: [.panels(panels)]))
  }

  /// A quantity with a value for each epoch.
  private enum Column: Hashable {
    case loss, rate, seconds
    case ofSteps(Metric)
    case measured(Metric)

    var metric: Metric {
      switch self {
      case .loss: .loss
      case .rate: Metric("rate")
      case .seconds: Metric("seconds")
      case .ofSteps(let metric), .measured(let metric): metric
      }
    }
    var name: String { metric.name }

    func points(of history: History) -> (x: [Double], y: [Double]) {
      let numbers = history.epochs.map { Double($0.number) }
      switch self {
      case .loss: return (numbers, history.epochs.map(\.loss))
      case .rate: return (numbers, history.epochs.map { $0.rate ?? .nan })
      case .seconds: return (numbers, history.epochs.map(\.seconds))
      case .ofSteps(let metric): return history.perEpoch(metric).map { (numbers, $0) } ?? ([], [])
      case .measured(let metric):
        let curve = history.curve(metric)
        return (curve.epochs, curve.values)
      }
    }
  }

  private static func columns(_ options: PlotHistory, _ histories: [History]) throws -> [Column] {
    func all(_ metrics: KeyPath<History, [Metric]>) -> [Metric] {
      var found: [Metric] = []
      for metric in histories.flatMap({ $0[keyPath: metrics] }) where !found.contains(metric) {
        found.append(metric)
      }
      return found
    }
    let measured = all(\.measured).map(Column.measured)
    let always = [.loss] + all(\.metrics).map(Column.ofSteps) + [.rate, .seconds]
    guard !options.y.isEmpty else { return [.loss] + measured }
    return try options.y.flatMap { asked -> [Column] in
      if let column = (measured + always).first(where: { [$0.name, $0.metric.title].contains(asked.name) }) {
        return [column]
      }
      let parts = measured.filter { $0.name.hasPrefix(asked.name + "_") }
      guard parts.isEmpty else { return parts }
      let monitor = MonitorName(rawValue: asked.name)
      guard monitor != .map else {
        throw Problem(
          "a map is no number of an epoch", about: command.word(\.y),
          advice: "see it move: \(PlotZ.command.name) model")
      }
      throw Problem(
        "`\(asked.name)` was not \(monitor == nil ? "measured" : "watched"); known: \((always + measured).map(\.name).joined(separator: ", "))",
        about: command.word(\.y), advice: monitor.map { "train with it: \(Advice.train(Advice.watch([$0])))" }
      )
    }
  }

  private static func panel(_ column: Column, _ histories: [History], _ lineNames: [String?]) -> Figure {
    let lines = zip(histories, lineNames).map { history, lineName in
      let (x, y) = column.points(of: history)
      return Line.Series(name: lineName, x: x, y: y)
    }
    var figure = Figure(title: .plain(column.metric.title), marks: [.line(Line(series: lines))])
    switch column {
    case .loss:
      Chance.add(to: &figure, histories) { step in
        Double(histories[0].epochs.count { ($0.stepsSoFar ?? 0) <= step }) + 0.5
      }
    case .measured(let metric):
      // A model that was not watched by it has no say.
      let levels = Set(histories.filter { !column.points(of: $0).x.isEmpty }.map { $0.chance(metric) })
      if levels.count == 1, let level = levels.first ?? nil {
        figure.marks.append(.rule(y: level, label: "chance"))
      }
    case .ofSteps, .rate, .seconds: break
    }
    figure.precision = Figure.single
    figure.xLabel = "Epoch"
    if column.metric.unit == .share { figure.yFormat = .percent }
    return figure
  }
}
