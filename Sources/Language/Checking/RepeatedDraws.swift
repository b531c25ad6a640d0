import Base

/// Finds commands that draw at random and do the same in every turn of a loop over numbers: nothing that they are given
/// changes, and they have no seed of their own.
///
/// It looks at the text of the cell alone, and in doubt finds nothing. What the loop assigns counts as the same in every turn only
/// where all that it is made of does; what a command changes, as `train` does a model, only where the turn made it anew. Loops over
/// lists go through settings, which are rightly compared on one draw.
struct RepeatedDraws {
  /// Notes on the loops of a cell; nil if there are none.
  static func note(on statements: [Statement]) -> String? {
    for loop in loops(in: statements) {
      var turn = RepeatedDraws(changing: names(in: loop.body).union([loop.name]))
      turn.read(loop.body)
      if let note = turn.note(turn: loop.name) { return note }
    }
    return nil
  }

  private let changing: Set<String>
  /// The names assigned in the loop that have had the same value in every turn, up to where the reader is.
  private var settled: Set<String> = []
  private var found: [Call] = []
  private var starts: [Call] = []
  private var seeds = false
  /// Whether the turn trains something, whether it does so with a seed of its own, and whether what a command gives differs otherwise.
  private var (trains, reseeds, differs) = (false, false, false)

  private init(changing: Set<String>) { self.changing = changing }

  private func note(turn name: String) -> String? {
    guard !seeds else { return nil }
    if found.isEmpty {
      guard !starts.isEmpty, reseeds || !(trains || differs) else { return nil }
      let verbs = RepeatedDraws.verbs(of: starts)
      return
        "\(RepeatedDraws.listed(verbs)) \(verbs.count == 1 ? "starts" : "start") from the same weights in every turn of the "
        + "loop. For other weights in each, begin the turn with: seed \(name)"
    }
    let verbs = RepeatedDraws.verbs(of: found)
    let what = RepeatedDraws.listed(verbs)
    if verbs.count == 1, !found[0].command.parameters.contains(where: \.isChanged) {
      return "\(what) draws the same in every turn of the loop: nothing that it is given changes. "
        + "For another draw in each, write seed=\(name)."
    }
    return "\(what) \(verbs.count == 1 ? "does" : "do") the same in every turn of the loop: nothing given to "
      + "\(verbs.count == 1 ? "it" : "them") changes. For other draws in each, begin the turn with: seed \(name)"
  }

  private static func verbs(of calls: [Call]) -> [String] {
    var verbs: [String] = []
    for call in calls where !verbs.contains(call.command.name) { verbs.append(call.command.name) }
    return verbs
  }

  private static func listed(_ verbs: [String]) -> String {
    Base.listed(verbs.map { "`\($0)`" }, last: "and")
  }

  // MARK: Reading a turn

  private mutating func read(_ statements: [Statement]) {
    for statement in statements {
      switch statement.form {
      case .assign(let name, let value): settle(name.text, read(value))
      case .evaluate(let value): _ = read(value)
      case .loop(let name, let values, let body):
        settle(name.text, read(values))
        read(body)
      case .branch(let branches, let otherwise):
        let before = (settled, found, starts)
        var isSame = true
        for branch in branches {
          isSame = read(branch.condition) && isSame
          read(branch.body)
          settled = before.0
        }
        read(otherwise ?? [])
        // Which of them runs is not known here, and where that changes, none runs in every turn.
        settled = before.0.subtracting(
          branches.reduce(RepeatedDraws.names(in: otherwise ?? [])) {
            $0.union(RepeatedDraws.names(in: $1.body))
          })
        if !isSame { (found, starts) = (before.1, before.2) }
      case .explain: break
      }
    }
  }

  private mutating func settle(_ name: String, _ isSame: Bool) {
    if isSame { settled.insert(name) } else { settled.remove(name) }
  }

  /// Whether the value is the same in every turn.
  private mutating func read(_ expression: Expression) -> Bool {
    if case .call(let call) = expression.form { return read(call) }
    if case .name(let name) = expression.form { return !changing.contains(name) || settled.contains(name) }
    var isSame = true
    for part in expression.parts { isSame = read(part) && isSame }
    return isSame
  }

  private mutating func read(_ call: Call) -> Bool {
    var isSame = call.block == nil
    var given: Set<String> = []
    var isReseeded = false
    for argument in call.arguments {
      let isArgumentSame = read(argument.value)
      isSame = isArgumentSame && isSame
      let name = call.command.parameters[argument.parameter].name
      given.insert(name)
      if name == "seed" { isReseeded = !isArgumentSame }
    }
    let changes = call.command.parameters.contains(where: \.isChanged)
    let isRepeated = isSame && !given.contains("seed")
    switch call.command.chance {
    case .none: break
    case .draws:
      if isRepeated { found.append(call) }
      if changes { (trains, reseeds) = (true, reseeds || isReseeded) }
    case .drawsWith(let options): if isRepeated, !given.isDisjoint(with: options) { found.append(call) }
    case .starts: if isRepeated { starts.append(call) }
    case .seeds: seeds = true
    }
    if !isSame {
      for name in RepeatedDraws.changed(by: call) { settled.remove(name) }
      if !changes, call.command.gives != nil { differs = true }
    }
    return isSame
  }

  // MARK: Names and loops

  /// Names that statements assign or change.
  private static func names(in statements: [Statement]) -> Set<String> {
    var names: Set<String> = ["last"]
    for statement in statements {
      switch statement.form {
      case .assign(let name, _): names.insert(name.text)
      case .loop(let name, _, let body): names.formUnion(self.names(in: body).union([name.text]))
      case .branch(let branches, let otherwise):
        for branch in branches { names.formUnion(self.names(in: branch.body)) }
        names.formUnion(self.names(in: otherwise ?? []))
      case .evaluate, .explain: break
      }
      if let value = statement.value { names.formUnion(changed(in: value)) }
    }
    return names
  }

  private static func changed(in expression: Expression) -> [String] {
    guard case .call(let call) = expression.form else { return expression.parts.flatMap(changed) }
    return changed(by: call) + call.arguments.flatMap { changed(in: $0.value) }
  }

  private static func changed(by call: Call) -> [String] {
    call.arguments.filter { call.command.parameters[$0.parameter].isChanged }.compactMap { $0.value.baseName }
  }

  private static func loops(in statements: [Statement]) -> [(name: String, body: [Statement])] {
    statements.flatMap { statement -> [(name: String, body: [Statement])] in
      switch statement.form {
      case .loop(let name, let values, let body):
        return (values.isRange ? [(name.text, body)] : []) + loops(in: body)
      case .branch(let branches, let otherwise):
        return branches.flatMap { loops(in: $0.body) } + loops(in: otherwise ?? [])
      case .assign(_, let value), .evaluate(let value):
        guard case .call(let call) = value.form else { return [] }
        return loops(in: call.block?.statements ?? [])
      case .explain: return []
      }
    }
  }
}

extension Expression {
  fileprivate var isRange: Bool {
    switch form {
    case .range: true
    case .group(let inner): inner.isRange
    default: false
    }
  }

  /// The name that a path begins with: `models` of `models[0]`.
  fileprivate var baseName: String? {
    switch form {
    case .name(let name): name
    case .group(let inner), .path(let inner, _): inner.baseName
    default: nil
    }
  }

  /// The expressions that this one is made of; of a call none.
  fileprivate var parts: [Expression] {
    switch form {
    case .number, .truth, .name, .help, .call: return []
    case .text(let parts):
      return parts.compactMap { if case .value(let value, _) = $0 { value } else { nil } }
    case .list(let values): return values
    case .range(let lower, let upper, _): return [lower, upper]
    case .path(let base, let steps):
      return [base] + steps.compactMap { if case .index(let index, _) = $0 { index } else { nil } }
    case .negative(let inner), .not(let inner), .group(let inner), .timed(let inner): return [inner]
    case .chain(let first, let links): return [first] + links.map(\.operand)
    case .power(let base, let exponent, _): return [base, exponent]
    }
  }
}
