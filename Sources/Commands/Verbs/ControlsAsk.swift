import Base
import Language

/// A question to the person at the keyboard.
struct Ask {
  enum Form: String, CaseIterable, OptionValue { case auto, number, text }

  @Required var question: String
  var standard: AnyValue?
  var form = Form.auto
  var choices: [AnyValue] = []
  var from: Double?
  var to: Double?

  /// Number of wrong answers in a row before it gives up: a program seems to answer.
  static let patience = 50

  static let command: Command<Ask> = Command(
    name: "ask", summary: "Ask the person who runs the cell; gives the answer.",
    details: """
      The answer is a number if it reads as one, otherwise text. With in= it must be one of the choices, with from= and to= a \
      number between them; after a wrong answer the question is asked again. Return alone gives the default. If nobody can answer, \
      as under `contrast run`, the default is used.
      """,
    gives: "any value", group: "Controls", defaults: Ask(),
    arguments: [Argument("question", \.$question, "The question, as text")],
    options: [
      Option("default", \.standard, "The answer if Return alone is pressed, or if nobody can answer"),
      Option("in", \.choices, "List of the answers to choose from"),
      Option("from", \.from, "The smallest number allowed"), Option("to", \.to, "The largest number allowed"),
      Option("as", \.form, "Type of the answer: a number, text, or a number where it reads as one (auto)"),
    ],
    examples: [
      "epochs = ask \"How many epochs?\" default=10 from=1 to=100",
      "rule = ask \"Which optimizer?\" in=[\"adam\", \"lars\"] default=\"adam\"",
    ]
  ) { options, context in
    let question = Question(options)
    try question.check()
    var prompt = question.prompt
    for _ in 0..<patience {
      switch context.session.ask(prompt) {
      case .interrupted: throw Interrupted()
      case .nobody(let why):
        guard let standard = options.standard?.value else {
          throw Problem(
            "\(why): \(options.question)", about: command.word(\.$question),
            advice: "give a default: ask \"…\" \(command.word(\.standard))=10")
        }
        context.host.write("\(options.question) \(question.written(standard)) (the default)\n")
        return standard
      case .text(let answer):
        switch question.reading(of: answer) {
        case .value(let value): return value
        case .wrong(let why): prompt = why + " " + question.prompt
        }
      }
    }
    throw Problem("\(Format.counted(patience, "answer")) did not fit", about: command.word(\.$question))
  }
}

/// The allowed answers, and their reading.
private struct Question {
  let options: Ask
  let choices: [any Value]

  enum Reading {
    case value(any Value)
    case wrong(String)
  }

  init(_ options: Ask) {
    self.options = options
    choices = options.choices.map(\.value)
  }

  private var wantsNumber: Bool {
    options.form == .number || options.from != nil || options.to != nil
      || (options.form == .auto && choices.isEmpty && options.standard?.value is Number)
  }

  /// Throws: `Problem` if the options contradict each other.
  func check() throws {
    if let from = options.from, let to = options.to, from > to {
      throw Problem(
        "\(Ask.command.given(\.from, from)) is larger than \(Ask.command.given(\.to, to))",
        about: Ask.command.word(\.from))
    }
    guard let standard = options.standard?.value else { return }
    if case .wrong(let why) = reading(of: written(standard)) {
      throw Problem(
        "the default is not a valid answer:  \(why)", about: Ask.command.word(\.standard), kind: .badValue)
    }
  }

  var prompt: String {
    let answers = choices.isEmpty ? "" : " (" + choices.map(written).joined(separator: ", ") + ")"
    let standard = options.standard.map { " [\(written($0.value))]" } ?? ""
    return options.question + answers + standard + " "
  }

  /// The value as one would type it as an answer.
  func written(_ value: any Value) -> String { (value as? Text)?.text ?? value.summary }

  func reading(of answer: String) -> Reading {
    let typed = trimmed(answer)
    if typed.isEmpty {
      return options.standard.map { .value($0.value) } ?? .wrong("An answer is needed.")
    }
    if !choices.isEmpty { return choice(typed) }
    if options.form == .text, !wantsNumber { return .value(Text(typed)) }
    guard let number = Number(written: typed), number.value.isFinite else {
      return wantsNumber ? .wrong("\(typed) is not a number.") : .value(Text(typed))
    }
    if let from = options.from, number.value < from {
      return .wrong("At least \(written(Number(from))) is needed.")
    }
    if let to = options.to, number.value > to { return .wrong("At most \(written(Number(to))) is possible.") }
    return .value(number)
  }

  private func choice(_ typed: String) -> Reading {
    let names = choices.map(written)
    let place =
      names.firstIndex(of: typed) ?? names.firstIndex { $0.lowercased() == typed.lowercased() }
      ?? Number(written: typed).flatMap { typed in
        choices.firstIndex { ($0 as? Number)?.value == typed.value }
      }
    if let place { return .value(choices[place]) }
    let near = nearestWord(to: typed, among: names).map { " Did you mean \($0)?" } ?? ""
    return .wrong("\(typed) is not one of the choices.\(near)")
  }

  private func trimmed(_ text: String) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
