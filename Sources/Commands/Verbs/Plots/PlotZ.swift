import Figures
import Language
import Learning

struct PlotZ {
  @Required var model: ModelValue
  var epochs: [Int] = []
  var panels = 4
  var directions = 2
  var interactive = false
  var title: Label?

  static let command: Command<PlotZ> = Command(
    name: "plot z",
    summary: "The views of a few images in the space of the loss, as training moves them.",
    details: """
      `train … watch=[map]` keeps frames: the normalised outputs z of two views each of up to 100 of the held images, before the first epoch and \
      after each one, always the same views. Here some of them stand side by side, partners joined by a thin line and coloured by \
      class. A loss that contrasts pulls partners together and pushes all others apart, and both can be seen.

      A model whose head ends in two numbers, `head=[128, 2]`, has its z on the unit circle, which is drawn as it is, but for \
      second views, which stand further in, so that a line to the middle joins partners at one point; bars outside count the points in each direction. Of longer outputs the first principal directions of the latest frame are drawn. They are the same for all frames, so \
      that what moves is z and not the axes; the caption says what share of the variance they hold. With directions=3 the third is drawn against the first, below.

      Below each frame stand the measures of Wang and Isola (2020) on the shown points ẑ = z/‖z‖: alignment, the mean of ‖ẑ − ẑ′‖² over partners, 0 if both are one point; \
      and uniformity, log of the mean of exp(−2‖ẑᵢ − ẑⱼ‖²) over pairs of images, for each of the two views, of which the mean is given: 0 if all \
      is one point, about −1.6 if points are spread evenly around the circle, and down to −4 in more dimensions.

      `epochs` chooses frames, and the one that is nearest to each is drawn: a slider moves through the training. A saved notebook keeps the slider's last \
      picture. With interactive=true the slider is part of the figure, and a saved notebook keeps that, in front ends that draw Vega-Lite, such as JupyterLab.

      A model keeps 64 frames at most, evenly spread over its epochs, the first and the latest among them, and 32 MB. A file that `save` writes holds as \
      many of them as fit into 4 MB, and none where not even two do. An interrupted training keeps those it has. Training again on the same images goes on with them.
      """,
    gives: "figure", group: "Plots", defaults: PlotZ(),
    arguments: [Argument("model", \.$model, "A model that was trained with watch=[map]")],
    options: [
      Option(
        "epochs", \.epochs, "Epochs to draw, one or a list; default: the first, the last and some between",
        in: 0...100_000_000),
      Option("panels", \.panels, "Number of frames where no epochs are given", in: 1...24),
      Option(
        "directions", \.directions, "Number of principal directions, for outputs of more than two numbers",
        in: 2...3),
      Option(
        "interactive", \.interactive,
        "Draw all frames as one map with a slider, in front ends that support it"),
      .title(\.title),
    ],
    examples: [
      Example(code: "plot z model", setup: trained),
      Example(
        code: "slider epoch from=0 to=8 value=1 { plot z model epochs=epoch }", setup: trained),
      Example(
        code: "plot z wide panels=3",
        setup: """
          few = (load shapes train=300 test=10 size=16).train
          wide = simclr (cnn width=8 size=16) head=[64, 32] temperature=0.2
          train wide on=few epochs=8 batch=50 rate=3e-3 watch=[map]
          """),
    ],
    showsValue: true
  ) { options, context in
    guard let frames = options.model.model.history.frames else {
      throw Problem(
        "no map of this model was kept while it trained", about: command.word(\.$model),
        advice: "train with it: \(Advice.train(Advice.watch([.map])))")
    }
    let chosen = try options.chosen(of: frames)
    let figure = try FramesFigure(frames, directions: options.directions, run: context.run())
    return FigureValue(
      try figure.figure(of: chosen, title: options.title),
      interactive: options.interactive ? figure.interactive(title: options.title?.spoken) : nil)
  }

  private static let trained = """
    few = (load shapes train=300 test=10 size=16).train
    model = simclr (cnn width=8 size=16) head=[64, 2] augment=[(crop scale=[0.5, 1]), flip]
    train model on=few epochs=8 batch=50 rate=5e-3 watch=[map]
    """

  /// Places of the frames to draw, each once, in their order.
  private func chosen(of frames: Frames) throws -> [Int] {
    let all = frames.frames
    guard epochs.isEmpty else {
      let command = PlotZ.command
      guard epochs.count <= 24 else {
        throw Problem(
          "\(Format.counted(epochs.count, "epoch")) are more than a figure shows: at most 24",
          about: command.word(\.epochs), kind: .badValue)
      }
      let places = epochs.compactMap { epoch in
        frames.nearest(to: epoch).flatMap { near in all.firstIndex { $0.epoch == near.epoch } }
      }
      return Array(Set(places)).sorted()
    }
    guard panels > 1, all.count > 1 else { return [all.count - 1] }
    let count = min(panels, all.count)
    // Most happens in the first epochs: frames stand closer there.
    let last = Double(all.count - 1)
    var places: [Int] = []
    for number in 0..<count {
      let share = Double(number) / Double(count - 1)
      let wanted = Int((last * share * share).rounded())
      places.append(min(all.count - count + number, max(wanted, (places.last ?? -1) + 1)))
    }
    return places
  }
}
