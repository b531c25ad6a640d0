import Figures
import Language
import Learning

struct PlotLoss {
  var models: [Named<HistoryValue>] = []
  var title: Label?
  var smooth = true

  static let command: Command<PlotLoss> = Command(
    name: "plot loss", summary: "The loss over training, of one model or of several.",
    details:
      """
      The dashed line is the chance level, the loss of an uninformed model: ln(2N − 1) for a batch of N images, and ln(classes) \
      for a supervised model. If one model was trained with different batches, the line has a segment for each; if several models \
      were, it is left out. A second line is the lower bound of the loss if that is not 0: ln 2 with loss=published, −1 for SimSiam.
      """,
    gives: "figure", group: "Plots", defaults: PlotLoss(),
    arguments: [Argument.named("models", \.models, "Models or histories", isRequired: true)],
    options: [
      .title(\.title),
      Option("smooth", \.smooth, "Draw the mean of each epoch; false draws every step"),
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
          "this model is not trained yet, so it has no loss", about: command.word(\.models),
          advice: "first: \(Advice.train())")
      }
      return line(of: history, name: name, smooth: options.smooth)
    }
    var figure = Figure(title: options.title, marks: [.line(Line(series: series, showsPoints: false))])
    Chance.add(to: &figure, histories) { step in
      PlotLoss.place(of: step, in: histories[0], smooth: options.smooth)
    }
    let floors = Set(histories.map(\.floorLoss))
    if floors.count == 1, let floor = floors.first, floor != 0 {
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
    guard showsEpochs(history, smooth) else {
      return Line.Series(name: name, x: places(history), y: history.steps.map(\.loss))
    }
    return Line.Series(
      name: name, x: history.epochs.indices.map { Double($0 + 1) }, y: history.epochs.map(\.loss))
  }

  private static func showsEpochs(_ history: History, _ smooth: Bool) -> Bool {
    smooth && history.epochs.count > 2
  }

  /// End of each step, in epochs; steps after the last whole epoch lie beyond it, and without any epoch the steps are numbered.
  private static func places(_ history: History) -> [Double] {
    let all = history.steps.count - history.looseSteps
    let mean = Double(all) / Double(max(1, history.epochs.count))
    // Epochs differ in their steps where trainings differ in their batch; earlier versions did not count them.
    let ends = history.epochs.compactMap(\.stepsSoFar)
    guard mean > 0, ends.count == history.epochs.count, zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      return history.steps.indices.map { Double($0 + 1) / (mean > 0 ? mean : 1) }
    }
    var epoch = 0
    return history.steps.indices.map { step in
      while epoch < ends.count - 1, step >= ends[epoch] { epoch += 1 }
      let start = epoch == 0 ? 0 : ends[epoch - 1]
      return Double(epoch) + Double(step + 1 - start) / Double(max(1, ends[epoch] - start))
    }
  }

  /// The middle between a step, counted from 0, and the one before it, along the axis that `line` uses.
  private static func place(of step: Int, in history: History, smooth: Bool) -> Double {
    let places = places(history)
    guard step > 0, step < places.count else { return places.last ?? 0 }
    // Between the last epoch before it and the next.
    return showsEpochs(history, smooth)
      ? places[step - 1].rounded() + 0.5 : (places[step - 1] + places[step]) / 2
  }
}
