/// A word of the cell with its place.
struct PlacedWord {
  let text: String
  let range: SourceRange
}

/// An expression, which has a value. Chains are flat, so that neither a long sum nor a long path makes a deep tree.
struct Expression {
  let form: Form
  let range: SourceRange

  indirect enum Form {
    case number(Double)
    case text([TextPart])
    case truth(Bool)
    /// A name of the workspace, a verb without anything, or a word; who evaluates it decides.
    case name(String)
    case list([Expression])
    case range(Expression, Expression, isClosed: Bool)
    case path(Expression, [Step])
    case negative(Expression)
    case not(Expression)
    /// Operators of one rank, from left to right.
    case chain(Expression, [Link])
    case power(Expression, Expression, operator: SourceRange)
    case group(Expression)
    case call(Call)
    /// A value of the workspace with other settings: `(mine tau=0.2)`.
    case adjusted(PlacedWord, [Setting])
    case help([PlacedWord])
    case timed(Expression)
  }

  /// `tau=0.2`
  struct Setting {
    let name: PlacedWord
    let value: Expression
  }

  enum TextPart {
    case text(String)
    case value(Expression, TextFormat?)
  }

  /// `.train`, `[3]`.
  enum Step {
    case member(PlacedWord)
    case index(Expression, SourceRange)
  }

  /// An operator and what stands to its right.
  struct Link {
    let symbol: Operator
    let range: SourceRange
    let operand: Expression
  }

  enum Operator: String {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case remainder = "%"
    case product = "@"
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case and
    case or
  }
}

extension Expression {
  /// A name or a path as it is written, `model`, `models[0]`, `runs["fixed"].history`; nil for anything else.
  var label: String? {
    switch form {
    case .name(let word): word
    case .group(let inner): inner.label
    case .path(let base, let steps):
      steps.reduce(base.label) { label, step in
        guard let label else { return nil }
        switch step {
        case .member(let name): return "\(label).\(name.text)"
        case .index(let index, _): return index.indexLabel.map { "\(label)[\($0)]" }
        }
      }
    default: nil
    }
  }

  private var indexLabel: String? {
    switch form {
    case .number(let position): NumberText.exact(position)
    case .negative(let inner): inner.indexLabel.map { "-\($0)" }
    case .text(let parts):
      if parts.count == 1, case .text(let key) = parts[0] { "\"\(key)\"" } else { nil }
    default: label
    }
  }
}

extension Expression {
  /// The expressions that this one is made of; of a call none.
  var parts: [Expression] {
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
    case .adjusted(_, let settings): return settings.map(\.value)
    }
  }
}

/// A command with what is given to it.
struct Call {
  let command: any AnyCommand
  /// The verb and its kind, as written.
  let verb: PlacedWord
  let arguments: [Given]
  /// The statements in braces after them.
  var block: Block?

  struct Given {
    /// The option's name, or nil for a positional argument.
    let name: PlacedWord?
    let value: Expression
    /// The declared parameter that it belongs to.
    let parameter: Int
  }
}

struct Statement {
  let form: Form
  let range: SourceRange

  /// The expression that is evaluated or assigned.
  var value: Expression? {
    switch form {
    case .assign(_, let value), .evaluate(let value): value
    default: nil
    }
  }

  indirect enum Form {
    case assign(PlacedWord, Expression)
    case evaluate(Expression)
    case loop(PlacedWord, over: Expression, [Statement])
    case branch([(condition: Expression, body: [Statement])], otherwise: [Statement]?)
    /// The end of a definition, with its value or without one.
    case giveBack(Expression?)
    /// `name?`, with the words before the question mark.
    case explain([PlacedWord])
  }
}

/// A whole cell.
struct Program {
  let statements: [Statement]
  /// The cell ends with `;`: its last value is not shown.
  let isSilent: Bool
  /// The commands that are known in it: those of its own definitions too.
  let vocabulary: Vocabulary
}
