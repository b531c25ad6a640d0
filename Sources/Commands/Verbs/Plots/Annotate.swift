import Figures
import Language

struct Annotate {
  @Required var figure: FigureValue
  var x: Double?
  var y: Double?
  var label: Label?
  var title: Label?
  var subtitle: Label?
  var caption: Label?
  var xlabel: Label?
  var ylabel: Label?
  var legend: Figure.LegendPlacement?
  var theme: Theme.Mode?

  static let command: Command<Annotate> = Command(
    name: "annotate", summary: "A figure with a line added or with other titles and labels: a new figure.",
    details:
      "If the figure has panels, each gets the line and the axis labels. In all words _(…) is set lower and ^(…) higher, as in z_(i) and R^(2).",
    gives: "figure", group: "Plots", defaults: Annotate(),
    arguments: [Argument("figure", \.$figure, "The figure")],
    options: [
      Option("y", \.y, "Horizontal line at this height: chance, a published result"),
      Option("x", \.x, "Vertical line at this place"),
      Option("label", \.label, "The name of the line"),
      .title(\.title),
      Option("subtitle", \.subtitle, "Smaller text below the title"),
      Option("caption", \.caption, "Text below the figure"),
      Option("xlabel", \.xlabel, "Label of the horizontal axis"),
      Option("ylabel", \.ylabel, "Label of the vertical axis"),
      Option("legend", \.legend, "Position of the legend"),
      Option("theme", \.theme, "Colours: light, or dark for dark slides and notebooks"),
    ],
    examples: [
      Example(
        code: "annotate (plot bars t x=input y=accuracy) y=0.4863 label=\"paper\" ylabel=\"test accuracy\"",
        setup: "t = table input=[\"pixels\", \"untrained\", \"SimCLR\"] accuracy=[0.37, 0.32, 0.49]"),
      Example(
        code:
          "annotate (plot line t x=tau y=[train, test]) theme=dark xlabel=\"temperature τ\" ylabel=\"loss ℓ_(i)\"",
        setup: "t = table tau=[0.05, 0.1, 0.2, 0.5] train=[1.2, 1.4, 1.9, 2.8] test=[1.9, 1.8, 2.1, 2.9]"),
    ],
    showsValue: true
  ) { options, context in
    if options.label != nil, options.x == nil, options.y == nil {
      throw Problem(
        "a label needs the line it names", about: command.word(\.label),
        advice: "add \(command.word(\.y))= or \(command.word(\.x))=")
    }
    // Lines and the words of axes belong to each panel, where there are panels.
    var figure = try options.figure.figure.changingPanels { panel in
      if options.x != nil || options.y != nil {
        guard panel.hasAxes else {
          throw Problem(
            "this figure has no axes to draw a line on", about: command.word(options.y == nil ? \.x : \.y))
        }
        if let y = options.y { panel.marks.append(.rule(y: y, label: options.label)) }
        if let x = options.x { panel.marks.append(.rule(x: x, label: options.label)) }
      }
      panel.xLabel = options.xlabel ?? panel.xLabel
      panel.yLabel = options.ylabel ?? panel.yLabel
      panel.legend = options.legend ?? panel.legend
    }
    figure.title = options.title ?? figure.title
    figure.subtitle = options.subtitle ?? figure.subtitle
    figure.caption = options.caption ?? figure.caption
    if let mode = options.theme { figure.theme.mode = mode }
    return FigureValue(figure)
  }
}

struct PlotPanels {
  var figures: [FigureValue] = []
  var columns: Int?
  var title: Label?

  static let command: Command<PlotPanels> = Command(
    name: "plot panels", summary: "Figures side by side as one.",
    gives: "figure", group: "Plots", defaults: PlotPanels(),
    arguments: [Argument.rest("figures", \.figures, "The figures", isRequired: true)],
    options: [
      Option("columns", \.columns, "Figures in a row; default: as many as stay readable", in: 1...6),
      Option("title", \.title, "Title above all panels"),
    ],
    examples: [
      Example(
        code: "plot panels (plot bars t x=input y=accuracy) (plot bars t x=input y=loss)",
        setup: "t = table input=[\"pixels\", \"SimCLR\"] accuracy=[0.37, 0.49] loss=[1.9, 1.5]")
    ],
    showsValue: true
  ) { options, context in
    guard options.figures.count <= Facets.most else {
      throw Problem(
        "\(Format.counted(options.figures.count, "figure")) are too many to read; at most \(Facets.most) fit",
        about: command.word(\.figures))
    }
    return FigureValue(
      Figure(
        title: options.title,
        marks: [.panels(options.figures.map(\.figure), columns: options.columns)]))
  }
}

/// A text that is given for a figure is written for it, and reads `_(…)` and `^(…)`.
extension Label: OptionValue {
  public static let typeName = String.typeName
  public static func read(_ value: any Value) throws -> Label { .markup(try String.read(value)) }
  public var written: String { "" }
}

extension FigureValue: OptionValue {}
extension Figure.LegendPlacement: OptionValue {}
extension Theme.Mode: OptionValue {}
extension ScoresValue: OptionValue {}
