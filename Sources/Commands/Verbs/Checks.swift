import Language

/// A condition that the rest of the cell, or an exercise, relies on.
struct Check {
  @Required var condition: Condition
  var message = ""
  var of: MatrixOperand?
  var against: BuiltInLoss?
  var temperature: Float?

  static let command: Command<Check> = Command(
    name: "check",
    summary: "End the cell with an error unless a condition holds, or a loss agrees with differences.",
    details:
      "The error shows the values on both sides. A message of your own may follow in quotes. This is how exercises are checked: "
      + "a cell after the student's compares the values of its names.\n\nThe condition is a whole expression, with its operators and without parentheses. "
      + "Calculated numbers are rarely equal to the last digit: `check x > 0.55 and x < 0.56`.\n\n"
      + "In the place of a condition a loss of your own may stand, with of=z: then its gradient is compared with central differences in "
      + "double precision, (L(z + h) − L(z − h))/2h and a further one against their error, and with against=ntxent value and gradient "
      + "with that loss. The error says where they part.",
    group: "Session", defaults: Check(),
    arguments: [
      Argument("condition", \.$condition, "An expression that must be true"),
      Argument("message", \.message, "The message of the error"),
    ],
    options: [
      Option("of", \.of, "Of a loss: the outputs z to check it at, an embedding or a matrix"),
      Option("against", \.against, "Of a loss: a built-in one that it should equal"),
      Option(
        "temperature", \.temperature,
        "Temperature of the built-in loss; default: the option `tau` or `temperature` of the loss, else 0.5",
        above: 0),
    ],
    examples: [
      Example(code: "check model.temperature == 0.1", setup: "model = simclr (cnn width=8) temperature=0.1"),
      Example(
        code: "check h.count == 50 and h.width == 16 \"embed the test images, with 16 numbers each\"",
        setup: "h = pca (load shapes train=100 test=50).test components=16"),
      Example(
        code: "check mine of=z against=ntxent",
        setup: """
          loss mine z tau=0.5 {
            u = normalise z
            e = exp (u @ (transpose u) / tau)
            others = sum (e * (1 - (identity z.rows))) each=row
            pull = exp ((sum (u * (partners u)) each=row) / tau)
            mean (-(log (pull / others)))
          }
          z = matrix [[1, 2, 0], [0, 1, 3], [1, 1, 1], [2, 2, 1], [0, 1, 2], [1, 0, 1]]
          """),
    ]
  ) { options, context in
    if let loss = options.condition.value as? LossFunctionValue {
      return try options.agreement(of: loss, context)
    }
    for name in [command.word(\.of), command.word(\.against), command.word(\.temperature)]
    where context.isGiven(name) {
      throw Problem("`\(name)` belongs to the check of a loss, and this is a condition", about: name)
    }
    guard !options.condition.isTrue else { return nil }
    let finding = options.condition.finding
    guard !options.message.isEmpty else {
      throw Problem("The check failed: \(finding).", about: command.word(\.$condition), kind: .checkFailed)
    }
    throw Problem(
      options.message, about: command.word(\.$condition), advice: "The check failed: \(finding).",
      kind: .checkFailed)
  }
}

struct Fail {
  @Required var message: String

  static let command = Command(
    name: "fail", summary: "End the cell with an error and a message of your own.",
    details:
      "The rest of the cell does not run, and neither do the cells that \"Run all\" has sent after it.",
    group: "Session", defaults: Fail(),
    arguments: [Argument("message", \.$message, "The message of the error")],
    examples: [
      Example(
        code: "if few.count < 100 {\n  fail \"too few images to train on: {few.count}\"\n}",
        setup: "few = (load shapes train=200 test=50).train")
    ]
  ) { options, _ in
    throw Problem(options.message, kind: .checkFailed)
  }
}
