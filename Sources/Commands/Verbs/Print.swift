import Language

struct Print {
  enum Kind: String, CaseIterable, OptionValue { case note, warning }

  @Required var value: AnyValue
  var kind = Kind.note

  static let command = Command(
    name: "print", summary: "Write a line of text, or a value as one line.",
    details:
      "Text may contain values: `\"after {epochs} epochs\"`. A warning is set apart, in most front ends by a red background.",
    group: "Looking", defaults: Print(),
    arguments: [Argument("value", \.$value, "Anything")],
    options: [Option("as", \.kind, "Kind of line")],
    examples: [
      Example(code: "print \"hello, world\""),
      Example(code: "print \"the loss is {loss}\" as=warning", setup: "loss = 4.9"),
    ]
  ) { options, context in
    let line = ((options.value.value as? Text)?.text ?? options.value.value.summary) + "\n"
    switch options.kind {
    case .note: context.session.console.write(line)
    case .warning: context.session.console.write(line, to: .stderr)
    }
    return nil
  }
}

struct Clear {
  var wait = true

  static let command = Command(
    name: "clear",
    summary: "Remove the cell's outputs so far, for loops that show their state anew each time.",
    group: "Looking", defaults: Clear(),
    options: [Option("wait", \.wait, "Clear only when something new is shown, so that nothing flickers")],
    examples: [Example(code: "for i in 1..<4 {\n  clear\n  print \"round {i}\"\n}")]
  ) { options, context in
    context.session.clear(wait: options.wait)
    return nil
  }
}
