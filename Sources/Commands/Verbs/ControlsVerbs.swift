import Glibc
import Language

/// A number that is dragged.
struct Slider {
  enum Scale: String, CaseIterable, OptionValue { case linear, log }

  @Required var name: NewName
  @Required var from: Double
  @Required var to: Double
  var value: Double?
  var step: Double?
  var scale = Scale.linear
  var label: String?

  static let command: Command<Slider> = Command(
    name: "slider", summary: "A slider for a number: its block runs again whenever it moves.",
    details: """
      Without a block the name holds the slider's value in the cells that follow. Controls inside the block are shown together \
      with it, and when any of them moves, the whole block runs again. The block's outputs, errors too, are replaced in place; \
      names it assigns remain, as in any cell. Without widgets, as under `contrast run`, the block runs once with the first value.
      """,
    group: "Controls", defaults: Slider(),
    arguments: [Argument("name", \.$name, "The name that holds the number")],
    options: [
      Option("from", \.$from, "The left end"), Option("to", \.$to, "The right end"),
      Option("value", \.value, "Initial value; default: the middle"),
      Option(
        "step", \.step,
        "Step between values; default: 1 between whole numbers more than 1 apart, else about a hundredth of the range",
        above: 0),
      Option("scale", \.scale, "Scale of the slider"),
      Option("label", \.label, "Label before the control; default: its name"),
    ],
    examples: [
      Example(
        code: """
          slider temperature from=0.05 to=1 value=0.5 {
            weights = [2 ^ (0.9 / temperature), 2 ^ (0.1 / temperature)]
            weights[0] / weights.sum
          }
          """),
      Example(
        code: """
          slider views from=2 to=6 value=3 {
            slider zoom from=0.2 to=1 {
              show few with=(crop scale=[zoom, 1]) views=views count=6
            }
          }
          """, setup: "few = (load shapes train=60 test=10).train"),
      Example(code: "slider rate from=1e-5 to=1 scale=log"),
    ],
    takesBlock: true
  ) { options, context in
    let name = options.name
    try name.mustBeFree(in: context.vocabulary, about: command.word(\.$name))
    let kind = try options.kind()
    let middle =
      kind.isLogarithmic ? (kind.from * kind.to).squareRoot() : kind.from + (kind.to - kind.from) / 2
    if let value = options.value, value < kind.from || value > kind.to {
      throw Problem(
        "\(command.given(\.value, value)) is outside the range \(Number(kind.from).summary) to \(Number(kind.to).summary)",
        about: command.word(\.value), kind: .badValue)
    }
    let start = options.value.map { Number($0) } ?? kind.rounded(middle)
    try context.session.declare(
      ControlDeclaration(name: name.name, label: options.label ?? name.name, kind: kind, value: start),
      in: context)
    return nil
  }

  /// About a hundredth of the way: 1, 2 or 5 of some decimal place.
  private static func roundStep(_ way: Double) -> Double {
    let most = way / 90
    let place = pow(10, log10(most).rounded(.down))
    return (most / place >= 5 ? 5 : most / place >= 2 ? 2 : 1) * place
  }

  private func kind() throws -> SliderKind {
    let command = Slider.command
    let (low, high) = (command.word(\.$from), command.word(\.$to))
    guard from < to else {
      throw Problem("\(low)= must be smaller than \(high)=", about: low, kind: .badValue)
    }
    guard (to - from).isFinite else {
      throw Problem("\(low)= and \(high)= are too far apart", about: high, kind: .badValue)
    }
    guard scale == .linear || from > 0 else {
      throw Problem("\(command.given(\.scale, .log)) needs \(low)= above 0", about: low, kind: .badValue)
    }
    let isWhole = from == from.rounded() && to == to.rounded() && to - from > 1
    let step = self.step ?? (isWhole ? 1 : Slider.roundStep(to - from))
    guard step <= to - from else {
      throw Problem("the step is larger than the range", about: command.word(\.step), kind: .badValue)
    }
    return SliderKind(from: from, to: to, step: step, isLogarithmic: scale == .log)
  }
}

/// One of several values, by a click.
struct Choose {
  @Required var name: NewName
  @Required var choices: [AnyValue]
  var value: AnyValue?
  var label: String?

  static let command: Command<Choose> = Command(
    name: "choice", summary: "A choice among several values: its block runs again at each click.",
    details: "Like `slider`, for the values of a list: texts, numbers, names of classes.",
    group: "Controls", defaults: Choose(),
    arguments: [Argument("name", \.$name, "The name that holds the value")],
    options: [
      Option("in", \.$choices, "List of the values to choose from"),
      Option("value", \.value, "Initial value; default: the first of the list"),
      Option("label", \.label, "Label before the control; default: its name"),
    ],
    examples: [
      Example(
        code: """
          choice shape in=few.classes {
            show few[shape] count=8
          }
          """, setup: "few = (load shapes train=200 test=10).train")
    ],
    takesBlock: true
  ) { options, context in
    let name = options.name
    try name.mustBeFree(in: context.vocabulary, about: command.word(\.$name))
    let kind = ChoiceKind(values: options.choices.map(\.value))
    guard (1...1_000).contains(kind.values.count) else {
      throw Problem(
        "a choice has 1 to 1,000 values, and this is \(kind.values.count)", about: command.word(\.$choices),
        kind: .badValue)
    }
    let start = try options.value.map { wanted in
      guard let known = kind.fitting(wanted.value) else {
        throw Problem(
          "\(wanted.value.summary) is not among the choices", about: command.word(\.value),
          advice: kind.description,
          kind: .badValue)
      }
      return known
    }
    try context.session.declare(
      ControlDeclaration(
        name: name.name, label: options.label ?? name.name, kind: kind, value: start ?? kind.values[0]),
      in: context)
    return nil
  }
}

/// A button to press.
struct Press {
  @Required var label: String
  var now = true

  static let command: Command<Press> = Command(
    name: "button", summary: "A button: its block runs again at each press, with other random numbers.",
    details: """
      Each press adds one to the session's seed while the block runs, so the third press shows the same to everybody. \
      With now=false nothing runs before the first press.
      """,
    group: "Controls", defaults: Press(),
    arguments: [Argument("label", \.$label, "Label of the button, as text")],
    options: [Option("now", \.now, "Also run the block at once")],
    examples: [
      Example(
        code: """
          button "Draw again" {
            show few with=simclr views=4 count=4
          }
          """, setup: "few = (load shapes train=60 test=10).train")
    ],
    takesBlock: true
  ) { options, context in
    guard context.block != nil else {
      throw Problem(
        "a button needs a block to run", advice: "write \(command.name) \"Draw again\" { show few }",
        kind: .syntax)
    }
    try context.session.declare(
      ControlDeclaration(
        name: options.label, label: options.label, kind: ButtonKind(), value: Number(0),
        runsAtOnce: options.now), in: context)
    return nil
  }
}
