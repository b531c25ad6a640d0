import Figures
import Language
import Learning
import Tensors

struct PlotLoss {
  var models: [Named<HistoryValue>] = []
  var title: Label?
  var smooth = true

  static let command = Command(
    name: "plot loss", summary: "The loss over training, of one model or of several.",
    details:
      """
      The dashed line is chance, what a model that knows nothing has: ln(2N − 1) for a batch of N images, and of a \
      supervised model ln(classes). A second line is the floor, where there is one above 0: ln 2 with loss=published.
      """,
    gives: "figure", group: "Plots", defaults: PlotLoss(),
    arguments: [Argument.named("models", \.models, "Models or histories", isRequired: true)],
    options: [
      Option("title", \.title, "Text above the figure"),
      Option("smooth", \.smooth, "One point an epoch, its mean; false draws every step"),
    ],
    examples: [
      Example(
        code: "plot loss model",
        setup: """
          few = load shapes train=64 test=10 size=16
          model = simclr (resnet18 width=4 size=16)
          train model on=few epochs=2 batch=32
          """)
    ],
    showsValue: true
  ) { options, context in
    let histories = options.models.map(\.value.history)
    let names = histories.count == 1 ? ["loss"] : options.models.lineNames
    let series = try zip(histories, names).map { history, name in
      guard !history.steps.isEmpty else {
        throw Problem(
          "this model is not trained yet, so it has no loss", about: "models",
          advice: "first: train model on=images")
      }
      return line(of: history, name: name, smooth: options.smooth)
    }
    var figure = Figure(title: options.title, marks: [.line(Line(series: series, showsPoints: false))])
    let levels = Set(histories.map(\.chanceLoss))
    if levels.count == 1, let level = levels.first ?? nil {
      figure.marks.append(.rule(y: level, label: "chance"))
    }
    let floors = Set(histories.map(\.floorLoss))
    if floors.count == 1, let floor = floors.first, floor > 0 {
      figure.marks.append(.rule(y: floor, label: "floor"))
    }
    figure.precision = Figure.single
    figure.xLabel = histories.allSatisfy { $0.epochs.isEmpty } ? "Step" : "Epoch"
    let losses = Set(histories.map(\.lossName))
    figure.yLabel = losses.count == 1 ? losses.first.map(Label.plain) : "Loss"
    return FigureValue(figure)
  }

  /// The mean of each epoch, at its number; steps where there are too few epochs for a line.
  private static func line(of history: History, name: String, smooth: Bool) -> Line.Series {
    // Steps after the last whole epoch lie beyond it; without any epoch they are counted themselves.
    let perEpoch =
      Double(history.steps.count - history.looseSteps) / Double(max(1, history.epochs.count))
    guard smooth, history.epochs.count > 2 else {
      let x = history.steps.indices.map { Double($0 + 1) / (perEpoch > 0 ? perEpoch : 1) }
      return Line.Series(name: name, x: x, y: history.steps.map(\.loss))
    }
    return Line.Series(
      name: name, x: history.epochs.indices.map { Double($0 + 1) }, y: history.epochs.map(\.loss))
  }
}
