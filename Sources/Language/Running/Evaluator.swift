import Base

/// Executes statements and evaluates expressions.
struct Evaluator {
  let vocabulary: Vocabulary
  let host: any Host
  /// The definition whose statements it runs.
  var frame: Frame?
  /// The debugger that follows the statements.
  var stepper: (any Stepper)?

  var workspace: Workspace { frame?.workspace ?? host.workspace }

  // MARK: Statements

  /// The value of the last statement, if it has one. Values of commands that always show theirs are shown on the way.
  func run(_ statements: [Statement]) throws(Fault) -> (any Value)? {
    var last: (any Value)?
    for (index, statement) in statements.enumerated() {
      try checkInterrupt(at: statement.range)
      last = try follow(statement, isLast: index == statements.count - 1)
      if let returned = frame?.returned { return returned }
    }
    return last
  }

  private func follow(_ statement: Statement, isLast: Bool) throws(Fault) -> (any Value)? {
    guard let stepper else { return try run(statement, isLast: isLast) }
    return try run(statement, isLast: isLast, before: stepper)
  }

  func run(_ statement: Statement, isLast: Bool) throws(Fault) -> (any Value)? {
    switch statement.form {
    case .assign(let name, let expression):
      if !workspace.isPinned(name.text) {
        workspace[name.text] = try value(of: expression, assignedTo: name.text)
      }
    case .evaluate(let expression):
      let value = try optionalValue(of: expression)
      if isLast { return value }
      if let value, expression.showsValue { try show(value, at: statement.range) }
    case .loop(let name, let values, let body):
      try loop(name, over: values, body)
    case .branch(let branches, let otherwise):
      try branch(branches, otherwise)
    case .giveBack(let value):
      var returned: (any Value)?
      if let value { returned = try optionalValue(of: value) }
      frame?.returned = .some(returned)
    case .explain(let words):
      let help = try help(words, at: statement.range)
      if isLast { return help }
      try show(help, at: statement.range)
    }
    return nil
  }

  /// Runs the statements of `for` and `if`, none of which is the last of the cell.
  private func runBody(_ body: [Statement]) throws(Fault) {
    for statement in body {
      try checkInterrupt(at: statement.range)
      _ = try follow(statement, isLast: false)
      if frame?.isReturning == true { return }
    }
  }

  private func loop(_ name: PlacedWord, over expression: Expression, _ body: [Statement]) throws(Fault) {
    let value = try value(of: expression)
    host.turns.append(0)
    defer { host.turns.removeLast() }
    if let range = value as? IntegerRange {
      var number = range.lower
      while number < range.upper {
        try turn(name, Number(number), body)
        if frame?.isReturning == true { return }
        number += 1
      }
      return
    }
    guard let elements = value.elements else {
      throw Fault(
        .wrongType, "`for` needs something to go through, and this is \(withArticle(value.typeName)).",
        at: expression.range, advice: advice(toGoThrough: value, expression))
    }
    for element in elements {
      try turn(name, element, body)
      if frame?.isReturning == true { return }
    }
  }

  private func turn(_ name: PlacedWord, _ value: any Value, _ body: [Statement]) throws(Fault) {
    try checkInterrupt(at: name.range)
    workspace[name.text] = value
    try runBody(body)
    host.turns[host.turns.count - 1] += 1
  }

  /// Advice on what to write after `in`: of a number the range up to it, of what can be counted its positions.
  private func advice(toGoThrough value: any Value, _ expression: Expression) -> String {
    if let number = value as? Number, Int(exactly: number.value) != nil, number.value > 0 {
      return "Write `0..<\(number.summary)`."
    }
    if case .name(let name) = expression.form, value.memberNames.contains("count"), !(value is Text) {
      return "Go through its positions: `for i in 0..<\(name).count { … }`, with `\(name)[i]` inside."
    }
    return "For example a list, `[16, 32]`, or a range, `0..<10`."
  }

  private func branch(_ branches: [(condition: Expression, body: [Statement])], _ otherwise: [Statement]?)
    throws(Fault)
  {
    for (condition, body) in branches where try truth(of: condition, for: "if") {
      return try runBody(body)
    }
    if let otherwise { try runBody(otherwise) }
  }

  func show(_ value: any Value, at range: SourceRange) throws(Fault) {
    do { try host.show(value) } catch { throw fault(from: error, at: range) }
  }

  func checkInterrupt(at range: SourceRange) throws(Fault) {
    do { try host.checkInterrupt() } catch { throw fault(from: error, at: range) }
  }

  // MARK: Expressions

  func value(of expression: Expression, assignedTo name: String? = nil) throws(Fault) -> any Value {
    guard let value = try optionalValue(of: expression, assignedTo: name) else {
      throw Fault(
        .wrongType, "\(expression.commandName.map { "`\($0)`" } ?? "This") gives no value.",
        at: expression.range)
    }
    return value
  }

  /// The value, or nil for a command that has none.
  private func optionalValue(of expression: Expression, assignedTo name: String? = nil) throws(Fault) -> (
    any Value
  )? {
    switch expression.form {
    case .call(let call): return try run(call, assignedTo: name)
    case .group(let inner): return try optionalValue(of: inner, assignedTo: name)
    case .timed(let inner):
      let clock = ContinuousClock()
      let start = clock.now
      let value = try optionalValue(of: inner, assignedTo: name)
      host.write("time: " + durationText(clock.now - start) + "\n")
      return value
    default: return try value(of: expression, for: nil)
    }
  }

  /// `parameter` is the one that the expression is given to directly: its words may stand bare.
  func value(of expression: Expression, for parameter: Parameter?) throws(Fault) -> any Value {
    switch expression.form {
    case .number(let value): return Number(value)
    case .truth(let isTrue): return Truth(isTrue)
    case .text(let parts): return try text(parts, at: expression.range)
    case .name(let word): return try named(word, at: expression.range, for: parameter)
    case .list(let values):
      var result: [any Value] = []
      result.reserveCapacity(values.count)
      for value in values { result.append(try self.value(of: value, for: parameter)) }
      return try checkedList(result, at: expression.range)
    case .range(let lower, let upper, let isClosed):
      return try range(lower, upper, isClosed: isClosed, at: expression.range)
    case .path(let base, let steps): return try path(base, steps)
    case .negative(let inner): return try negative(inner, at: expression.range)
    case .adjusted(let word, let settings): return try adjusted(word, settings)
    case .not(let inner): return Truth(!(try truth(of: inner, for: "not")))
    case .chain(let first, let links): return try chain(first, links)
    case .power(let base, let exponent, let sign): return try power(base, exponent, at: sign)
    case .help(let words): return try help(words, at: expression.range)
    case .group, .call, .timed: return try value(of: expression, assignedTo: nil)
    }
  }

  private func named(_ word: String, at range: SourceRange, for parameter: Parameter?) throws(Fault)
    -> any Value
  {
    if parameter?.isWordAlways == true { return Word(word) }
    if let value = workspace[word] { return value }
    if parameter?.hasWord(word) == true { return Word(word) }
    if let verb = vocabulary.verb(word) {
      let command = try verb.alone(at: range)
      let call = Call(command: command, verb: PlacedWord(text: word, range: range), arguments: [])
      guard let value = try run(call, assignedTo: nil) else {
        throw Fault(.wrongType, "\(quoted(word)) gives no value.", at: range)
      }
      return value
    }
    throw unknownName(word, at: range, for: parameter)
  }

  private func unknownName(_ word: String, at range: SourceRange, for parameter: Parameter?) -> Fault {
    if let frame, host.workspace[word] != nil {
      return Fault(
        .unknownWord, "\(quoted(word)) is a name outside of `\(frame.definition)`, whose names are its own.",
        at: range,
        advice: "Give it as an argument: `define \(frame.definition) … \(shortened(word)) { … }`.")
    }
    let words = parameter?.words ?? []
    let names = workspace.names
    let own = nearestWord(to: word, among: names + words)
    let habit = words.isEmpty && own == nil ? vocabulary.answer(toHabit: word, given: nil) : nil
    let near = nearestWord(to: word, among: names + words + vocabulary.verbNames + ["true", "false"])
    var advice = habit ?? near.map { "Did you mean `\($0)`?" }
    if advice == nil, let parameter, parameter.typeName == "text" || parameter.typeName == "path" {
      advice = "Text goes in quotes: \"\(shortened(word))\"."
    } else if advice == nil, !words.isEmpty {
      advice = "Known words here: \(words.joined(separator: ", "))."
    } else if advice == nil {
      advice = names.isEmpty ? "Nothing has a name yet: write `\(shortened(word)) = …` first." : nil
    }
    return Fault(.unknownWord, "\(quoted(word)) is not known.", at: range, advice: advice)
  }

  private func text(_ parts: [Expression.TextPart], at range: SourceRange) throws(Fault) -> any Value {
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .value(let expression, let format):
        let value = try value(of: expression)
        if let format {
          result += try format.text(of: value, at: expression.range)
        } else {
          result += (value as? Text)?.text ?? value.summary
        }
      }
      guard result.utf8.count <= Text.longest else { throw textTooLong(at: range) }
    }
    return Text(result)
  }

  func textTooLong(at range: SourceRange) -> Fault {
    Fault(.badValue, "The text would have more than \(counted(Text.longest, "letter")).", at: range)
  }

  private func path(_ base: Expression, _ steps: [Expression.Step]) throws(Fault) -> any Value {
    var value = try value(of: base, for: nil)
    for step in steps {
      switch step {
      case .member(let name): value = try member(name, of: value)
      case .index(let expression, let range):
        let index = try index(expression)
        do { value = try value.element(at: index) } catch { throw fault(from: error, at: range) }
      }
    }
    return value
  }

  func member(_ name: PlacedWord, of value: any Value) throws(Fault) -> any Value {
    if let member = value.member(name: name.text) { return member }
    if let problem = value.problem(ofMember: name.text) { throw fault(from: problem, at: name.range) }
    let names = value.memberNames
    let near = nearestWord(to: name.text, among: names)
    let habit = names.contains("count") ? vocabulary.answer(toHabit: "." + name.text, given: []) : nil
    throw Fault(
      .unknownWord, "\(sentenceStart(value.typeName)) no member \(quoted(name.text)).", at: name.range,
      advice: near.map { "Did you mean `\($0)`?" } ?? habit
        ?? (names.isEmpty ? nil : "Members: \(names.prefix(20).joined(separator: ", ")).")
    )
  }

  /// "A model has", "Images have".
  private func sentenceStart(_ typeName: String) -> String {
    let subject = withArticle(typeName)
    let verb = subject == typeName && plural(typeName) == typeName ? " have" : " has"
    return subject.prefix(1).uppercased() + subject.dropFirst() + verb
  }

  private func index(_ expression: Expression) throws(Fault) -> IndexValue {
    let value = try value(of: expression, for: nil)
    switch value {
    case let number as Number:
      if let whole = number.whole { return .position(whole) }
      throw Fault(
        .wrongType, "A position is a whole number, and this is \(number.summary).", at: expression.range)
    case let range as IntegerRange: return .range(range)
    case let text as Text: return .key(text.text)
    case let list as List:
      let positions = list.values.map { ($0 as? Number)?.whole }
      if !positions.contains(nil) { return .positions(positions.compactMap { $0 }) }
      let keys = list.values.compactMap { ($0 as? Text)?.text }
      if keys.count == list.values.count { return .keys(keys) }
      throw Fault(
        .wrongType, "Positions are whole numbers, or all text, and this list holds something else.",
        at: expression.range)
    default:
      throw Fault(
        .wrongType,
        "An index is a position, a range, a list of positions or text, and this is "
          + withArticle(value.typeName) + ".", at: expression.range)
    }
  }

  func checkedList(_ values: [any Value], at range: SourceRange) throws(Fault) -> List {
    guard values.count <= List.largest else {
      throw Fault(.badValue, "The list would hold more than \(counted(List.largest, "value")).", at: range)
    }
    let list = List(values)
    guard list.depth <= List.deepest else {
      throw Fault(.badValue, "Lists are nested more than \(List.deepest) deep here.", at: range)
    }
    return list
  }
}

extension Value {
  /// The member, whichever way its name is spelled.
  func member(name: String) -> (any Value)? {
    if let member = member(name) { return member }
    let key = spellingKey(name)
    return memberNames.first { $0 != name && spellingKey($0) == key }.flatMap { member($0) }
  }
}

extension Expression {
  /// Whether it is a command whose value is always shown.
  var showsValue: Bool {
    switch form {
    case .call(let call): call.command.showsValue
    case .timed(let inner), .group(let inner): inner.showsValue
    case .help: true
    default: false
    }
  }

  var commandName: String? {
    switch form {
    case .call(let call): call.verb.text
    case .timed(let inner), .group(let inner): inner.commandName
    default: nil
    }
  }
}

/// "0.85 ms", "12.3 s", "2 min 5 s".
func durationText(_ duration: Duration) -> String {
  let (seconds, attoseconds) = duration.components
  let total = Double(seconds) + Double(attoseconds) * 1e-18
  if total < 1 { return NumberText.rounded(total * 1000, digits: 3) + " ms" }
  if total < 60 { return NumberText.rounded(total, digits: 3) + " s" }
  let whole = Int(total.rounded())
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole / 60 % 60) min"
}
