/// A table as GitHub's Markdown, which CommonMark's readers with tables share: each cell reads as the table shows it.
extension TableValue {
  /// The table in Markdown; columns of numbers are right-aligned.
  var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let numeric = self.numeric
    let rule = columns.indices.map { numeric.contains($0) ? "---:" : "---" }
    return
      ([line(columns.map(Markdown.escaped)), line(rule)]
      + rows.map { line($0.map { Markdown.escaped($0.shown) }) })
      .joined(separator: "\n") + "\n"
  }
}

enum Markdown {
  /// One line of text whose every sign stands for itself, within a cell of a table too.
  static func escaped(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var escaped = String.UnicodeScalarView()
    for (place, scalar) in scalars.enumerated() {
      if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
        escaped.append(" ")
        continue
      }
      if marks.contains(scalar) && !isWithinWord(place, of: scalars) || isLink(place, of: scalars) {
        escaped.append("\\")
      }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  /// Characters that begin or end emphasis, code, links, HTML tags and entities, cells, struck-out text or formulas.
  private static let marks: Set<Unicode.Scalar> = Set("\\`*_[]<>&|~$^".unicodeScalars)

  /// The sign that makes a link of an address: within one a backslash would stand for itself.
  private static func isLink(_ place: Int, of scalars: [Unicode.Scalar]) -> Bool {
    scalars[place] == ":" && scalars[place...].dropFirst().prefix(2).elementsEqual("//".unicodeScalars)
      || scalars[place] == "."
        && String(String.UnicodeScalarView(scalars[..<place].suffix(3))).lowercased() == "www"
  }

  /// An underscore between letters or digits is not a mark: `top_1`.
  private static func isWithinWord(_ place: Int, of scalars: [Unicode.Scalar]) -> Bool {
    func isWord(_ place: Int) -> Bool {
      scalars.indices.contains(place) && scalars[place].isASCII && scalars[place].properties.isAlphabetic
        || scalars.indices.contains(place) && ("0"..."9").contains(scalars[place])
    }
    return scalars[place] == "_" && isWord(place - 1) && isWord(place + 1)
  }
}
