import Base

/// Running commands, and giving their errors a place.
extension Evaluator {
  func run(_ call: Call, assignedTo name: String?) throws(Fault) -> (any Value)? {
    let command = call.command
    var given: [GivenValue] = []
    var names: Set<String> = []
    for argument in call.arguments {
      let parameter = command.parameters[argument.parameter]
      let value: any Value =
        if parameter.isExpression { try condition(argument.value) } else {
          try value(of: argument.value, for: parameter)
        }
      let name = parameter.role == .others ? argument.name?.text ?? parameter.name : parameter.name
      given.append(
        GivenValue(parameter: argument.parameter, name: name, label: argument.value.label, value: value))
      names.insert(name)
    }
    let context = Context(
      host: host, vocabulary: vocabulary, range: call.verb.range, assignedName: name, given: names,
      block: call.block?.within(host.turns),
      frame: frame)
    do {
      let value = try host.run(command, given: given, in: context)
      if !command.keepsPartialValue { try host.checkInterrupt() }
      return value
    } catch let failure as Block.Failure {
      throw fault(failure.fault, calledAt: call.verb.range)
    } catch let error as Fault where error.source != nil {
      throw fault(error, calledAt: call.verb.range)
    } catch let error as GivenError {
      throw fault(from: error, in: call)
    } catch {
      let problem = self.problem(from: error)
      throw Fault(problem, at: range(of: problem, in: call))
    }
  }

  /// The fault of another cell or a file, with the place that led there.
  private func fault(_ fault: Fault, calledAt range: SourceRange) -> Fault {
    var fault = fault
    fault.call = range
    return fault
  }

  private func fault(from given: GivenError, in call: Call) -> Fault {
    let argument = call.arguments[given.index]
    let parameter = call.command.parameters[argument.parameter]
    let name = argument.name?.text ?? parameter.name
    if let found = BindingProblem(given.error, parameter: parameter, name: name) {
      return Fault(found.problem, at: argument.value.range(of: found.path))
    }
    return fault(from: given.error, at: argument.value.range)
  }

  /// Place of the argument that the problem is about, or of the verb if it was not given.
  private func range(of problem: Problem, in call: Call) -> SourceRange {
    guard let name = problem.about else { return call.verb.range }
    if let argument = call.arguments.first(where: { $0.name?.text == name }) {
      return problem.isAboutItsName
        ? argument.name?.range ?? argument.value.range : argument.value.range(of: problem.path)
    }
    guard let parameter = call.command.parameter(named: name) else { return call.verb.range }
    return call.arguments.last { $0.parameter == parameter }?.value.range(of: problem.path) ?? call.verb.range
  }

  /// The problem to report for an error of any type.
  func problem(from error: any Error) -> Problem { host.problem(from: error) }

  func fault(from error: any Error, at range: SourceRange) -> Fault {
    (error as? Fault) ?? Fault(problem(from: error), at: range)
  }

  // MARK: Help

  /// The help that the words name: a command, a verb, a value with its members.
  func help(_ words: [PlacedWord], at range: SourceRange) throws(Fault) -> Help {
    let writer = HelpWriter(vocabulary: vocabulary)
    guard let first = words.first else { return writer.overview() }
    if let verb = vocabulary.verb(first.text), !(verb.mayBeName && workspace[first.text] != nil) {
      if words.count > 1, let kind = verb.kind(words[1].text) { return writer.help(for: kind) }
      if words.count > 1, verb.bare == nil {
        let near = nearestWord(to: words[1].text, among: verb.kindNames)
        throw Fault(
          .unknownWord, "`\(first.text)` has no kind \(quoted(words[1].text)).", at: words[1].range,
          advice: near.map { "Did you mean `\($0)`?" } ?? "Kinds: \(verb.kindNames.joined(separator: ", ")).")
      }
      return writer.help(for: verb)
    }
    if let help = writer.help(forKeyword: first.text) { return help }
    guard var value = workspace[first.text] else {
      if words.count == 1, let help = writer.help(forOption: first.text) { return help }
      let phrase = words.map(\.text).joined(separator: " ")
      if words.count > 1, let option = writer.option(called: phrase),
        let help = writer.help(forOption: option)
      {
        return help
      }
      let near =
        writer.option(nearTo: phrase)
        ?? nearestWord(
          to: first.text, among: vocabulary.verbNames + workspace.names + vocabulary.optionWords)
      throw Fault(
        .unknownWord, "There is no command and no name \(quoted(phrase)).",
        at: first.range.joined(with: words[words.count - 1].range),
        advice: near.map { "Did you mean `help \($0)`?" } ?? "`help` lists the commands.")
    }
    var note: String?
    for word in words.dropFirst() {
      note = value.memberNotes.first { $0.name == word.text }?.text
      value = try member(word, of: value)
    }
    return writer.help(for: value, named: words.map(\.text).joined(separator: "."), note: note)
  }
}
