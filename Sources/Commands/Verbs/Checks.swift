import Language

/// A condition that the rest of the cell, or an exercise, relies on.
struct Check {
  @Required var condition: Condition
  var message = ""

  static let command: Command<Check> = Command(
    name: "check", summary: "End the cell with an error unless a condition holds.",
    details:
      "The error shows the values on both sides. A message of your own may follow in quotes. This is how exercises are checked: "
      + "a cell after the student's compares the values of its names.\n\nThe condition is a whole expression, with its operators and without parentheses. "
      + "Calculated numbers are rarely equal to the last digit: `check x > 0.55 and x < 0.56`.",
    group: "Session", defaults: Check(),
    arguments: [
      Argument("condition", \.$condition, "An expression that must be true"),
      Argument("message", \.message, "The message of the error"),
    ],
    examples: [
      Example(code: "check model.temperature == 0.1", setup: "model = simclr (cnn width=8) temperature=0.1"),
      Example(
        code: "check h.count == 50 and h.width == 16 \"embed the test images, with 16 numbers each\"",
        setup: "h = pca (load shapes train=100 test=50).test components=16"),
    ]
  ) { options, _ in
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
