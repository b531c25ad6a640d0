import Base

/// The words between `define` and its block, with the comment above, as the tokens of a cell show it before the cell is parsed: so each definition of
/// a cell is known everywhere in it, also in its own block.
struct DefinitionHead {
  let name: Token
  var arguments: [Token] = []
  var options: [(name: Token, text: String)] = []
  /// The first sentence of the comment above, and the rest of it.
  let comment: (summary: String, details: String)

  /// The definitions of a cell, and those of files that it uses, with the fault of the first that cannot be read.
  static func definitions(
    in source: Source, _ tokens: [Token], comments: [SourceRange], files: Int = 0
  ) -> (known: [Definition], fault: Fault?) {
    var (found, fault): ([Definition], Fault?) = ([], nil)
    for (place, token) in tokens.enumerated() where token.isName && isStart(place, of: tokens) {
      if token.text == DefineOptions.verb, let head = head(at: place, source, tokens, comments) {
        found.append(Definition(head))
      } else if token.text == UseOptions.verb, let path = path(after: place, tokens) {
        do throws(Fault) {
          found += try DefinitionFile(path, at: tokens[place + 1].range, files: files).definitions
        } catch {
          fault = fault ?? error
        }
      }
    }
    return (found, fault)
  }

  /// Whether a statement can begin there.
  private static func isStart(_ place: Int, of tokens: [Token]) -> Bool {
    guard place > 0, !tokens[place].isFirstInLine else { return true }
    return [.semicolon, .openBrace, .closeBrace].contains(tokens[place - 1].symbol)
  }

  /// The path of a file, where it is plain text.
  private static func path(after place: Int, _ tokens: [Token]) -> String? {
    guard place + 1 < tokens.count, case .string(let pieces) = tokens[place + 1].kind, pieces.count == 1,
      case .text(let path) = pieces[0]
    else { return nil }
    return path
  }

  private static func head(
    at place: Int, _ source: Source, _ tokens: [Token], _ comments: [SourceRange]
  ) -> DefinitionHead? {
    guard place + 1 < tokens.count, tokens[place + 1].isName else { return nil }
    var head = DefinitionHead(
      name: tokens[place + 1], comment: comment(above: tokens[place], source, comments))
    var at = place + 2
    while at < tokens.count, tokens[at].isName {
      guard at + 1 < tokens.count, tokens[at + 1].symbol == .assign else {
        head.arguments.append(tokens[at])
        at += 1
        continue
      }
      let start = at + 2
      let end = endOfValue(from: start, tokens)
      guard end > start else { break }
      let text = source.text(tokens[start].range.joined(with: tokens[end - 1].range))
      head.options.append((tokens[at], text))
      at = end
    }
    return head
  }

  /// The place behind a value: the next token at this depth that does not belong to it.
  private static func endOfValue(from start: Int, _ tokens: [Token]) -> Int {
    var (at, depth) = (start, 0)
    while at < tokens.count, !tokens[at].isEnd, !tokens[at].isNewline || depth > 0 {
      let token = tokens[at]
      if depth == 0, at > start, !token.isTouching, tokens[at - 1].symbol != .minus { break }
      if depth == 0, token.symbol == .openBrace { break }
      if token.symbol?.closer != nil { depth += 1 }
      if token.symbol?.isCloser == true { depth -= 1 }
      if depth < 0 { break }
      at += 1
    }
    return at
  }

  /// The lines of comment right above the line of a token, without their signs.
  private static func comment(
    above token: Token, _ source: Source, _ comments: [SourceRange]
  ) -> (summary: String, details: String) {
    var lines: [String] = []
    var line = source.line(at: token.range.lower).range
    while line.lower > 0 {
      line = source.line(at: line.lower - 1).range
      let text = source.text(line)
      guard let comment = comments.first(where: { $0.lower >= line.lower && $0.upper <= line.upper }),
        source.text(SourceRange(line.lower, comment.lower)).allSatisfy(\.isWhitespace),
        !text.contains("# %%")
      else { break }
      lines.insert(String(source.text(comment).drop { $0 == "#" || $0 == " " }), at: 0)
    }
    let text = lines.joined(separator: " ")
    guard !text.isEmpty else { return ("A command of your own", "") }
    // A point within a number ends no sentence.
    guard let end = text.firstRange(of: ". ") else { return (text, "") }
    return (String(text[..<end.upperBound]).trimmingSpaces, String(text[end.upperBound...]).trimmingSpaces)
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
