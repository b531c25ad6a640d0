/// Values with other settings.
extension Parser {
  /// `mine tau=0.2` between parentheses: a value with other settings. Nil where that is not what stands here.
  mutating func adjusted() throws(Fault) -> Expression? {
    guard token.isName, !Keyword.isReserved(token.text), vocabulary.verb(token.text) == nil,
      token(after: 1).isName, token(after: 2).symbol == .assign
    else { return nil }
    let word = advance()
    let value = PlacedWord(text: word.text, range: word.range)
    var settings: [Expression.Setting] = []
    while token.isName, token(after: 1).symbol == .assign {
      let name = advance()
      advance()
      if let first = settings.first(where: { $0.name.text == name.text }) {
        throw Fault(.syntax, "\(quoted(first.name.text)) is given twice.", at: name.range)
      }
      let given = try argument(after: value)
      settings.append(
        Expression.Setting(name: PlacedWord(text: name.text, range: name.range), value: given))
    }
    let end = settings.last?.value.range ?? word.range
    return Expression(form: .adjusted(value, settings), range: word.range.joined(with: end))
  }
}
