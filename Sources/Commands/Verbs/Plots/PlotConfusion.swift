import Figures
import Language

struct PlotConfusion {
  @Required var scores: ScoresValue
  var counts = false
  var title: Label?

  static let command: Command<PlotConfusion> = Command(
    name: "plot confusion",
    summary: "The confusion matrix: rows are the true classes, columns the predicted ones.",
    details:
      "Colours and numbers are per cent of each row, so that classes of different sizes can be compared.",
    gives: "figure", group: "Plots", defaults: PlotConfusion(),
    arguments: [Argument("scores", \.$scores, "Scores from knn or evaluate")],
    options: [
      Option("counts", \.counts, "Show numbers of images instead of per cent"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot confusion (knn shapes.test among=shapes.train k=5)",
        setup: "shapes = load shapes train=300 test=100 size=16")
    ],
    showsValue: true
  ) { options, context in
    let scores = options.scores
    guard scores.classes.count <= 200 else {
      throw Problem(
        "a matrix of \(Format.counted(scores.classes.count, "class")) cannot be read",
        about: command.word(\.$scores),
        advice: "look at the classes one by one: scores.perclass")
    }
    return FigureValue(
      Figure(
        title: options.title,
        marks: [
          .confusion(
            Confusion(
              counts: scores.confusion, classes: scores.classes, numbers: options.counts ? .counts : .percent)
          )
        ]))
  }
}
