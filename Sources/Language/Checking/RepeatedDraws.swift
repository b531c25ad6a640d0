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
  private var seeds = false

  private init(changing: Set<String>) { self.changing = changing }

  private func note(turn name: String) -> String? {
    guard !seeds, !found.isEmpty else { return nil }
    var verbs: [String] = []
    for call in found where !verbs.contains(call.command.name) { verbs.append(call.command.name) }
    let what = listed(verbs.map { "`\($0)`" }, last: "and")
    if verbs.count == 1, !found[0].command.parameters.contains(where: \.isChanged) {
      return "\(what) draws the same in every turn of the loop: nothing that it is given changes. "
        + "For another draw in each, write seed=\(name)."
    }
    return "\(what) \(verbs.count == 1 ? "does" : "do") the same in every turn of the loop: nothing given to "
      + "\(verbs.count == 1 ? "it" : "them") changes. For other draws in each, begin the turn with: seed \(name)"
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
        let before = (settled, found)
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
        if !isSame { found = before.1 }
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
    for argument in call.arguments { isSame = read(argument.value) && isSame }
    let isSeeded = call.arguments.contains { call.command.parameters[$0.parameter].name == "seed" }
    switch call.command.chance {
    case .none: break
    case .draws: if isSame, !isSeeded { found.append(call) }
    case .seeds: seeds = true
    }
    if !isSame { for name in RepeatedDraws.changed(by: call) { settled.remove(name) } }
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
